module libdstack.test/bindings

go 1.19

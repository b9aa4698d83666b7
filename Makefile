# SPDX-License-Identifier: Apache-2.0
# libdstack: GNU make, no configure step. Everything built goes to .build/.
#
#   make            libraries and the dstack command
#   make check      every test (under 5 minutes on 2 cores)
#   make help       all targets and variables

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
# Objects of test programs are kept.
.SECONDARY:
SHELL := /bin/sh

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
CMAKEDIR ?= $(LIBDIR)/cmake/dstack
INSTALL ?= install
CROSS_COMPILE ?=
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin CXX),default)
CXX := $(if $(findstring clang,$(CC)),clang++,$(CROSS_COMPILE)g++)
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
ifeq ($(origin LD),default)
LD := $(CROSS_COMPILE)ld
endif
OBJCOPY ?= $(CROSS_COMPILE)objcopy
NM ?= $(CROSS_COMPILE)nm
PKG_CONFIG ?= $(CROSS_COMPILE)pkg-config
SAN ?=
ECDSA ?= auto
STATIC_PLAIN ?=
T ?=
SECS ?= 60
CFLAGS ?= -O2 -g
ifneq ($(V),1)
Q := @
say = @printf '  %-7s %s\n' '$(1)' '$(2)';
endif

comma := ,
empty :=
space := $(empty) $(empty)

# Another compiler, sanitizer or back end builds into a folder of its own.
VARIANT := $(subst $(space),-,$(strip \
    $(filter-out gcc,$(notdir $(CC))) \
    $(subst $(comma),-,$(SAN)) \
    $(filter-out auto,$(ECDSA))))
O ?= .build$(if $(VARIANT),/$(VARIANT))

# ---- version -------------------------------------------------------------

VERSION := $(shell sed -n 's/^\#define DSTACK_VERSION *"\(.*\)"/\1/p' \
    include/dstack/version.h)
# The SONAME's number, a counter of its own: it changes when abi-check says
# that it must.
ABI := 0
MAPS := lib/libdstack-verify.map lib/libdstack.map
map_node = $(shell sed -n 's/^\(DSTACK_[0-9.]*\) {.*/\1/p' $(1) | tail -n 1)
ifneq ($(filter-out DSTACK_$(basename $(VERSION)), \
    $(foreach m,$(MAPS),$(call map_node,$(m)))),)
$(error the last node of each of $(MAPS) must be DSTACK_$(basename $(VERSION)), \
    the version in include/dstack/version.h)
endif

# ---- dependencies --------------------------------------------------------

# $(call dep,pkg-config names,fallback libraries). Debian 12 has no .pc file
# for mbedTLS.
dep_exists = $(shell $(PKG_CONFIG) --exists $(1) 2>/dev/null && echo yes)
dep_cflags = $(shell $(PKG_CONFIG) --cflags $(1) 2>/dev/null)
dep_libs = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null || echo '$(2)')

ifeq ($(ECDSA),auto)
ECDSA_USED := $(if $(call dep_exists,'libcrypto >= 3.0'),openssl,mbedtls)
else
ECDSA_USED := $(ECDSA)
endif
ifeq ($(filter openssl mbedtls,$(ECDSA_USED)),)
$(error ECDSA is "$(ECDSA)"; it may be openssl, mbedtls or auto)
endif

# package:library to name where the package has no .pc file, in link order
VERIFY_DEPS := $(if $(filter openssl,$(ECDSA_USED)),libcrypto:-lcrypto) \
    mbedx509:-lmbedx509 mbedcrypto:-lmbedcrypto libsodium:-lsodium \
    libcjson:-lcjson libsecp256k1:-lsecp256k1
# The rooms that touch a socket are in libdstack alone.
FULL_DEPS := libcurl:-lcurl $(VERIFY_DEPS)
dep_name = $(firstword $(subst :,$(space),$(1)))
dep_flag = $(lastword $(subst :,$(space),$(1)))
dep_requires = $(foreach d,$(1), \
    $(if $(call dep_exists,$(call dep_name,$(d))),$(call dep_name,$(d))))
dep_flags = $(foreach d,$(1), \
    $(if $(call dep_exists,$(call dep_name,$(d))),,$(call dep_flag,$(d))))
dep_link = $(foreach d,$(1), \
    $(call dep_libs,$(call dep_name,$(d)),$(call dep_flag,$(d)))) -pthread
VERIFY_REQUIRES := $(call dep_requires,$(VERIFY_DEPS))
VERIFY_PC_LIBS := $(call dep_flags,$(VERIFY_DEPS))
# libcurl by name: who links our archive takes libcurl's shared library, since
# what a static libcurl requires, Debian does not have (Kerberos).
FULL_REQUIRES := $(VERIFY_REQUIRES)
FULL_PC_LIBS := -lcurl $(VERIFY_PC_LIBS)
# Warnings are about our own headers.
DEP_CFLAGS := $(patsubst -I%,-isystem%, \
    $(call dep_cflags,$(call dep_requires,$(FULL_DEPS) libmicrohttpd:)))
VERIFY_LIBS := $(call dep_link,$(VERIFY_DEPS))
DEP_LIBS := $(call dep_link,$(FULL_DEPS))
MHD_LIBS := $(call dep_libs,libmicrohttpd,-lmicrohttpd)
CMOCKA_LIBS := $(call dep_libs,cmocka,-lcmocka)

# ---- flags ---------------------------------------------------------------

IS_CLANG := $(findstring clang,$(CC))
MACHINE := $(shell $(CC) -dumpmachine 2>/dev/null)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
    -Wcast-qual -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes \
    -Wold-style-definition -Wpointer-arith -Wformat=2 -Wundef -Wvla -Walloca \
    -Wnull-dereference -Wimplicit-fallthrough -Wswitch-enum \
    -Wframe-larger-than=4096
ifeq ($(IS_CLANG),)
WARN += -Wlogical-op -Wduplicated-cond -Wduplicated-branches \
    -Wcast-align=strict
else
# clang-format breaks long texts into several.
WARN += -Wno-string-concatenation
endif
ifeq ($(CI),true)
WERROR := -Werror
endif

HARDEN := -fstack-protector-strong -fstack-clash-protection \
    $(if $(filter x86_64-% i%86-%,$(MACHINE)),-fcf-protection)
ifeq ($(SAN),)
HARDEN += $(if $(filter -O0,$(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
else
# Sanitizers enlarge frames and hide constants from the compiler; these are
# judged without them.
WARN := $(filter-out -Wframe-larger-than=% -Wconversion -Wsign-conversion \
    -Wnull-dereference,$(WARN))
SANFLAGS := -fsanitize=$(SAN) -fno-omit-frame-pointer \
    -fno-sanitize-recover=all
endif
export UBSAN_OPTIONS ?= print_stacktrace=1
export TSAN_OPTIONS ?= suppressions=$(CURDIR)/.ci/tsan.supp history_size=4

BASE_CPPFLAGS := -D_DEFAULT_SOURCE -DDS_ECDSA_$(if \
    $(filter openssl,$(ECDSA_USED)),OPENSSL,MBEDTLS) \
    -Iinclude -Ilib $(DEP_CFLAGS)
BASE_CFLAGS := -std=c11 $(WARN) $(WERROR) $(HARDEN) $(SANFLAGS) \
    -fvisibility=hidden -ffunction-sections -fdata-sections \
    -ffile-prefix-map=$(CURDIR)=. -pthread
# CPPFLAGS, CFLAGS and LDFLAGS are the user's: last, so that they win.
COMPILE = $(CC) $(BASE_CPPFLAGS) $(CPPFLAGS) $(BASE_CFLAGS) $(CFLAGS)
LINK = $(CC) $(BASE_CFLAGS) $(CFLAGS) $(LDFLAGS)

# Whatever changes the objects is part of this file's text; a change of
# flags rebuilds.
FLAGS_FILE := $(O)/flags
FLAGS_TEXT := $(COMPILE) | $(LDFLAGS) | $(DEP_LIBS) | $(STATIC_PLAIN)

# ---- sources -------------------------------------------------------------

VERIFY_ROOMS := base codec crypto intel nvidia amd aws tpm workload verify \
    keys receipt ratls
# The rooms that touch a socket are in libdstack alone.
FULL_ROOMS := $(VERIFY_ROOMS) net agent fetch

sources = $(sort $(foreach d,$(1),$(wildcard $(d)/*.c)))
VERIFY_SRC := $(call sources,$(addprefix lib/,$(VERIFY_ROOMS)))
FULL_SRC := $(call sources,$(addprefix lib/,$(FULL_ROOMS)))
FORGE_SRC := $(call sources,tools/simulator/forge)
CLI_SRC := $(call sources,tools/dstack)
GUEST_SRC := $(call sources,tools/simulator/guest)
SIM_SRC := $(call sources,tools/simulator)
HEADERS := $(sort $(wildcard include/dstack/*.h))
obj = $(patsubst %.c,$(O)/obj/%.o,$(1))
pic = $(patsubst %.c,$(O)/pic/%.o,$(1))

VERIFY_LIB := $(O)/lib/libdstack-verify.a
FULL_LIB := $(O)/lib/libdstack.a
VERIFY_SO := $(O)/lib/libdstack-verify.so.$(ABI)
FULL_SO := $(O)/lib/libdstack.so.$(ABI)
# Not installed: hidden functions stay reachable for the tests.
INTERNAL_LIB := $(O)/lib/internal.a
FORGE_LIB := $(O)/lib/forge.a
GUEST_LIB := $(O)/lib/guest.a
# The simulator's front end but its main().
SIM_LIB := $(O)/lib/simulator.a
SUPPORT_LIB := $(O)/lib/support.a
CLI := $(O)/bin/dstack
SIM := $(if $(SIM_SRC),$(O)/bin/dstack-simulator)

.PHONY: all lib static shared
all: lib $(CLI) $(SIM)
lib: static shared
static: $(VERIFY_LIB) $(FULL_LIB)
shared: $(VERIFY_SO) $(FULL_SO)

.PHONY: FORCE
$(FLAGS_FILE): FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS_TEXT))' | cmp -s - $@ || \
	    printf '%s\n' '$(subst ','\'',$(FLAGS_TEXT))' > $@

$(O)/obj/%.o: %.c $(FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

$(O)/pic/%.o: %.c $(FLAGS_FILE)
	$(call say,CC,$< [pic])
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -fPIC -MMD -MP -c -o $@ $<

$(O)/obj/tools/simulator/%.o $(O)/obj/tests/%.o: \
    BASE_CPPFLAGS += -Itools/simulator -Itests

# One relocatable object with hidden names made local: nothing but dstack_*
# can collide with, or be replaced by, a name of the host program.
define prelink
	@mkdir -p $(@D)
	$(call say,LD -r,$@)
	$(Q)rm -f $@
	$(Q)$(LD) -r -o $(@:.a=.o) $(filter %.o,$^)
	$(Q)$(OBJCOPY) --localize-hidden $(@:.a=.o)
	$(Q)$(AR) rcsD $@ $(@:.a=.o)
endef
define archive
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $(filter %.o,$^)
endef
$(VERIFY_LIB): $(call obj,$(VERIFY_SRC)) $(FLAGS_FILE)
	$(if $(STATIC_PLAIN),$(archive),$(prelink))
$(FULL_LIB): $(call obj,$(FULL_SRC)) $(FLAGS_FILE)
	$(if $(STATIC_PLAIN),$(archive),$(prelink))
$(INTERNAL_LIB): $(call obj,$(FULL_SRC))
	$(archive)
$(FORGE_LIB): $(call obj,$(FORGE_SRC))
	$(archive)
$(GUEST_LIB): $(call obj,$(GUEST_SRC))
	$(archive)
$(SIM_LIB): $(call obj,$(filter-out tools/simulator/main.c,$(SIM_SRC)))
	$(archive)
$(SUPPORT_LIB): $(call obj,$(call sources,tests/support))
	$(archive)

define share
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) -shared $(if $(SAN),,-Wl$(comma)-z$(comma)defs) \
	    -Wl,-z,relro,-z,now \
	    -Wl,--exclude-libs,ALL -Wl,--gc-sections -Wl,-soname,$(@F) \
	    -Wl,--version-script,$(filter %.map,$^) \
	    -o $@ $(filter %.o,$^) $(SO_LIBS)
	$(Q)ln -sf $(@F) $(@:.$(ABI)=)
endef
$(VERIFY_SO): SO_LIBS = $(VERIFY_LIBS)
$(FULL_SO): SO_LIBS = $(DEP_LIBS)
$(VERIFY_SO): $(call pic,$(VERIFY_SRC)) lib/libdstack-verify.map
	$(share)
$(FULL_SO): $(call pic,$(FULL_SRC)) lib/libdstack.map
	$(share)

define program
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) -Wl,--gc-sections -Wl,-z,relro,-z,now -o $@ $^ $(DEP_LIBS)
endef
$(O)/bin/dstack: $(call obj,$(CLI_SRC)) $(FULL_LIB)
	$(program)
# It computes what an agent computes, with the library's own rooms.
$(O)/bin/dstack-simulator: $(call obj,$(SIM_SRC)) $(GUEST_LIB) $(FORGE_LIB) \
    $(INTERNAL_LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) -Wl,--gc-sections -o $@ $^ $(MHD_LIBS) $(DEP_LIBS)

# ---- tests ---------------------------------------------------------------

# What the scripts in tests/scripts need to know.
export O CC CXX NM PKG_CONFIG SAN
export LIB_CFLAGS := $(DEP_CFLAGS)
export LIB_LIBS := $(DEP_LIBS)
export VERIFY_LIBS

TEST_LIBS := $(SUPPORT_LIB) $(SIM_LIB) $(GUEST_LIB) $(FORGE_LIB) \
    $(INTERNAL_LIB)
# Those that take longest begin first, so that no core idles at the end.
UNIT_LONG := bitflip attack_policy attack_cert attack_signature attack_quote \
    attack_docs attack_crl attack_tdx verifier ecdsa forge
UNIT := $(patsubst tests/unit/%.c,$(O)/tests/%, \
    $(wildcard $(UNIT_LONG:%=tests/unit/test_%.c)) \
    $(filter-out $(UNIT_LONG:%=tests/unit/test_%.c), \
    $(sort $(wildcard tests/unit/test_*.c))))
ifneq ($(T),)
UNIT := $(filter $(addprefix $(O)/tests/test_,$(T)),$(UNIT))
endif
OOM_SRC := $(call sources,tests/oom)
EXAMPLES := $(patsubst %.c,$(O)/%,$(sort $(wildcard examples/*.c)))

define test_program
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) -Wl,-z,now -o $@ $^ $(DEP_LIBS) $(CMOCKA_LIBS) -lm
endef
$(O)/tests/%: $(O)/obj/tests/unit/%.o $(TEST_LIBS)
	$(test_program)
$(O)/tests/oom: $(call obj,$(OOM_SRC)) $(TEST_LIBS)
	$(test_program)
# Examples see what a user sees: public headers and the installed archive.
$(O)/examples/%: examples/%.c $(FULL_LIB) $(HEADERS)
	@mkdir -p $(@D)
	$(call say,EXAMPLE,$<)
	$(Q)$(CC) -std=c99 $(WARN) $(WERROR) $(SANFLAGS) -Iinclude -o $@ $< \
	    $(FULL_LIB) $(shell sed -n 's/^ \* libs: //p' $<) $(DEP_LIBS)

CHECK_PARTS := unit fuzz-replay oom $(if $(SAN),,attack-rows headers includes \
    banned complexity symbols-check null-check install-test examples readme \
    cli-tests bindings load-quick)
.PHONY: check unit oom install-test examples readme cli-tests bindings
check: all
	$(Q)MAKE='$(MAKE)' tests/scripts/tally.sh $(CHECK_PARTS)
unit: $(UNIT)
	$(Q)mkdir -p $(O)/rows
	$(Q)DS_ROWS=$(O)/rows tests/run.sh $(UNIT)
oom: $(O)/tests/oom
	$(Q)tests/scripts/oom.sh $(O)/tests/oom $(T)
# Each attack program leaves a table of what it asserted.
ATTACK_ROWS := $(patsubst tests/unit/%.c,$(O)/rows/%, \
    $(sort $(wildcard tests/unit/test_attack_*.c)))
.PHONY: attack-rows attack-rows-update
$(O)/rows/%: $(O)/tests/%
	@mkdir -p $(@D)
	$(Q)DS_ROWS=$(@D) $< >$@.log 2>&1 || { cat $@.log; exit 1; }
attack-rows: $(ATTACK_ROWS)
	$(Q)tests/scripts/attack_rows.sh check $^
attack-rows-update: $(ATTACK_ROWS)
	$(Q)tests/scripts/attack_rows.sh write $^
symbols-check null-check: lib
SCRIPTS := headers includes banned complexity symbols-check null-check \
    man-check shell-check
.PHONY: $(SCRIPTS)
$(SCRIPTS):
	$(Q)tests/scripts/check_$(@:-check=).sh
install-test: all
	$(Q)MAKE='$(MAKE)' tests/scripts/install_test.sh
examples: $(EXAMPLES) $(SIM) $(CLI)
	$(Q)tests/scripts/examples.sh $(EXAMPLES)
readme: $(FULL_LIB)
	$(Q)tests/scripts/readme.sh
# One client, shared: quick in `make check`, and the whole of it.
$(O)/load: $(O)/obj/tests/load/load.o $(FULL_LIB)
	$(program)
# Judgements in one process: nothing is left behind.
$(O)/judgements: $(call obj,tests/load/judgements.c tests/bench/heap.c \
    tests/bench/judge.c tests/bench/measure.c) $(FULL_LIB)
	$(program)
# Each fault of the simulator, each call.
$(O)/faults: $(O)/obj/tests/faults/faults.o $(FULL_LIB)
	$(program)
.PHONY: faults
faults: $(O)/faults all
	$(Q)tests/scripts/faults.sh $<
.PHONY: load load-quick
load: $(O)/load $(O)/judgements all
	$(Q)tests/scripts/load.sh $< 64 100000
	$(Q)tests/scripts/load_judge.sh $(O)/judgements 100000
load-quick: $(O)/load $(O)/judgements all
	$(Q)tests/scripts/load.sh $< 64 2000
	$(Q)tests/scripts/load_judge.sh $(O)/judgements 2000
bindings: all
	$(Q)tests/scripts/bindings.sh
# Forged evidence in a folder, for the tests of the command and the demo.
FORGE_DIR := $(O)/tools/forge_dir
$(FORGE_DIR): $(O)/obj/tests/tools/forge_dir.o $(FORGE_LIB) $(INTERNAL_LIB)
	$(program)
FORGE_GUEST := $(O)/tools/forge_guest
$(FORGE_GUEST): $(O)/obj/tests/tools/forge_guest.o $(GUEST_LIB) $(FORGE_LIB) \
    $(INTERNAL_LIB)
	$(program)
cli-tests: all $(FORGE_DIR) $(FORGE_GUEST)
	$(Q)tests/scripts/cli_tests.sh
.PHONY: map-update
map-update:
	$(Q)tests/scripts/map_update.sh

# ---- fuzzing -------------------------------------------------------------

FUZZ := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_HELP := $(call obj,$(filter-out tests/fuzz/fuzz_%.c \
    tests/fuzz/standalone_driver.c,$(call sources,tests/fuzz)))
.PHONY: fuzz fuzz-replay fuzz-programs
$(O)/replay/%: $(O)/obj/tests/fuzz/%.o \
    $(O)/obj/tests/fuzz/standalone_driver.o $(FUZZ_HELP) $(TEST_LIBS)
	$(test_program)
$(O)/fuzz/%: LDFLAGS += -fsanitize=fuzzer
$(O)/fuzz/%: $(O)/obj/tests/fuzz/%.o $(FUZZ_HELP) $(TEST_LIBS)
	$(test_program)
fuzz-replay: $(addprefix $(O)/replay/,$(FUZZ))
	$(Q)tests/scripts/fuzz_replay.sh $^
fuzz-programs: $(addprefix $(O)/fuzz/,$(if $(T),fuzz_$(T),$(FUZZ)))
fuzz:
	@test -n '$(T)' || { echo 'fuzz: say T=name, one of:' \
	    $(FUZZ:fuzz_%=%) >&2; exit 2; }
	$(Q)$(MAKE) --no-print-directory CC=clang O=$(O)/fuzzing \
	    SAN=fuzzer-no-link,address,undefined T=$(T) fuzz-programs
	$(Q)tests/scripts/fuzz.sh $(O)/fuzzing/fuzz/fuzz_$(T) $(SECS)

# ---- other checks --------------------------------------------------------

C_FILES := $(shell find lib include tools tests examples \
    -name '*.[ch]' 2>/dev/null | LC_ALL=C sort)
TIDY_FILES := $(FULL_SRC) $(CLI_SRC) $(SIM_SRC) $(GUEST_SRC) $(FORGE_SRC)
LINT_PARTS := includes banned complexity format-check shell-check man-check \
    cppcheck tidy analyzer
.PHONY: lint format format-check tidy cppcheck analyzer
lint:
	$(Q)MAKE='$(MAKE)' tests/scripts/tally.sh $(LINT_PARTS)
format:
	$(Q)clang-format -i $(if $(T),$(T),$(C_FILES))
format-check:
	$(Q)clang-format --dry-run -Werror $(if $(T),$(T),$(C_FILES))
$(O)/tidy/%.ok: %.c .clang-tidy $(wildcard lib/*/*.h) $(HEADERS)
	$(call say,TIDY,$<)
	@mkdir -p $(@D)
	$(Q)clang-tidy --quiet --warnings-as-errors='*' $< -- -std=c11 \
	    $(BASE_CPPFLAGS) -Itools/simulator 2>$(@:.ok=.log) || \
	    { cat $(@:.ok=.log); exit 1; }
	@touch $@
tidy: $(patsubst %.c,$(O)/tidy/%.ok,$(TIDY_FILES))
cppcheck:
	$(Q)mkdir -p $(O)/cppcheck
	$(Q)cppcheck --quiet --std=c11 --enable=warning,portability,performance \
	    --error-exitcode=1 --inline-suppr --suppress=missingIncludeSystem \
	    --suppress=ctuuninitvar \
	    --cppcheck-build-dir=$(O)/cppcheck -j 2 -Iinclude -Ilib \
	    -Itools/simulator -DDS_ECDSA_OPENSSL $(TIDY_FILES)
.PHONY: analyzer-objects
analyzer-objects: $(call obj,$(TIDY_FILES))
analyzer:
	$(Q)$(MAKE) --no-print-directory -k CC=gcc SAN= O=$(O)/analyzer CI=true \
	    CFLAGS='-O1 -g -fanalyzer' analyzer-objects

.PHONY: valgrind coverage abi abi-check bench bench-peers check-peers demo deps \
    deps-build deps-dev
VALGRIND := valgrind -q --error-exitcode=99 --leak-check=full \
    --errors-for-leak-kinds=definite,possible \
    --suppressions=$(CURDIR)/.ci/valgrind.supp
# Thousands of judgements, and a search of the whole memory, take too long
# here; the sanitizers see the former.
VALGRIND_UNIT := $(if $(T),$(UNIT),$(filter-out $(O)/tests/test_bitflip \
    $(O)/tests/test_client_secret $(O)/tests/test_secret_memory \
    $(O)/tests/test_content $(O)/tests/test_attack_%,$(UNIT)))
valgrind: $(VALGRIND_UNIT)
	$(Q)TEST_TIMEOUT=900 WRAP='$(VALGRIND)' tests/run.sh $^
# No branch and no index depends on a secret key: those are undefined memory.
.PHONY: ctgrind
$(O)/ctgrind: LDFLAGS += $(addprefix -Wl$(comma)--wrap=,ds_k1_secret_valid \
    ds_k1_public ds_k1_ecdh ds_ed25519_public ds_ed25519_sign ds_aes_gcm_open)
$(O)/ctgrind: $(O)/obj/tests/ctgrind/ctgrind.o $(INTERNAL_LIB)
	$(program)
ctgrind: $(O)/ctgrind
	$(Q)valgrind -q --error-exitcode=99 --track-origins=yes \
	    --suppressions=tests/ctgrind/ctgrind.supp $<
coverage:
	$(Q)find $(O)/coverage -name '*.gcda' -delete 2>/dev/null || :
	$(Q)$(MAKE) --no-print-directory O=$(O)/coverage \
	    CFLAGS='-O0 -g --coverage -DDS_COVERAGE' unit oom fuzz-replay
	$(Q)gcovr --root . --object-directory $(O)/coverage --filter 'lib/' \
	    --exclude-throw-branches --txt --html-details \
	    $(O)/coverage/index.html --fail-under-line 95 \
	    --fail-under-branch 85
ABI_BASE := tests/abi/libdstack.abi
abi: $(FULL_SO)
	$(Q)mkdir -p $(dir $(ABI_BASE))
	$(Q)abidw --headers-dir include/dstack --no-corpus-path \
	    --no-comp-dir-path --out-file $(ABI_BASE) $(FULL_SO)
abi-check: $(FULL_SO)
	$(Q)abidiff --headers-dir2 include/dstack $(ABI_BASE) $(FULL_SO)
bench: all
	$(Q)MAKE='$(MAKE)' tests/bench/run.sh
bench-peers: all
	$(Q)MAKE='$(MAKE)' tests/bench/peers.sh
check-peers: all $(FORGE_GUEST)
	$(Q)tests/peers/run.sh $(PEERS)
	$(Q)tests/peers/keys/run.sh
	$(Q)tests/peers/vin/run.sh
	$(Q)tests/peers/verifier/run.sh
# A second make: what deps-build installs changes how the first one was read.
demo: deps-build
	$(Q)$(MAKE) --no-print-directory all $(FORGE_DIR)
	$(Q)tests/scripts/demo.sh
.PHONY: demo-vin
demo-vin: all $(O)/examples/vin_node $(O)/examples/vin_client
	$(Q)tests/scripts/demo_vin.sh $(O)/examples/vin_node \
	    $(O)/examples/vin_client
deps-build:
	$(Q)tests/scripts/deps.sh build
deps:
	$(Q)tests/scripts/deps.sh build test
deps-dev:
	$(Q)tests/scripts/deps.sh build test dev

# ---- install -------------------------------------------------------------

.PHONY: install uninstall
export VERSION ABI DESTDIR PREFIX BINDIR LIBDIR INCLUDEDIR MANDIR \
    PKGCONFIGDIR CMAKEDIR INSTALL VERIFY_REQUIRES VERIFY_PC_LIBS \
    FULL_REQUIRES FULL_PC_LIBS
install: all
	$(Q)tests/scripts/install.sh install
uninstall:
	$(Q)tests/scripts/install.sh uninstall

.PHONY: clean help
clean:
	rm -rf .build
define HELP
all               libraries (static, shared) and the dstack command
check             every test; each part is a target of its own:
                  $(CHECK_PARTS)
install uninstall DESTDIR= PREFIX= BINDIR= LIBDIR= INCLUDEDIR= MANDIR=
                  PKGCONFIGDIR= CMAKEDIR=
demo              install what is needed, build, judge real evidence
demo-vin          a node and its client: identity, sealed request, receipt
deps deps-dev     install packages to build and test; those to lint as well
lint              every analyser: $(LINT_PARTS)
format            clang-format the whole tree, or the files in T=
check-peers       the official SDKs against our simulator; fetches them.
                  PEERS="DSTACK TAPPD WORKER NAME": against another agent;
                  DSTACK_VERIFIER=PROGRAM: our verdicts beside its
load              100,000 calls by 64 threads, 100,000 judgements
fuzz              T=name SECS=60: one fuzz target
ctgrind           branches and indexes that depend on a secret key: none
valgrind coverage abi abi-check bench bench-peers clean
map-update attack-rows-update   rewrite the symbol maps, docs/attacks.md
unit valgrind     T="name ..." runs these test programs alone

Variables: CC= CXX= AR= LD= CFLAGS= CPPFLAGS= LDFLAGS= CROSS_COMPILE=
O=folder for what is built, V=1 shows commands, CI=true makes warnings errors,
SAN=address,undefined or thread, ECDSA=openssl|mbedtls|auto (now: $(ECDSA_USED)),
STATIC_PLAIN=1 for an archive of plain objects.
endef
export HELP
help:
	@printf '%s\n' "$$HELP"

-include $(shell find $(O)/obj $(O)/pic -name '*.d' 2>/dev/null)

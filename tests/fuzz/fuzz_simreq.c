/* SPDX-License-Identifier: Apache-2.0 */
/* The simulator's requests: the first byte chooses a call, an encoding and a
 * version, the rest is what came. What is refused is refused in words; what is
 * taken reads back the same from JSON and protobuf. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "rpc.h"

static void
must(bool ok)
{
    if (!ok)
        abort();
}

static const sim_schema *
request_schema(unsigned which)
{
    size_t n = 0;

    for (unsigned round = 0; round < 2; round++)
        for (int s = 0; s < SIM_SURFACES; s++)
            for (const sim_method *m = sim_surfaces[s].methods; m->name; m++)
                if (m->in && n++ == which)
                    return m->in;
    return NULL;
}

static void
must_be_same(const sim_message *a, const sim_message *b)
{
    for (size_t i = 0; i < SIM_FIELDS; i++) {
        const sim_value *x = &a->v[i], *y = &b->v[i];

        must(x->number == y->number);
        must(ds_view_eq(ds_view_of(x->bytes.p, x->bytes.n),
            ds_view_of(y->bytes.p, y->bytes.n)));
    }
}

typedef bool
read_fn(ds_view text, sim_message *m, sim_error *err);

static void
must_read_back(const sim_message *m, ds_view text, read_fn *read)
{
    sim_message again;
    sim_error err = {0, ""};

    sim_message_init(&again, m->schema, 0);
    again.os = m->os;
    must(read(text, &again, &err));
    must_be_same(m, &again);
    sim_message_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static read_fn *const readers[] = {
        sim_json_read, sim_proto_read, sim_query_read, sim_json_read};
    sim_error err = {0, ""};
    sim_message m;
    ds_buf out;

    if (size < 2)
        return 0;
    sim_message_init(
        &m, request_schema(data[0] & 31), data[1] >> 2 & (SIM_OS_COUNT - 1));
    if (!readers[data[1] & 3](ds_view_of(data + 2, size - 2), &m, &err)) {
        must(err.code == SIM_REFUSED && err.text[0] != 0);
        must(ds_utf8_is(ds_view_str(err.text)));
        sim_message_free(&m);
        return 0;
    }
    must(sim_message_ok(&m));
    ds_buf_init(&out, SIM_MAX_ANSWER);
    sim_json_write(&m, NULL, &out);
    must_read_back(&m, ds_view_of(out.p, out.n), sim_json_read);
    ds_buf_cut(&out, 0);
    sim_proto_write(&m, &out);
    must_read_back(&m, ds_view_of(out.p, out.n), sim_proto_read);
    ds_buf_free(&out);
    sim_message_free(&m);
    return 0;
}

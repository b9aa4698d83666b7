/* SPDX-License-Identifier: Apache-2.0 */
/* The files that a user gives to the simulator, app-compose and app keys: what
 * is read twice is the same; keys that were read belong together; a refusal
 * says why. */
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "crypto/k1.h"
#include "crypto/p256.h"
#include "fuzz/fuzz.h"
#include "guest/inner.h"

static void
must(bool ok)
{
    if (!ok)
        abort();
}

static bool
same(const ds_buf *a, const ds_buf *b)
{
    return ds_view_eq(sim_view(a), sim_view(b));
}

static void
check_compose(ds_view in)
{
    sim_compose a, b;
    sim_error err = {0};
    uint8_t digest[32];

    int ret = sim_compose_read(&a, in, &err);
    must(sim_compose_read(&b, in, NULL) == ret);
    if (ret) {
        must(err.code == SIM_REFUSED || err.code == SIM_FAILED);
        must(err.text[0] != '\0');
    } else {
        must(ds_hash(DS_SHA256, in, ds_view_of(NULL, 0), digest));
        must(memcmp(digest, a.hash, 32) == 0);
        must(a.provider > SIM_PROVIDER_COMPOSE);
        must(a.provider <= SIM_PROVIDER_NONE);
        must(a.event_log_version == 1 || a.event_log_version == 2);
        must(a.script_n <= SIM_SCRIPTS_MAX && a.script_n == b.script_n);
        must(memcmp(a.script_hash, b.script_hash, 32 * a.script_n) == 0);
        must(memcmp(a.gpu_policy_hash, b.gpu_policy_hash, 32) == 0);
        must(same(&a.name, &b.name) && same(&a.storage_fs, &b.storage_fs));
        must(same(&a.provider_id, &b.provider_id) && same(&a.text, &b.text));
    }
    sim_compose_free(&a);
    sim_compose_free(&b);
}

static void
check_keys(const sim_secrets *s)
{
    uint8_t key[33];
    uint8_t point[65];

    must(ds_k1_public(s->app_k256, key, NULL) == DS_K1_OK);
    must(memcmp(key, s->app_root, 33) == 0);
    must(ds_p256_public(s->app_ca, point) == DSTACK_OK);
    must(s->kms_link_n == 0 || s->kms_link_n == SIM_LINK);
    must(!s->root);
}

static void
check_app_keys(ds_view in)
{
    sim_guest g;
    ds_buf *buffers[] = {&g.ca_name, &g.ca_spki, &g.ca_pem[0]};
    sim_error err = {0};

    memset(&g, 0, sizeof g);
    for (size_t i = 0; i < 3; i++)
        ds_buf_init(buffers[i], SIM_TEXT_MAX);
    if (sim_secrets_make(&g, in, &err)) {
        must(err.code == SIM_REFUSED || err.code == SIM_FAILED);
        must(err.text[0] != '\0');
    } else {
        check_keys(g.secrets);
        must(g.ca_n == 1 && g.ca_name.n && g.ca_spki.n && g.ca_pem[0].n);
    }
    for (size_t i = 0; i < 3; i++)
        ds_buf_free(buffers[i]);
    ds_secret_free(g.secrets);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ds_view in = ds_view_of(size ? data : (const uint8_t *)"", size);

    check_compose(in);
    check_app_keys(in);
    return 0;
}

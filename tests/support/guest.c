/* SPDX-License-Identifier: Apache-2.0 */
#include "support/guest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/json_write.h"

sim_guest *
guest_make(const sim_config *config)
{
    sim_guest *g = NULL;
    sim_error err;
    if (sim_guest_new(config, &g, &err))
        fail_msg("%s", err.text);
    return g;
}

sim_guest *
guest_new(const char *seed, int os)
{
    sim_config c = {.seed = seed, .os = os, .now = GUEST_NOW};
    return guest_make(&c);
}

void
guest_app_keys(
    const char *k256, const char *signature, const char *env, ds_buf *out)
{
    /* Any key and certificate will do. */
    sim_config c = {.seed = "app keys",
        .os = SIM_OS_0_5_11,
        .now = GUEST_NOW,
        .provider = SIM_PROVIDER_NONE};
    sim_cert_request request = {.derived = true};
    sim_guest *g = guest_make(&c);
    sim_cert cert;
    ds_jw w;
    char *text = NULL;
    size_t n = 0;
    assert_int_equal(
        sim_guest_issue_cert(g, &request, GUEST_NOW, &cert, NULL), 0);
    ds_jw_init(&w, 1 << 20);
    ds_jw_object(&w, NULL);
    ds_jw_text(&w, "disk_crypt_key", "00");
    ds_jw_text(&w, "env_crypt_key", env);
    ds_jw_text(&w, "k256_key", k256);
    ds_jw_text(&w, "k256_signature", signature);
    ds_jw_text(&w, "gateway_app_id", "any");
    ds_jw_text_view(
        &w, "ca_cert", ds_view_of(cert.chain[0].p, cert.chain[0].n));
    ds_jw_object(&w, "key_provider");
    ds_jw_object(&w, "None");
    ds_jw_text_view(&w, "key", ds_view_of(cert.key.p, cert.key.n));
    ds_jw_end(&w);
    ds_jw_end(&w);
    ds_jw_end(&w);
    assert_int_equal(ds_jw_take(&w, &text, &n, NULL), DSTACK_OK);
    ds_jw_free(&w);
    ds_buf_add(out, text, n);
    ds_free(text);
    sim_cert_free(&cert);
    sim_guest_free(g);
}

void
guest_assert_hex(const void *p, size_t n, const char *hex)
{
    char text[2 * 160 + 1];
    assert_true(n <= 160);
    ds_hex_encode(ds_view_of(p, n), text);
    assert_string_equal(text, hex);
}

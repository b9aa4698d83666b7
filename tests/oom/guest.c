/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "guest/inner.h"
#include "oom/oom.h"
#include "support/guest.h"

/* The emulated guest where there are no signatures in the way: reading a user's
 * files, and what it says of itself. */

static ds_buf app_keys;
static sim_guest *guest;

static const char compose[] =
    "{\"name\":\"a\",\"key_provider_id\":\"c0ffee\",\"init_script\":[\"x\"],"
    "\"requirements\":{\"gpu_policy\":{\"rego\":\"y\",\"attest_gpu\":true}}}";

/* A file is not wrong because there is no memory. */
static int
verdict(int ret, const sim_error *err)
{
    if (!ret)
        return 0;
    if (err->code != SIM_FAILED)
        return OOM_WRONG;
    return strcmp(err->text, "out of memory") == 0 ? DSTACK_ERR_NOMEM
                                                   : DSTACK_ERR_INTERNAL;
}

static int
compose_run(void)
{
    sim_compose c;
    sim_error err = {0};
    int rc = verdict(sim_compose_read(&c, ds_view_str(compose), &err), &err);
    if (!rc && (c.script_n != 1 || c.provider_id.n != 3))
        rc = OOM_WRONG;
    sim_compose_free(&c);
    return rc;
}

static void
keys_prepare(void)
{
    ds_buf_init(&app_keys, 1 << 20);
    guest_app_keys(
        "2ae51b5c23b22c9b9dc0b8263a8b0b5f003e6d6fbc60c7ebb88696136a4dac0b", "",
        "", &app_keys);
}

static int
keys_run(void)
{
    sim_guest g;
    ds_buf *buffers[] = {&g.ca_name, &g.ca_spki, &g.ca_pem[0]};
    sim_error err = {0};
    memset(&g, 0, sizeof g);
    for (size_t i = 0; i < 3; i++)
        ds_buf_init(buffers[i], SIM_TEXT_MAX);
    /* Reading a PKCS #8 key says yes or no, not why. */
    int ret = sim_secrets_make(&g, sim_view(&app_keys), &err);
    if (ret && strstr(err.text, "no PKCS#8 P-256 key"))
        err.code = SIM_FAILED;
    int rc = verdict(ret, &err);
    if (!rc && (g.ca_n != 1 || !g.ca_spki.n))
        rc = OOM_WRONG;
    for (size_t i = 0; i < 3; i++)
        ds_buf_free(buffers[i]);
    ds_secret_free(g.secrets);
    return rc;
}

static void
guest_prepare(void)
{
    sim_info i;
    if (!guest)
        guest = guest_new("no memory", SIM_OS_0_5_11);
    if (sim_guest_info(guest, GUEST_NOW, &i, NULL))
        abort();
    sim_info_free(&i);
}

static int
info_run(void)
{
    sim_info i;
    sim_error err = {0};
    int rc = verdict(sim_guest_info(guest, GUEST_NOW, &i, &err), &err);
    if (!rc && (!i.tcb_info.n || !i.app_cert.n))
        rc = OOM_WRONG;
    sim_info_free(&i);
    return rc;
}

static int
document_run(void)
{
    sim_document d;
    sim_error err = {0};
    int rc = verdict(
        sim_guest_document(guest, SIM_DOC_TCB_INFO_TDX, GUEST_NOW, &d, &err),
        &err);
    if (!rc && (!d.body.n || !d.chain.n))
        rc = OOM_WRONG;
    sim_document_free(&d);
    return rc;
}

static int
image_run(void)
{
    sim_error err = {0};
    uint8_t hash[32];
    int rc =
        verdict(sim_image_hash(SIM_OS_0_6_0, &guest->image, hash, &err), &err);
    /* The guest is one of 0.5.11: its manifest has a line less. */
    if (!rc && memcmp(hash, guest->os_image_hash, 32) == 0)
        rc = OOM_WRONG;
    return rc;
}

const oom_scenario oom_guest[] = {{"guest_compose", compose_run, NULL},
    {"guest_keys", keys_run, keys_prepare},
    {"guest_info", info_run, guest_prepare},
    {"guest_document", document_run, guest_prepare},
    {"guest_image", image_run, guest_prepare}, {NULL, NULL, NULL}};

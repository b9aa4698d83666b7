/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence of any form: what is parsed has what its platform must have, is
 * written as an attestation and parsed as the same, as JSON it reads back, and
 * without collateral no verdict is yes. */
#include <string.h>

#include "dstack/dstack.h"
#include "fuzz/help.h"

static void
check_getters(const dstack_evidence *e)
{
    uint32_t platform = dstack_evidence_platform(e);
    const dstack_vm_config *c = dstack_evidence_config(e);
    size_t quote_n, data_n, claimed_n, n;
    const uint8_t *quote = dstack_evidence_quote(e, &quote_n);
    const uint8_t *data = dstack_evidence_report_data(e, &data_n);
    const char *config = dstack_evidence_vm_config(e, &n);

    must(platform >= DSTACK_PLATFORM_TDX && platform <= DSTACK_PLATFORM_SGX);
    must(quote || platform == DSTACK_PLATFORM_NITRO_ENCLAVE ||
         platform == DSTACK_PLATFORM_AWS_NITRO_TPM);
    must((data != NULL) == (data_n == 64));
    if (data)
        must(fuzz_inside(ds_view_of(data, 64), ds_view_of(quote, quote_n)));
    (void)dstack_evidence_claimed_report_data(e, &claimed_n);
    must(claimed_n == 0 || claimed_n == 64);
    must((config != NULL) == (c != NULL));
    if (config)
        must(strlen(config) == n && config[0] == '{');
    for (size_t i = 0; i < dstack_vm_config_count(c); i++) {
        const char *name = dstack_vm_config_name(c, i);

        must(name && dstack_vm_config_raw(c, name, &n) && n != 0);
    }
}

static void
check_encode(const dstack_evidence *e)
{
    for (uint32_t version = 0; version < 2; version++)
        for (int stripped = 0; stripped < 2; stripped++) {
            dstack_evidence *again = NULL;
            uint8_t *bytes;
            dstack_error err;
            size_t n;
            int rc =
                dstack_evidence_encode(e, version, stripped, &bytes, &n, &err);

            if (rc != DSTACK_OK) {
                must(rc == DSTACK_ERR_UNSUPPORTED && !bytes);
                continue;
            }
            if (dstack_evidence_parse(bytes, n, &again, &err) == DSTACK_OK) {
                must(dstack_evidence_platform(again) ==
                     dstack_evidence_platform(e));
                must(dstack_evidence_format(again) ==
                     DSTACK_EVIDENCE_ATTESTATION_V0 + version);
            } else {
                /* Only what no container may be as large as. */
                must(strcmp(dstack_reason_name(err.reason),
                         "attestation_range") == 0 ||
                     strcmp(dstack_reason_name(err.reason),
                         "attestation_too_large") == 0);
            }
            dstack_evidence_free(again);
            dstack_free(bytes);
        }
}

static void
check_verdict(const dstack_evidence *e)
{
    static dstack_verifier *v;
    dstack_report *r = NULL;
    dstack_error err;
    char *json;
    size_t n;
    int rc;

    if (!v)
        must(dstack_verifier_new(&v, NULL) == DSTACK_OK);
    rc = dstack_verifier_verify(v, e, NULL, NULL, FORGE_NOW, &r, &err);
    fuzz_check_error(rc, &err);
    must(r && !dstack_report_is_accepted(r) && !dstack_report_is_authentic(r));
    must(dstack_report_to_json(r, &json, &n, &err) == DSTACK_OK);
    fuzz_take_json(json, n);
    dstack_report_free(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dstack_evidence *e = NULL;
    dstack_error err;
    char *json;
    size_t n;
    int rc = dstack_evidence_parse(data, size, &e, &err);

    if (rc != DSTACK_OK) {
        must(!e && err.stage != DSTACK_STAGE_NONE);
        fuzz_check_error(rc, &err);
        return 0;
    }
    check_getters(e);
    check_encode(e);
    check_verdict(e);
    must(dstack_evidence_to_json(e, &json, &n, &err) == DSTACK_OK);
    fuzz_take_json(json, n);
    dstack_evidence_free(e);
    return 0;
}

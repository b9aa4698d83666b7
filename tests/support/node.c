/* SPDX-License-Identifier: Apache-2.0 */
#include "support/node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "dstack/reply.h"

dstack_identity *
node_identity(const uint8_t signing[32], const uint8_t decryption[33])
{
    dstack_identity *made = NULL;

    assert_int_equal(dstack_identity_new(NULL, &made, NULL), DSTACK_OK);
    assert_int_equal(dstack_identity_add_key(made, signing, 32,
                         DSTACK_KEY_ED25519, "vin-receipt-v1", NULL),
        DSTACK_OK);
    assert_int_equal(dstack_identity_add_key(made, decryption, 33,
                         DSTACK_KEY_SECP256K1, NULL, NULL),
        DSTACK_OK);
    return made;
}

void
node_evidence(forge *f, workload *w, const dstack_identity *named,
    dstack_collateral **collateral)
{
    uint8_t report_data[64];

    workload_end(w);
    forge_reset(f, FORGE_TDX_V4);
    workload_begin(w, f);
    assert_int_equal(
        dstack_identity_report_data(named, report_data, 64, NULL), DSTACK_OK);
    memcpy(f->quote.td.report_data, report_data, 64);
    memcpy(w->a.report_data, report_data, 64);
    workload_build(w);
    dstack_collateral_free(*collateral);
    assert_int_equal(dstack_collateral_parse(f->out.collateral.p,
                         f->out.collateral.n, collateral, NULL),
        DSTACK_OK);
}

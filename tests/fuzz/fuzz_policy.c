/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "dstack/policy.h"
#include "fuzz/fuzz.h"
#include "verify/verify.h"

/* Any bytes as a policy document. What is read must judge without a crash,
 * and must never accept a TCB that is revoked. */

#define NOW INT64_C(1790000000)

static uint8_t bytes[2048];
static dstack_quote quote;
static ds_facts facts;

/* An extended TD report: the body that has every TDX field. */
static void
prepare(void)
{
    static const uint8_t header[48] = {5, 0, 2, 0, 0x81, 0, 0, 0, 0, 0, 0, 0,
        0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3,
        0x95, 0x7f, 0x06, 0x07};
    static const uint8_t descriptor[6] = {4, 0, 0x75, 0x03, 0, 0};
    uint8_t *p = bytes + 54 + 885;
    dstack_error err;

    memcpy(bytes, header, sizeof header);
    memcpy(bytes + 48, descriptor, sizeof descriptor);
    bytes[54 + 122] = 2; /* SERVTD_EXT */
    bytes[54 + 128] = 3; /* x87, SSE */
    p[0] = 0x72;         /* 134 + 456 + 36 */
    p[1] = 0x02;
    p[4 + 128] = 6;
    p[4 + 130] = 0xec; /* 456 + 36 */
    p[4 + 131] = 0x01;
    p[4 + 134 + 450] = 1;
    p[4 + 134 + 452] = 36;
    if (ds_quote_parse(ds_view_of(bytes, 54 + 885 + 4 + 134 + 456 + 36), &quote,
            &err) != DSTACK_OK)
        abort();
    ds_facts_init(&facts);
    facts.quote = &quote;
    facts.quote_signed = true;
    facts.authentic = true;
    facts.have_pck = true;
}

static int
judge(const dstack_policy *p, uint32_t status, uint32_t current)
{
    static ds_checks checks;
    int rc;

    for (size_t i = 0; i < DS_OF_COUNT; i++)
        facts.status[i] = DSTACK_TCB_UP_TO_DATE;
    facts.status[DSTACK_OF_ALL] = facts.status[DSTACK_OF_PLATFORM] = status;
    facts.status[DSTACK_OF_CURRENT] = current;
    ds_checks_init(&checks);
    rc = ds_policy_judge(p, &facts, NULL, NULL, NULL, NOW, &checks);
    if ((rc == DSTACK_OK) != !ds_checks_failed(&checks))
        abort();
    return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dstack_policy *p = NULL;
    dstack_error err;
    int rc;

    if (!facts.quote)
        prepare();
    rc = dstack_policy_parse(data, size, &p, &err);
    if (err.code != rc || (rc == DSTACK_OK) != (p != NULL) ||
        memchr(err.message, 0, sizeof err.message) == NULL)
        abort();
    if (!p)
        return 0;
    if (ds_policy_collateral_grace(p) < 0)
        abort();
    (void)judge(p, DSTACK_TCB_OUT_OF_DATE, DSTACK_TCB_UP_TO_DATE);
    (void)judge(p, DSTACK_TCB_UP_TO_DATE, DSTACK_TCB_OUT_OF_DATE);
    if (judge(p, DSTACK_TCB_REVOKED, DSTACK_TCB_UP_TO_DATE) == DSTACK_OK)
        abort();
    dstack_policy_free(p);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Rows 31 to 46: signatures, and what binds the attestation key to them. */
#include "support/attack.h"

#define QUOTE DSTACK_STAGE_QUOTE
#define QE DSTACK_STAGE_QE
#define SIGNATURE DSTACK_STAGE_SIGNATURE
#define UP_TO_DATE DSTACK_TCB_UP_TO_DATE

/* Bytes of a part of the quote as it was built, to put in again. */
static ds_view
keep_part(attack *a, int part)
{
    const forge_part *at = &a->f->out.part[part];

    return forge_keep(a->f, a->f->out.quote.p + at->off, at->n);
}

static void
reject_flip(attack *a, int part, size_t bit, int stage, int reason)
{
    attack_case(a, "kind %d, part %d, bit %zu", a->kind, part, bit);
    a->f->quote.flips[0] = (forge_flip){true, part, bit};
    attack_reject(a, stage, reason);
    a->f->quote.flips[0].on = false;
}

/* Every bit of a real quote is walked by test_bitflip.c; here each kind, in
 * steps that meet every bit of a byte and every field. */
static void
signed_bytes(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        attack_build(a);
        size_t bits = 8 * a->f->out.part[FORGE_PART_BODY].n;

        for (size_t bit = 64; bit < 96; bit += 5) /* SVNs, reserved */
            reject_flip(a, FORGE_PART_HEADER, bit, SIGNATURE,
                DSTACK_REASON_QUOTE_SIGNATURE);
        for (size_t bit = 224; bit < 384; bit += 13) /* user data */
            reject_flip(a, FORGE_PART_HEADER, bit, SIGNATURE,
                DSTACK_REASON_QUOTE_SIGNATURE);
        for (size_t bit = 0; bit < bits; bit += 259)
            reject_flip(a, FORGE_PART_BODY, bit, SIGNATURE,
                DSTACK_REASON_QUOTE_SIGNATURE);
        reject_flip(a, FORGE_PART_BODY, bits - 1, SIGNATURE,
            DSTACK_REASON_QUOTE_SIGNATURE);
    }
}

static const int bad_forms[] = {FORGE_SIG_ZERO, FORGE_SIG_R_ZERO,
    FORGE_SIG_S_ZERO, FORGE_SIG_ONES, FORGE_SIG_R_N, FORGE_SIG_S_N,
    FORGE_SIG_FF};
#define BAD_FORMS (sizeof bad_forms / sizeof *bad_forms)

static void
degenerate(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        for (size_t i = 0; i < BAD_FORMS; i++) {
            attack_case(a, "kind %d, form %d", kind, bad_forms[i]);
            a->f->quote.sig.form = bad_forms[i];
            attack_reject(a, SIGNATURE, DSTACK_REASON_QUOTE_SIGNATURE);
        }
        a->f->quote.sig.form = FORGE_SIG_GOOD;
        for (size_t i = 0; i < BAD_FORMS; i++) {
            attack_case(a, "kind %d, QE, form %d", kind, bad_forms[i]);
            a->f->quote.qe_sig.form = bad_forms[i];
            attack_reject(a, QE, DSTACK_REASON_QE_REPORT_SIG);
        }
        /* Not a forgery: n - s verifies wherever s does. */
        a->f->quote.sig.form = a->f->quote.qe_sig.form = FORGE_SIG_NEGATED;
        attack_accept(a, UP_TO_DATE);
    }
}

static void
new_key(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        forge_quote *q = &a->f->quote;

        q->td.mr_td[0] ^= 1;
        q->sgx.mr_enclave[0] ^= 1;
        q->ak = q->signer = FORGE_KEY_ROGUE;
        q->bound_ak = FORGE_KEY_AK;
        attack_reject(a, QE, DSTACK_REASON_QE_REPORT_DATA);
        /* Nothing bound at all. */
        q->bind = false;
        attack_reject(a, QE, DSTACK_REASON_QE_REPORT_DATA);
        /* The hash of the key alone, or in the other half. */
        q->bind = true;
        q->bound_ak = -1;
        q->bound_auth = ds_view_of("", 0);
        attack_reject(a, QE, DSTACK_REASON_QE_REPORT_DATA);
    }
}

/* Key and authentication data are the attacker's and the QE report fits, but
 * nobody signed it. */
static void
unsigned_qe_report(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        forge_quote *q = &a->f->quote;
        ds_view genuine;

        attack_build(a);
        genuine = keep_part(a, FORGE_PART_QE_SIG);
        q->ak = q->signer = q->qe_signer = FORGE_KEY_ROGUE;
        q->auth = ds_view_str("the attacker's");
        attack_reject(a, QE, DSTACK_REASON_QE_REPORT_SIG);
        q->qe_signer = FORGE_KEY_SPARE; /* another platform's PCK key */
        attack_reject(a, QE, DSTACK_REASON_QE_REPORT_SIG);
        q->qe_signer = FORGE_KEY_PLATFORM; /* the PCK's CA */
        attack_reject(a, QE, DSTACK_REASON_QE_REPORT_SIG);
        q->qe_signer = FORGE_KEY_PCK;
        q->qe_sig.raw = genuine; /* of the report as it was */
        attack_reject(a, QE, DSTACK_REASON_QE_REPORT_SIG);
        q->qe_sig.raw = ds_view_of(NULL, 0);
        for (size_t i = 0; i < BAD_FORMS; i++) {
            q->qe_sig.form = bad_forms[i];
            attack_reject(a, QE, DSTACK_REASON_QE_REPORT_SIG);
        }
        /* With the genuine signature's report changed in another place. */
        attack_begin(a, kind);
        q->qe.mr_enclave[31] ^= 0x80;
        q->qe_sig.raw = genuine;
        attack_reject(a, QE, DSTACK_REASON_QE_REPORT_SIG);
    }
}

/* The platform's QE made this key and report for another body. */
static void
qe_of_another_quote(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        forge_quote *q = &a->f->quote;
        ds_view other;

        q->ak = q->signer = FORGE_KEY_SPARE;
        q->td.mr_td[5] ^= 4;
        q->sgx.mr_enclave[5] ^= 4;
        attack_accept(a, UP_TO_DATE);
        other = keep_part(a, FORGE_PART_SIG);
        q->signer = FORGE_KEY_AK; /* the body's own signature stays */
        attack_reject(a, SIGNATURE, DSTACK_REASON_QUOTE_SIGNATURE);
        q->signer = FORGE_KEY_ROGUE;
        attack_reject(a, SIGNATURE, DSTACK_REASON_QUOTE_SIGNATURE);
        q->signer = FORGE_KEY_PCK;
        attack_reject(a, SIGNATURE, DSTACK_REASON_QUOTE_SIGNATURE);
        q->sig.raw = other; /* that key's, for the other body */
        q->td.mr_td[5] ^= 4;
        q->sgx.mr_enclave[5] ^= 4;
        attack_reject(a, SIGNATURE, DSTACK_REASON_QUOTE_SIGNATURE);
    }
}

static void
auth_data(attack *a)
{
    static const uint8_t counting[34] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
        12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
        30, 31};

    ATTACK_EACH(a, kind)
    {
        forge_quote *q = &a->f->quote;

        for (size_t byte = 0; byte < 32; byte++)
            reject_flip(a, FORGE_PART_AUTH, 8 * byte + byte % 8, QE,
                DSTACK_REASON_QE_REPORT_DATA);
        q->bound_auth = ds_view_of(counting, 32);
        for (size_t n = 30; n <= 34; n++) {
            attack_case(a, "kind %d, %zu bytes", kind, n);
            q->auth = ds_view_of(counting, n);
            if (n == 32)
                attack_accept(a, UP_TO_DATE);
            else
                attack_reject(a, QE, DSTACK_REASON_QE_REPORT_DATA);
        }
        q->auth = ds_view_of("", 0);
        attack_reject(a, QE, DSTACK_REASON_QE_REPORT_DATA);
        /* A length field that takes the certification data's header and more
         * cannot even be read. */
        attack_begin(a, kind);
        q->auth_len.delta = 2;
        attack_build(a);
        attack_reject_parse(a, ds_view_of(a->f->out.quote.p, a->f->out.quote.n),
            DSTACK_REASON_QUOTE_TOO_LARGE);
    }
}

/* p, and a root of the curve equation at x = 0: (p, y) is the point (0, y)
 * for whoever reduces x first. Computed with python. */
#define FIELD_PRIME \
    "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
#define Y_AT_ZERO \
    "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static void
bad_points(attack *a)
{
    static const char *const points[] = {ZERO ZERO, FIELD_PRIME Y_AT_ZERO,
        FIELD_PRIME FIELD_PRIME, ZERO FIELD_PRIME, ONES ONES, ZERO ONES,
        Y_AT_ZERO ZERO};

    ATTACK_EACH(a, kind)
    {
        ds_view good = forge_public(a->f, FORGE_KEY_AK);
        uint8_t off[64];

        for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
            attack_case(a, "kind %d, point %zu", kind, i);
            a->f->quote.ak_raw = forge_hex(a->f, points[i]);
            attack_reject(a, SIGNATURE, DSTACK_REASON_KEY_INVALID);
        }
        memcpy(off, good.p, 64);
        off[63] ^= 1;
        a->f->quote.ak_raw = ds_view_of(off, 64);
        attack_reject(a, SIGNATURE, DSTACK_REASON_KEY_INVALID);
        /* On the curve, but nobody's. */
        a->f->quote.ak_raw = forge_hex(a->f, ZERO Y_AT_ZERO);
        attack_reject(a, SIGNATURE, DSTACK_REASON_QUOTE_SIGNATURE);
        /* The genuine one, written the same way. */
        a->f->quote.ak_raw = good;
        attack_accept(a, UP_TO_DATE);
    }
}

static void
upper_half(attack *a)
{
    ATTACK_EACH(a, kind)
    for (size_t at = 32; at < 64; at += at < 62 ? 6 : 1) {
        attack_case(a, "kind %d, report_data[%zu]", kind, at);
        memset(a->f->quote.qe.report_data, 0, 64);
        a->f->quote.qe.report_data[at] = 1;
        attack_reject(a, QE, DSTACK_REASON_QE_REPORT_DATA);
    }
}

/* Everything verifies: the platform signed the report of an enclave that may
 * ask for it. It is only not Intel's quoting enclave. */
static void
impersonation(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        forge_report *qe = &a->f->quote.qe;

        a->f->quote.ak = a->f->quote.signer = FORGE_KEY_ROGUE;
        memcpy(qe->mr_signer, a->f->quote.sgx.mr_signer, 32);
        memcpy(qe->mr_enclave, a->f->quote.sgx.mr_enclave, 32);
        attack_reject(a, QE, DSTACK_REASON_QE_IDENTITY_MISMATCH);
        memset(qe->mr_signer, 0, 32);
        attack_reject(a, QE, DSTACK_REASON_QE_IDENTITY_MISMATCH);
        /* Intel's signature key, another of its enclaves. */
        attack_begin(a, kind);
        qe->isv_prod_id = 0x77;
        attack_reject(a, QE, DSTACK_REASON_QE_IDENTITY_MISMATCH);
        /* The other TEE's quoting enclave. */
        attack_begin(a, kind >= FORGE_TDX_V4 ? FORGE_SGX_V3 : FORGE_TDX_V4);
        forge_report other = *qe;
        attack_begin(a, kind);
        *qe = other;
        attack_reject(a, QE, DSTACK_REASON_QE_IDENTITY_MISMATCH);
    }
}

static void
debug_qe(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        a->f->quote.qe.flags |= 2;
        attack_reject(a, QE, DSTACK_REASON_QE_DEBUG);
        /* Even where the identity asks for it, or does not care. */
        a->f->qe_identity.attributes[0] |= 2;
        attack_reject(a, QE, DSTACK_REASON_QE_DEBUG);
        a->f->qe_identity.attributes[0] &= 0xfd;
        a->f->qe_identity.attributes_mask[0] &= 0xfd;
        attack_reject(a, QE, DSTACK_REASON_QE_DEBUG);
    }
}

static void
reject_identity(attack *a)
{
    attack_reject(a, QE, DSTACK_REASON_QE_IDENTITY_MISMATCH);
    attack_begin(a, a->kind);
}

static void
identity_mismatch(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        forge_report *qe = &a->f->quote.qe;
        forge_qe_identity *id = &a->f->qe_identity;

        for (unsigned bit = 0; bit < 32; bit += 7) {
            qe->misc_select = UINT32_C(1) << bit;
            reject_identity(a);
        }
        for (unsigned bit = 0; bit < 64; bit += 3) {
            if (bit == 2) /* free in the mask */
                continue;
            attack_case(a, "kind %d, attribute %u", kind, bit);
            qe->flags ^= UINT64_C(1) << bit;
            reject_identity(a);
        }
        qe->flags &= ~UINT64_C(0x10); /* no PROVISIONKEY */
        reject_identity(a);
        for (unsigned byte = 0; byte < 32; byte += 31) {
            qe->mr_signer[byte] ^= 0x80;
            reject_identity(a);
        }
        qe->isv_prod_id ^= 1;
        reject_identity(a);
        qe->isv_prod_id ^= 0x100;
        reject_identity(a);
        id->isvprodid += 256;
        reject_identity(a);
        /* Memory order: D182B18C is 0x8cb182d1. */
        memcpy(id->miscselect, "\xd1\x82\xb1\x8c", 4);
        qe->misc_select = 0xd182b18c;
        attack_reject(a, QE, DSTACK_REASON_QE_IDENTITY_MISMATCH);
        qe->misc_select = 0x8cb182d1;
        attack_accept(a, UP_TO_DATE);
        /* A bit that the mask takes away can never be there. */
        attack_begin(a, kind);
        id->attributes[0] |= 4;
        reject_identity(a);
        /* What the mask leaves free may differ. */
        qe->flags ^= 4;
        qe->xfrm = 0x602e7;
        attack_accept(a, UP_TO_DATE);
    }
}

static void
qe_too_old(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        a->f->quote.qe.isv_svn = 1; /* the identity's levels: 6, 4, 2 */
        attack_reject(a, DSTACK_STAGE_TCB, DSTACK_REASON_TCB_NOT_SUPPORTED);
        a->f->quote.qe.isv_svn = 0;
        attack_reject(a, DSTACK_STAGE_TCB, DSTACK_REASON_TCB_NOT_SUPPORTED);
        a->f->quote.qe.isv_svn = 2;
        attack_accept(a, DSTACK_TCB_OUT_OF_DATE);
        a->f->quote.qe.isv_svn = 5;
        attack_accept(a, DSTACK_TCB_OUT_OF_DATE);
        a->f->quote.qe.isv_svn = 6;
        attack_accept(a, UP_TO_DATE);
    }
}

static void
identity_of_another(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        bool tdx = kind >= FORGE_TDX_V4;
        const char *other = tdx ? "QE" : "TD_QE";

        /* Named as another, but fitting. */
        a->f->qe_identity.id = other;
        attack_reject(a, QE, DSTACK_REASON_QE_IDENTITY_MISMATCH);
        a->f->qe_identity.id = "QVE";
        attack_reject(a, QE, DSTACK_REASON_QE_IDENTITY_MISMATCH);
        /* The other's in full, and a report that fits to it. */
        attack_begin(a, tdx ? FORGE_SGX_V3 : FORGE_TDX_V4);
        forge_qe_identity id = a->f->qe_identity;
        attack_begin(a, kind);
        a->f->qe_identity = id;
        attack_reject(a, QE, DSTACK_REASON_QE_IDENTITY_MISMATCH);
        memcpy(a->f->quote.qe.mr_signer, id.mrsigner, 32);
        a->f->quote.qe.isv_prod_id = (uint16_t)id.isvprodid;
        attack_reject(a, QE, DSTACK_REASON_QE_IDENTITY_MISMATCH);
    }
}

static void
without_descriptor(attack *a)
{
    for (int kind = FORGE_SGX_V5; kind < FORGE_KINDS; kind++) {
        if (kind == FORGE_TDX_V4)
            continue;
        attack_begin(a, kind);
        a->f->quote.sign_without_descriptor = true;
        attack_reject(a, SIGNATURE, DSTACK_REASON_QUOTE_SIGNATURE);
        a->f->quote.sign_without_descriptor = false;
        attack_accept(a, UP_TO_DATE);
    }
}

static void
der_signature(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        a->f->quote.sig.form = FORGE_SIG_DER;
        attack_reject(a, SIGNATURE, DSTACK_REASON_QUOTE_SIGNATURE);
        attack_begin(a, kind);
        a->f->quote.qe_sig.form = FORGE_SIG_DER;
        attack_reject(a, QE, DSTACK_REASON_QE_REPORT_SIG);
    }
}

static void
p384(attack *a)
{
    static const uint8_t sig[96] = {1};

    ATTACK_EACH(a, kind)
    {
        a->f->quote.key_type = 3;
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_KEY_TYPE);
        /* As such a quote is laid out. */
        a->f->quote.ak = FORGE_KEY_P384;
        a->f->quote.sig.raw = ds_view_of(sig, sizeof sig);
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_KEY_TYPE);
    }
}

static const attack_row rows[] = {
    ATTACK("31", "a bit of header or body flipped", signed_bytes),
    ATTACK("32", "degenerate signatures", degenerate),
    ATTACK("33", "signed by a key that the QE never saw", new_key),
    ATTACK("34", "QE report not signed by the PCK key", unsigned_qe_report),
    ATTACK("35", "QE report and key of another quote", qe_of_another_quote),
    ATTACK("36", "authentication data changed", auth_data),
    ATTACK("37", "attestation key is no point of the curve", bad_points),
    ATTACK("38", "upper half of the QE report data", upper_half),
    ATTACK("39", "another enclave poses as the QE", impersonation),
    ATTACK("40", "debug quoting enclave", debug_qe),
    ATTACK("41", "QE report unlike the identity", identity_mismatch),
    ATTACK("42", "QE older than every level", qe_too_old),
    ATTACK("43", "identity of another enclave", identity_of_another),
    ATTACK("44", "descriptor not signed", without_descriptor),
    ATTACK("45", "signature in DER", der_signature),
    ATTACK("46", "P-384 quote", p384),
};

ATTACK_MAIN(rows)

/* SPDX-License-Identifier: Apache-2.0 */
/* Many receipts in one call: what one call each would say, and no yes where
 * there is none to be had. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "crypto/ed25519.h"
#include "support/receipt.h"

#define NOW RECEIPT_NOW
#define GOOD REFERENCE(AB, CD)
#define PAYMENT(hash) "{\"type\":\"x402\",\"payment_commitment\":\"" hash "\"}"
#define ITEMS 5

static receipt_case the;
static dstack_receipt_item items[ITEMS];
static dstack_receipt_report *reports[ITEMS];
static dstack_error errors[ITEMS], err;
static char *made[ITEMS];
static size_t failed;

static void
ok(int rc)
{
    if (rc != DSTACK_OK)
        print_error("%s\n", err.message);
    assert_int_equal(rc, DSTACK_OK);
}

static void
pay(dstack_exchange *x)
{
    ok(dstack_exchange_set_payment(x, (const uint8_t *)"payload", 7, &err));
}

static char *
receipt(const char *attestation, const char *payment)
{
    return receipt_made(&the, attestation, payment, NOW, NOW + 600);
}

static char *
copy(const char *text)
{
    char *out = ds_memdup(text, strlen(text) + 1);

    assert_non_null(out);
    return out;
}

/* Another receipt in its place. */
static void
put(size_t i, char *text)
{
    dstack_free(made[i]);
    made[i] = text;
    items[i].receipt = (const uint8_t *)text;
    items[i].receipt_len = text ? strlen(text) : 0;
}

/* Of level 2, by a node that is expected, and with all that is asked. What an
 * item says before the call is the worst that it can. */
static int
setup(void **state)
{
    (void)state;
    receipt_begin(&the);
    pay(the.exchange);
    ok(dstack_receipt_policy_accept_level(the.policy, 2, &err));
    ok(dstack_receipt_policy_expect_node(
        the.policy, the.peer.key[0].bytes, 32, &err));
    failed = 0;
    memset(made, 0, sizeof made);
    memset(reports, 0, sizeof reports);
    memset(errors, 0, sizeof errors);
    memset(items, 0, sizeof items);
    for (size_t i = 0; i < ITEMS; i++) {
        put(i, receipt(GOOD, PAYMENT(PAID)));
        items[i].abi_size = sizeof *items;
        items[i].exchange = the.exchange;
        items[i].ret = &reports[i];
        items[i].err = &errors[i];
    }
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < ITEMS; i++) {
        dstack_receipt_report_free(reports[i]);
        dstack_free(made[i]);
    }
    receipt_end(&the);
    return 0;
}

static int
verify_n(size_t n)
{
    int rc = dstack_receipt_verify_many(
        the.policy, items, n, &the.peer, NOW, &failed, &err);

    assert_int_equal(err.code, rc);
    return rc;
}

static void
is_yes(size_t i)
{
    assert_int_equal(items[i].code, DSTACK_OK);
    assert_int_equal(items[i].reason, DSTACK_REASON_NONE);
    assert_int_equal(errors[i].code, DSTACK_OK);
    assert_int_equal(dstack_receipt_report_is_accepted(reports[i]), 1);
}

/* Judged and refused, by each that tells of it. */
static void
is_no(size_t i, int reason)
{
    assert_string_equal(
        dstack_reason_name(items[i].reason), dstack_reason_name(reason));
    assert_int_equal(items[i].code, errors[i].code);
    assert_int_not_equal(items[i].code, DSTACK_OK);
    assert_int_equal(errors[i].reason, reason);
    assert_int_equal(errors[i].stage, DSTACK_STAGE_RECEIPT);
    assert_int_equal(dstack_receipt_report_is_accepted(reports[i]), 0);
    assert_int_equal(dstack_receipt_report_reason(reports[i]), reason);
}

/* Not judged. */
static void
is_none(size_t i, int code)
{
    assert_int_equal(items[i].code, code);
    assert_int_equal(items[i].reason, DSTACK_REASON_NONE);
    assert_int_equal(errors[i].code, code);
    assert_null(reports[i]);
}

/* ---- good ones ---------------------------------------------------------------- */

static void
test_good(void **state)
{
    (void)state;
    err.code = 1;
    failed = 7;
    ok(verify_n(ITEMS));
    assert_int_equal(failed, 0);
    for (size_t i = 0; i < ITEMS; i++)
        is_yes(i);
    assert_int_equal(dstack_replay_memory_count(the.memory), ITEMS);
}

/* Nothing more than the code is asked for. */
static void
test_bare(void **state)
{
    (void)state;
    for (size_t i = 0; i < ITEMS; i++) {
        items[i].ret = NULL;
        items[i].err = NULL;
    }
    put(1, receipt(NONE, PAYMENT(PAID)));
    assert_int_equal(dstack_receipt_verify_many(
                         the.policy, items, ITEMS, &the.peer, NOW, NULL, NULL),
        DSTACK_ERR_UNTRUSTED);
    for (size_t i = 0; i < ITEMS; i++)
        assert_int_equal(
            items[i].code, i == 1 ? DSTACK_ERR_UNTRUSTED : DSTACK_OK);
    assert_int_equal(items[1].reason, DSTACK_REASON_RECEIPT_ATTESTATION);
}

/* ---- one that fails ------------------------------------------------------------ */

/* The middle one alone fails, and uses up no nonce; what is behind it is judged
 * all the same. */
static void
middle_fails(int reason)
{
    int rc = verify_n(ITEMS);

    is_no(2, reason);
    assert_int_equal(rc, items[2].code);
    assert_int_equal(err.reason, reason);
    assert_non_null(strstr(err.message, "items[2]: "));
    assert_int_equal(failed, 1);
    for (size_t i = 0; i < ITEMS; i++)
        if (i != 2)
            is_yes(i);
    assert_int_equal(dstack_replay_memory_count(the.memory), ITEMS - 1);
}

static void
test_schema(void **state)
{
    (void)state;
    put(2, copy("{}"));
    middle_fails(DSTACK_REASON_RECEIPT_SCHEMA);
}

static void
test_signature(void **state)
{
    (void)state;
    put(2, copy(receipt_edited(made[2], "1790000600", "1790000601")));
    middle_fails(DSTACK_REASON_RECEIPT_SIGNATURE);
}

/* By another key, with everything else right. */
static void
other_node(void)
{
    the.seed[0] ^= 1;
    put(2, receipt(GOOD, PAYMENT(PAID)));
    the.seed[0] ^= 1;
}

static void
test_node(void **state)
{
    (void)state;
    other_node();
    middle_fails(DSTACK_REASON_RECEIPT_NODE);
}

/* Expected, and not by the evidence. */
static void
test_key_binding(void **state)
{
    uint8_t key[32];

    (void)state;
    other_node();
    the.seed[0] ^= 1;
    assert_true(ds_ed25519_public(the.seed, key));
    the.seed[0] ^= 1;
    ok(dstack_receipt_policy_expect_node(the.policy, key, 32, &err));
    middle_fails(DSTACK_REASON_RECEIPT_KEY_BINDING);
}

static void
test_time(void **state)
{
    static const struct {
        int64_t iat, exp;
        int reason;
    } all[] = {{NOW + 61, NOW + 600, DSTACK_REASON_RECEIPT_FUTURE},
        {NOW - 600, NOW - 1, DSTACK_REASON_RECEIPT_EXPIRED},
        {NOW + 50, NOW + 10, DSTACK_REASON_RECEIPT_TIMES}};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        put(2, receipt_made(&the, GOOD, PAYMENT(PAID), all[i].iat, all[i].exp));
        middle_fails(all[i].reason);
        teardown(state);
        setup(state);
    }
}

static void
test_exchange(void **state)
{
    static const struct {
        const char *from, *to;
        int reason;
    } all[] = {{"r-1", "r-2", DSTACK_REASON_RECEIPT_REQUEST},
        {"hello", "hellO", DSTACK_REASON_RECEIPT_INPUTS},
        {"280", "281", DSTACK_REASON_RECEIPT_CONSTRAINTS},
        {"\"m\"", "\"n\"", DSTACK_REASON_RECEIPT_LLM},
        {"\"clean_text\":\"H", "\"clean_text\":\"h",
            DSTACK_REASON_RECEIPT_OUTPUT_CLEAN},
        {"\"text\":\"H", "\"text\":\"h",
            DSTACK_REASON_RECEIPT_OUTPUT_TRANSPORT}};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        dstack_exchange *other =
            i < 4 ? receipt_exchange(
                        receipt_edited(REQUEST, all[i].from, all[i].to), OUTPUT)
                  : receipt_exchange(REQUEST,
                        receipt_edited(OUTPUT, all[i].from, all[i].to));

        pay(other);
        items[2].exchange = other;
        middle_fails(all[i].reason);
        dstack_exchange_free(other);
        teardown(state);
        setup(state);
    }
}

static void
test_objects(void **state)
{
    static const struct {
        const char *attestation, *payment;
        int reason;
    } all[] = {{GOOD, PAYMENT(AB), DSTACK_REASON_RECEIPT_PAYMENT},
        {GOOD, NONE, DSTACK_REASON_RECEIPT_PAYMENT},
        {NONE, PAYMENT(PAID), DSTACK_REASON_RECEIPT_ATTESTATION},
        {REFERENCE(CD, CD), PAYMENT(PAID), DSTACK_REASON_RECEIPT_ATTESTATION},
        {REFERENCE(AB, AB), PAYMENT(PAID), DSTACK_REASON_RECEIPT_MEASUREMENT}};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        put(2, receipt(all[i].attestation, all[i].payment));
        middle_fails(all[i].reason);
        teardown(state);
        setup(state);
    }
}

/* ---- nonces --------------------------------------------------------------------- */

static void
test_duplicate(void **state)
{
    (void)state;
    put(2, copy(made[1]));
    middle_fails(DSTACK_REASON_RECEIPT_REPLAY);
    /* All of them, once more. */
    for (size_t i = 0; i < ITEMS; i++)
        dstack_receipt_report_free(reports[i]);
    assert_int_equal(verify_n(ITEMS), DSTACK_ERR_UNTRUSTED);
    assert_int_equal(failed, ITEMS);
    for (size_t i = 0; i < ITEMS; i++)
        is_no(i, DSTACK_REASON_RECEIPT_REPLAY);
}

/* One that fails burns no nonce of the same receipt behind it. */
static void
test_duplicate_of_refused(void **state)
{
    dstack_exchange *other =
        receipt_exchange(receipt_edited(REQUEST, "hello", "hellO"), OUTPUT);

    (void)state;
    pay(other);
    items[2].exchange = other;
    put(3, copy(made[2]));
    middle_fails(DSTACK_REASON_RECEIPT_INPUTS);
    dstack_exchange_free(other);
}

/* The store has room for three. */
static void
test_store_full(void **state)
{
    dstack_replay_memory *small = NULL;

    (void)state;
    ok(dstack_replay_memory_new(3, &small, &err));
    ok(dstack_receipt_policy_set_replay_memory(the.policy, small, &err));
    assert_int_equal(verify_n(ITEMS), DSTACK_ERR_UNTRUSTED);
    assert_int_equal(failed, 2);
    for (size_t i = 0; i < 3; i++)
        is_yes(i);
    is_no(3, DSTACK_REASON_RECEIPT_REPLAY_STORE);
    is_no(4, DSTACK_REASON_RECEIPT_REPLAY_STORE);
    dstack_replay_memory_free(small);
}

/* A store that fails at one item: what it says, and that the others are not
 * taken for judged. */
typedef struct {
    int calls;
    int answer; /* at the third call */
} broken;

static int
broken_seen(void *user, const uint8_t *node_key, size_t node_key_len,
    const uint8_t *nonce, size_t nonce_len, int64_t exp, int64_t now)
{
    broken *b = user;

    (void)node_key;
    (void)node_key_len;
    (void)nonce;
    (void)nonce_len;
    (void)exp;
    (void)now;
    for (size_t i = (size_t)b->calls; i < ITEMS; i++)
        assert_int_not_equal(items[i].code, DSTACK_OK);
    return ++b->calls == 3 ? b->answer : 0;
}

static void
test_store_fails(void **state)
{
    static const int answers[] = {DSTACK_ERR_INTERNAL, DSTACK_ERR_NOMEM};

    for (size_t k = 0; k < 2; k++) {
        broken b = {0, answers[k]};
        const dstack_replay_store store = {
            .abi_size = sizeof store, .user = &b, .seen = broken_seen};

        ok(dstack_receipt_policy_set_replay_store(the.policy, &store, &err));
        assert_int_equal(verify_n(ITEMS), answers[k]);
        is_yes(0);
        is_yes(1);
        is_none(2, answers[k]);
        if (answers[k] == DSTACK_ERR_NOMEM) {
            is_none(3, DSTACK_ERR_NOMEM);
            is_none(4, DSTACK_ERR_NOMEM);
        } else {
            is_yes(3);
            is_yes(4);
        }
        assert_int_equal(failed, answers[k] == DSTACK_ERR_NOMEM ? 3 : 1);
        assert_int_equal(b.calls, answers[k] == DSTACK_ERR_NOMEM ? 3 : 5);
        teardown(state);
        setup(state);
    }
}

/* The first failure is the answer, also where a graver one is behind it. */
static void
test_first(void **state)
{
    broken b = {0, DSTACK_ERR_NOMEM};
    const dstack_replay_store store = {
        .abi_size = sizeof store, .user = &b, .seen = broken_seen};

    (void)state;
    ok(dstack_receipt_policy_set_replay_store(the.policy, &store, &err));
    put(0, receipt_made(&the, GOOD, PAYMENT(PAID), NOW - 9, NOW - 1));
    put(1, copy("{}"));
    b.calls = 2;
    items[2].abi_size = 0;
    assert_int_equal(verify_n(ITEMS), DSTACK_ERR_STALE);
    assert_non_null(strstr(err.message, "items[0]"));
    assert_int_equal(failed, ITEMS);
    is_no(0, DSTACK_REASON_RECEIPT_EXPIRED);
    is_no(1, DSTACK_REASON_RECEIPT_SCHEMA);
    assert_int_equal(items[2].code, DSTACK_ERR_ARG);
    is_none(3, DSTACK_ERR_NOMEM);
    is_none(4, DSTACK_ERR_NOMEM);
}

/* ---- misuse ---------------------------------------------------------------------- */

/* Refused as a whole: no item keeps the yes that was in it. */
static void
whole_refused(
    const dstack_receipt_policy *policy, const dstack_peer *peer, int64_t now)
{
    failed = 0;
    for (size_t i = 0; i < ITEMS; i++) {
        items[i].code = DSTACK_OK;
        reports[i] = (dstack_receipt_report *)&err;
        errors[i].code = DSTACK_OK;
    }
    assert_int_equal(dstack_receipt_verify_many(
                         policy, items, ITEMS, peer, now, &failed, &err),
        DSTACK_ERR_ARG);
    assert_non_null(strstr(err.message, "dstack_receipt_verify_many"));
    assert_int_equal(failed, ITEMS);
    for (size_t i = 0; i < ITEMS; i++) {
        is_none(i, DSTACK_ERR_ARG);
        assert_string_equal(errors[i].message, err.message);
    }
    assert_int_equal(dstack_replay_memory_count(the.memory), 0);
}

static void
test_whole_refused(void **state)
{
    dstack_receipt_policy *policy = NULL;

    (void)state;
    whole_refused(NULL, &the.peer, NOW);
    whole_refused(the.policy, NULL, NOW);
    whole_refused(the.policy, &the.peer, -1);
    whole_refused(the.policy, &the.peer, INT64_MAX);
    ok(dstack_receipt_policy_new(&policy, &err));
    whole_refused(policy, &the.peer, NOW); /* no store */
    dstack_receipt_policy_accept_replay(policy);
    ok(dstack_receipt_policy_accept_level(policy, 1, &err));
    whole_refused(policy, NULL, NOW); /* whose? */
    dstack_receipt_policy_free(policy);
}

static void
test_empty(void **state)
{
    (void)state;
    failed = 7;
    assert_int_equal(verify_n(0), DSTACK_ERR_ARG);
    assert_int_equal(failed, 0);
    assert_int_equal(dstack_receipt_verify_many(
                         the.policy, NULL, 3, &the.peer, NOW, &failed, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(failed, 3);
    assert_int_equal(
        dstack_receipt_verify_many(NULL, NULL, 0, NULL, 0, NULL, NULL),
        DSTACK_ERR_ARG);
}

/* What one item lacks is its own affair. */
static void
test_item_lacks(void **state)
{
    dstack_exchange *bare = receipt_exchange(REQUEST, NULL);

    (void)state;
    items[0].exchange = bare;
    items[1].exchange = NULL;
    put(3, NULL);
    assert_int_equal(verify_n(ITEMS), DSTACK_ERR_ARG);
    assert_int_equal(failed, 3);
    is_none(0, DSTACK_ERR_ARG);
    is_none(1, DSTACK_ERR_ARG);
    is_yes(2);
    is_none(3, DSTACK_ERR_ARG);
    is_yes(4);
    dstack_exchange_free(bare);
}

/* Memory that was not set up: its pointers lead nowhere. */
static void
test_abi_size(void **state)
{
    (void)state;
    memset(&items[0], 0, sizeof *items);
    items[1].reserved = 1;
    memset(&items[3], 0xa5, sizeof *items);
    assert_int_equal(verify_n(ITEMS), DSTACK_ERR_ARG);
    assert_int_equal(failed, 3);
    assert_int_equal(items[0].code, DSTACK_ERR_ARG);
    assert_int_equal(items[1].code, DSTACK_ERR_ARG);
    assert_int_equal(items[1].reason, 0);
    is_yes(2);
    assert_int_equal(items[3].code, DSTACK_ERR_ARG);
    assert_int_equal(items[3].reason, 0);
    is_yes(4);
}

/* Where the second one begins is not known. */
static void
test_later_header(void **state)
{
    dstack_receipt_item before;

    (void)state;
    items[0].abi_size = sizeof *items + 8;
    items[1].code = 77;
    before = items[1];
    assert_int_equal(verify_n(ITEMS), DSTACK_ERR_ARG);
    assert_int_equal(failed, ITEMS);
    assert_int_equal(items[0].code, DSTACK_ERR_ARG);
    assert_memory_equal(&items[1], &before, sizeof before);
    assert_int_equal(dstack_replay_memory_count(the.memory), 0);
}

/* ---- the same as one by one --------------------------------------------------- */

#define MIX 500

static uint64_t random_state;

/* xorshift64: the same mix in every run. */
static uint32_t
pick(uint32_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 20) % n;
}

/* Half of them are good for level 2. */
static char *
any_receipt(char *const *earlier, size_t n)
{
    static const char *const attestations[] = {
        GOOD, GOOD, GOOD, GOOD, NONE, REFERENCE(CD, CD), REFERENCE(AB, AB)};
    static const char *const payments[] = {PAYMENT(PAID), PAYMENT(PAID),
        PAYMENT(PAID), PAYMENT(PAID), PAYMENT(PAID), PAYMENT(AB), NONE};
    static const int64_t times[][2] = {{0, 600}, {0, 600}, {0, 600}, {60, 600},
        {61, 600}, {-9, 0}, {-9, -1}, {5, 4}};
    uint32_t other = pick(16) == 0, t = pick(8), kind = pick(16);
    char *text;

    if (kind == 0 && n != 0)
        return copy(earlier[pick((uint32_t)n)]);
    memcpy(the.nonce + 8, &n, sizeof n);
    the.seed[0] ^= (uint8_t)other;
    text = receipt_made(&the, attestations[pick(7)], payments[pick(7)],
        NOW + times[t][0], NOW + times[t][1]);
    the.seed[0] ^= (uint8_t)other;
    if (kind == 1)
        text[pick((uint32_t)strlen(text))] ^= 1;
    return text;
}

static dstack_receipt_policy *
mix_policy(uint32_t level, dstack_replay_memory **memory)
{
    dstack_receipt_policy *policy = NULL;

    ok(dstack_receipt_policy_new(&policy, &err));
    ok(dstack_receipt_policy_accept_level(policy, level, &err));
    if (level == 0)
        dstack_receipt_policy_accept_any_node(policy);
    else if (level == 1)
        ok(dstack_receipt_policy_expect_node(
            policy, the.peer.key[0].bytes, 32, &err));
    ok(dstack_replay_memory_new(MIX, memory, &err));
    ok(dstack_receipt_policy_set_replay_memory(policy, *memory, &err));
    return policy;
}

static void
same_report(const dstack_receipt_report *a, const dstack_receipt_report *b)
{
    char *x = NULL, *y = NULL;

    assert_int_equal(!a, !b);
    if (!a)
        return;
    ok(dstack_receipt_report_to_json(a, &x, NULL, &err));
    ok(dstack_receipt_report_to_json(b, &y, NULL, &err));
    assert_string_equal(x, y);
    dstack_free(x);
    dstack_free(y);
}

/* One by one, with a store of their own; how many are good. */
static size_t
compare(const dstack_receipt_item *many, uint32_t level, int64_t now,
    int *first, dstack_replay_memory **memory)
{
    dstack_receipt_policy *policy = mix_policy(level, memory);
    size_t good = 0;

    *first = DSTACK_OK;
    for (size_t i = 0; i < MIX; i++) {
        dstack_receipt_report *report = NULL;
        int rc =
            dstack_receipt_verify(policy, many[i].receipt, many[i].receipt_len,
                many[i].exchange, &the.peer, now, &report, &err);

        assert_int_equal(many[i].code, rc);
        assert_int_equal(many[i].reason, err.reason);
        assert_int_equal(many[i].err->code, rc);
        if (rc != DSTACK_ERR_ARG) /* which names the function */
            assert_memory_equal(many[i].err, &err, sizeof err);
        same_report(*many[i].ret, report);
        dstack_receipt_report_free(report);
        if (*first == DSTACK_OK)
            *first = rc;
        good += rc == DSTACK_OK;
    }
    dstack_receipt_policy_free(policy);
    return good;
}

static void
one_mix(uint32_t level, int64_t now)
{
    static dstack_receipt_item many[MIX];
    static dstack_receipt_report *report[MIX];
    static dstack_error error[MIX];
    static char *text[MIX];
    dstack_exchange *other =
        receipt_exchange(receipt_edited(REQUEST, "hello", "hellO"), OUTPUT);
    dstack_replay_memory *memory = NULL, *again = NULL;
    dstack_receipt_policy *policy = mix_policy(level, &memory);
    int rc, first;

    for (size_t i = 0; i < MIX; i++) {
        uint32_t kind = pick(20);

        text[i] = any_receipt(text, i);
        many[i] = (dstack_receipt_item){.abi_size = sizeof *many,
            .receipt = kind == 0 ? NULL : (const uint8_t *)text[i],
            .receipt_len = strlen(text[i]),
            .exchange = kind == 1   ? NULL
                        : kind == 2 ? other
                                    : the.exchange,
            .ret = &report[i],
            .err = &error[i]};
    }
    rc = dstack_receipt_verify_many(
        policy, many, MIX, &the.peer, now, &failed, &err);
    assert_int_equal(compare(many, level, now, &first, &again), MIX - failed);
    assert_int_equal(rc, first);
    assert_int_equal(dstack_replay_memory_count(memory), MIX - failed);
    assert_int_equal(dstack_replay_memory_count(again), MIX - failed);
    /* Past the peer's time none is good, else a fair part is. */
    assert_true(now > NOW ? failed == MIX : failed > 50 && failed < MIX - 50);
    for (size_t i = 0; i < MIX; i++) {
        dstack_receipt_report_free(report[i]);
        dstack_free(text[i]);
    }
    dstack_exchange_free(other);
    dstack_receipt_policy_free(policy);
    dstack_replay_memory_free(memory);
    dstack_replay_memory_free(again);
}

static void
test_mix(void **state)
{
    (void)state;
    random_state = UINT64_C(0x2545f4914f6cdd1d);
    for (uint32_t level = 0; level <= 2; level++)
        one_mix(level, NOW);
    one_mix(2, NOW + 1);
}

/* ---- in several threads ----------------------------------------------------- */

#define THREADS 4
#define SHARED 60

typedef struct {
    const dstack_receipt_policy *policy;
    dstack_receipt_item item[SHARED];
    size_t failed;
} part;

static void *
judge_part(void *context)
{
    part *p = context;

    if (dstack_receipt_verify_many(p->policy, p->item, SHARED, &the.peer, NOW,
            &p->failed, NULL) == DSTACK_OK)
        p->failed = 0;
    return NULL;
}

/* Each of them has all the receipts, in another order: each receipt passes
 * once, whoever comes first. */
static void
test_threads(void **state)
{
    static part parts[THREADS];
    dstack_replay_memory *memory = NULL;
    dstack_receipt_policy *policy = mix_policy(2, &memory);
    char *text[SHARED];
    pthread_t thread[THREADS];

    (void)state;
    for (size_t i = 0; i < SHARED; i++)
        text[i] = receipt(GOOD, PAYMENT(PAID));
    for (size_t t = 0; t < THREADS; t++) {
        parts[t].policy = policy;
        for (size_t i = 0; i < SHARED; i++) {
            const char *one = text[(i + 17 * t) % SHARED];

            parts[t].item[i] =
                (dstack_receipt_item){.abi_size = sizeof *parts[t].item,
                    .receipt = (const uint8_t *)one,
                    .receipt_len = strlen(one),
                    .exchange = the.exchange};
        }
    }
    for (size_t t = 0; t < THREADS; t++)
        assert_int_equal(
            pthread_create(&thread[t], NULL, judge_part, &parts[t]), 0);
    failed = 0;
    for (size_t t = 0; t < THREADS; t++) {
        pthread_join(thread[t], NULL);
        failed += parts[t].failed;
    }
    assert_int_equal(failed, (THREADS - 1) * SHARED);
    assert_int_equal(dstack_replay_memory_count(memory), SHARED);
    for (size_t i = 0; i < SHARED; i++)
        dstack_free(text[i]);
    dstack_receipt_policy_free(policy);
    dstack_replay_memory_free(memory);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(test_good), TEST(test_bare),
        TEST(test_schema), TEST(test_signature), TEST(test_node),
        TEST(test_key_binding), TEST(test_time), TEST(test_exchange),
        TEST(test_objects), TEST(test_duplicate),
        TEST(test_duplicate_of_refused), TEST(test_store_full),
        TEST(test_store_fails), TEST(test_first), TEST(test_whole_refused),
        TEST(test_empty), TEST(test_item_lacks), TEST(test_abi_size),
        TEST(test_later_header), TEST(test_mix), TEST(test_threads)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Catalogue, section 4.7: policy and misuse of the API. Rows about fetching
 * say what holds now: nothing here can reach a network. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/attack.h"

#define COLLATERAL DSTACK_STAGE_COLLATERAL
#define POLICY DSTACK_STAGE_POLICY
#define UP DSTACK_TCB_UP_TO_DATE
#define LATE DSTACK_TCB_OUT_OF_DATE
#define LATE_CONFIGURATION DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED

static const int both[] = {FORGE_SGX_V3, FORGE_TDX_V4};
#define EACH(a, k) \
    for (size_t k = 0; k < 2 && (attack_begin(a, both[k]), true); k++)

static void
ok(int rc)
{
    assert_int_equal(rc, DSTACK_OK);
}

/* A policy setter that must refuse what it was given. */
static void
refused(attack *a, int rc, const dstack_error *err)
{
    assert_int_equal(rc, DSTACK_ERR_ARG);
    assert_int_equal(err->code, DSTACK_ERR_ARG);
    assert_true(err->message[0] != 0);
    attack_note(a, "DSTACK_ERR_ARG");
}

/* ---- the status ---------------------------------------------------------------- */

static void
row_143(attack *a)
{
    static const struct {
        const char *name;
        uint32_t status;
    } all[] = {{"UpToDate", UP},
        {"SWHardeningNeeded", DSTACK_TCB_SW_HARDENING_NEEDED},
        {"ConfigurationNeeded", DSTACK_TCB_CONFIGURATION_NEEDED},
        {"ConfigurationAndSWHardeningNeeded",
            DSTACK_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED},
        {"OutOfDate", LATE},
        {"OutOfDateConfigurationNeeded", LATE_CONFIGURATION}};

    EACH(a, k)
    {
        /* Perfect evidence, and a caller who asked for nothing. */
        a->null_policy = true;
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_EMPTY);
        a->null_policy = false;
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            a->f->tcb_info.levels[0].status = all[i].name;
            /* Refused by the default policy, accepted where it is named. */
            attack_accept(a, all[i].status);
            if (all[i].status == UP)
                continue;
            attack_policy(a);
            attack_reject(a, POLICY, DSTACK_REASON_POLICY_STATUS);
            /* Genuine is not accepted, and each is said by itself. */
            assert_int_equal(dstack_report_is_authentic(a->report), 1);
            assert_int_equal(dstack_report_is_accepted(a->report), 0);
            assert_int_equal(dstack_report_tcb_status(a->report, DSTACK_OF_ALL),
                all[i].status);
            attack_begin(a, both[k]);
        }
    }
}

/* ---- policy documents -------------------------------------------------------------- */

static void
parse_no(attack *a, const char *json, int reason)
{
    dstack_policy *p = (dstack_policy *)a;
    dstack_error err;
    int rc = dstack_policy_parse((const uint8_t *)json, strlen(json), &p, &err);
    char text[64];

    if (rc != DSTACK_ERR_PARSE || err.reason != reason || p)
        fail_msg("row %s: %s: %s (%s)", a->row, json,
            dstack_reason_name(err.reason), err.message);
    snprintf(text, sizeof text, "%s", dstack_reason_name(reason));
    attack_note(a, text);
}

static void
row_144(attack *a)
{
    static const char *const unknown[] = {"{\"allow_dynamic_plaform\":true}",
        "{\"require_dynamic_plaform\":\"forbidden\"}",
        "{\"accept_any_work_load\":true}", "{\"Accept_debug\":true}",
        "{\"accept_debug \":true}", "{\"\":1}",
        "{\"accept_any_workload\":true,\"accept_debg\":false}",
        "{\"accept_tcb_status\":{\"lunch\":[\"UpToDate\"]}}",
        "{\"expect\":{\"mrtd\":\"00\"}}", "{\"deny\":{\"fmpsc\":\"00\"}}",
        "{\"expect\":{\"qe_report.mr_signer\":\"00\"}}",
        "{\"require_minimum\":{\"isvsvn\":1}}",
        "{\"require_minimum_svn\":{\"tcb_svn\":\"00\"}}",
        "{\"accept_insecure_tls\":true}"};

    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        parse_no(a, unknown[i], DSTACK_REASON_POLICY_UNKNOWN_KEY);
    parse_no(a, "{\"accept_debug\":true,\"accept_debug\":false}",
        DSTACK_REASON_JSON_DUP);
    parse_no(
        a, "{\"accept_tcb_status\":[\"Uptodate\"]}", DSTACK_REASON_POLICY_JSON);
    parse_no(
        a, "{\"accept_tcb_status\":[\"Revoked\"]}", DSTACK_REASON_POLICY_JSON);
}

/* ---- flags of three values ------------------------------------------------------------ */

/* Only what the certificate says satisfies a rule. */
static void
flag_cell(attack *a, const char *name, int value, uint32_t rule)
{
    bool good = rule == DSTACK_FLAG_ANY ||
                (rule == DSTACK_FLAG_FORBIDDEN && value == FORGE_FALSE) ||
                (rule == DSTACK_FLAG_REQUIRED && value == FORGE_TRUE);
    dstack_error err;

    attack_case(a, "%s is %d, rule %u", name, value, (unsigned)rule);
    ok(dstack_policy_require_platform_flag(attack_policy(a), name, rule, &err));
    if (good)
        attack_accept(a, UP);
    else
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_FLAG);
    assert_int_equal(dstack_report_platform_flag(a->report, name), value);
}

static void
row_145(attack *a)
{
    static const char *const names[] = {
        "dynamic_platform", "cached_keys", "smt_enabled"};
    dstack_error err;

    for (int i = 0; i < 3; i++)
        for (int value = FORGE_UNDEFINED; value <= FORGE_TRUE; value++) {
            attack_begin(a, FORGE_TDX_V4);
            *(i == 0     ? &a->f->sgx.dynamic_platform
                : i == 1 ? &a->f->sgx.cached_keys
                         : &a->f->sgx.smt) = value;
            for (uint32_t rule = 0; rule < 3; rule++)
                flag_cell(a, names[i], value, rule);
        }
    /* A processor CA's certificate says nothing at all. */
    attack_begin(a, FORGE_SGX_V3);
    forge_use_processor_ca(a->f);
    for (int i = 0; i < 3; i++)
        for (uint32_t rule = 0; rule < 3; rule++)
            flag_cell(a, names[i], FORGE_UNDEFINED, rule);
    refused(a, dstack_policy_require_platform_flag(a->policy, "smt", 1, &err),
        &err);
    refused(a,
        dstack_policy_require_platform_flag(a->policy, "smt_enabled", 3, &err),
        &err);
}

/* ---- advisories ------------------------------------------------------------------------- */

static void
row_146(attack *a)
{
    static const char *const same[] = {
        "INTEL-SA-00615", "intel-sa-00615", "Intel-Sa-00615"};
    static const char *const other[] = {
        "INTEL-SA-0061", "INTEL-SA-006150", "INTEL-SA-00616", "NTEL-SA-00615"};

    EACH(a, k)
    {
        const char **places[] = {&a->f->tcb_info.levels[0].advisories[0],
            &a->f->qe_identity.levels[0].advisories[0],
            &a->f->tcb_info.modules[1].levels[0].advisories[0]};

        for (size_t p = 0; p < (both[k] == FORGE_TDX_V4 ? 3 : 2); p++) {
            *places[p] = "Intel-SA-00615";
            for (size_t i = 0; i < 3; i++) {
                attack_case(a, "place %zu, %s", p, same[i]);
                ok(dstack_policy_deny_advisory(
                    attack_policy(a), same[i], NULL));
                /* Neither grace nor an accepted status nor the same ID in
                 * the other list makes up for it. */
                ok(dstack_policy_accept_platform_grace(
                    a->policy, INT64_MAX, NULL));
                ok(dstack_policy_accept_advisory(a->policy, same[i], NULL));
                attack_reject(a, POLICY, DSTACK_REASON_POLICY_ADVISORY);
            }
            attack_policy(a);
            for (size_t i = 0; i < 4; i++)
                ok(dstack_policy_deny_advisory(a->policy, other[i], NULL));
            attack_accept(a, UP);
            *places[p] = NULL;
        }
    }
    /* OutOfDate because of advisories that were all accepted. */
    EACH(a, k)
    {
        a->f->sgx.pcesvn = 12; /* INTEL-SA-01099, INTEL-SA-01111 */
        ok(dstack_policy_accept_advisory(
            attack_policy(a), "intel-SA-01099", NULL));
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_STATUS);
        ok(dstack_policy_accept_advisory(a->policy, "intel-sa-01111", NULL));
        attack_accept(a, LATE);
        a->f->tcb_info.levels[1].advisories[0] = NULL;
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_STATUS);
    }
}

/* ---- grace ------------------------------------------------------------------------------- */

/* FORGE_NOW less a day. */
#define YESTERDAY "2026-09-20T14:13:20Z"

static dstack_policy *
platform_grace(attack *a, int64_t seconds)
{
    dstack_policy *p = attack_policy(a);

    ok(dstack_policy_accept_platform_grace(p, seconds, NULL));
    return p;
}

static void
level_grace(attack *a)
{
    EACH(a, k)
    {
        a->f->tcb_info.levels[0].status = "OutOfDate";
        a->f->tcb_info.levels[0].date = YESTERDAY;
        platform_grace(a, FORGE_DAY);
        attack_accept(a, LATE);
        a->now++;
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_GRACE);
        a->now--;
        platform_grace(a, FORGE_DAY - 1);
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_GRACE);
        ok(dstack_policy_accept_qe_grace(attack_policy(a), INT64_MAX, NULL));
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_GRACE);
        /* Grace is for the delay, not for the configuration. */
        a->f->tcb_info.levels[0].status = "OutOfDateConfigurationNeeded";
        platform_grace(a, FORGE_DAY);
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_STATUS);
        ok(dstack_policy_accept_tcb_status(
            a->policy, DSTACK_OF_ALL, DSTACK_TCB_CONFIGURATION_NEEDED, NULL));
        attack_accept(a, LATE_CONFIGURATION);
        a->f->tcb_info.levels[0].status = "Revoked";
        attack_reject(a, DSTACK_STAGE_TCB, DSTACK_REASON_TCB_REVOKED);
    }
}

static void
qe_and_module_grace(attack *a)
{
    EACH(a, k)
    {
        a->f->qe_identity.levels[0].status = "OutOfDate";
        a->f->qe_identity.levels[0].date = YESTERDAY;
        ok(dstack_policy_accept_qe_grace(attack_policy(a), FORGE_DAY, NULL));
        attack_accept(a, LATE);
        ok(dstack_policy_accept_qe_grace(
            attack_policy(a), FORGE_DAY - 1, NULL));
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_GRACE);
        platform_grace(a, INT64_MAX);
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_GRACE);
    }
    attack_begin(a, FORGE_TDX_V4);
    a->f->tcb_info.modules[1].levels[0].status = "OutOfDate";
    a->f->tcb_info.modules[1].levels[0].date = YESTERDAY;
    platform_grace(a, FORGE_DAY);
    attack_accept(a, LATE);
    a->now++;
    attack_reject(a, POLICY, DSTACK_REASON_POLICY_GRACE);
}

/* Documents and CRLs past their nextUpdate; certificates never. */
static void
collateral_grace(attack *a)
{
    const struct {
        int64_t *until;
        int stage, reason;
    } all[] = {{&a->f->crl[FORGE_CRL_ROOT].next_update, DSTACK_STAGE_REVOCATION,
                   DSTACK_REASON_ROOT_CRL_TIME},
        {&a->f->crl[FORGE_CRL_PCK].next_update, DSTACK_STAGE_REVOCATION,
            DSTACK_REASON_PCK_CRL_TIME},
        {&a->f->tcb_info.next_update, COLLATERAL,
            DSTACK_REASON_TCB_INFO_EXPIRED},
        {&a->f->qe_identity.next_update, COLLATERAL,
            DSTACK_REASON_QE_IDENTITY_EXPIRED}};

    for (size_t i = 0; i < 4; i++) {
        attack_begin(a, FORGE_TDX_V4);
        attack_case(a, "window %zu", i);
        *all[i].until = FORGE_NOW - 10;
        attack_reject(a, all[i].stage, all[i].reason);
        ok(dstack_policy_accept_collateral_grace(attack_policy(a), 10, NULL));
        attack_accept(a, UP);
        assert_int_equal(dstack_report_used_collateral_grace(a->report), 1);
        a->now++;
        attack_reject(a, all[i].stage, all[i].reason);
        *all[i].until = FORGE_NOW + 1;
        attack_accept(a, UP);
        assert_int_equal(dstack_report_used_collateral_grace(a->report), 0);
    }
    attack_begin(a, FORGE_TDX_V4);
    ok(dstack_policy_accept_collateral_grace(
        attack_policy(a), INT64_MAX, NULL));
    a->f->cert[FORGE_CERT_PCK].not_after = FORGE_NOW - 1;
    attack_reject(a, DSTACK_STAGE_CHAIN, DSTACK_REASON_PCK_CHAIN_TIME);
    a->f->cert[FORGE_CERT_PCK].not_after = FORGE_NOW;
    a->f->cert[FORGE_CERT_TCB].not_after = FORGE_NOW - 1;
    attack_reject(a, DSTACK_STAGE_CHAIN, DSTACK_REASON_TCB_CHAIN_TIME);
    a->f->cert[FORGE_CERT_TCB].not_after = FORGE_NOW;
    a->f->tcb_info.issue_date = FORGE_NOW + 1;
    attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_FUTURE);
}

static void
row_147(attack *a)
{
    level_grace(a);
    qe_and_module_grace(a);
    collateral_grace(a);
}

static void
row_148(attack *a)
{
    dstack_error err;

    EACH(a, k)
    {
        a->f->sgx.pcesvn = 12;
        platform_grace(a, INT64_MAX);
        attack_accept(a, LATE);
        platform_grace(a, INT64_MAX - FORGE_NOW);
        attack_accept(a, LATE);
        refused(
            a, dstack_policy_accept_platform_grace(a->policy, -1, &err), &err);
        refused(
            a, dstack_policy_accept_qe_grace(a->policy, INT64_MIN, &err), &err);
        refused(a, dstack_policy_accept_collateral_grace(a->policy, -1, &err),
            &err);
        refused(
            a, dstack_policy_require_collateral_age(a->policy, -1, &err), &err);
        /* A refused call changes nothing. */
        attack_accept(a, LATE);
        attack_begin(a, both[k]);
        a->f->tcb_info.next_update = FORGE_NOW - 1;
        ok(dstack_policy_accept_collateral_grace(
            attack_policy(a), INT64_MAX, NULL));
        attack_accept(a, UP);
        ok(dstack_policy_require_collateral_age(a->policy, INT64_MAX, NULL));
        attack_accept(a, UP);
        /* The earliest nextUpdate there is. */
        a->f->tcb_info.issue_date = 0;
        a->f->tcb_info.next_update = 0;
        attack_accept(a, UP);
    }
    parse_no(a, "{\"accept_platform_grace\":9223372036854775808}",
        DSTACK_REASON_JSON_RANGE);
    parse_no(a, "{\"accept_collateral_grace\":18446744073709551616}",
        DSTACK_REASON_JSON_RANGE);
    parse_no(a, "{\"accept_qe_grace\":-1}", DSTACK_REASON_JSON_RANGE);
}

static void
row_149(attack *a)
{
    static const int64_t date = FORGE_NOW - FORGE_DAY;

    EACH(a, k)
    {
        a->f->qe_identity.levels[0].date = YESTERDAY;
        a->f->tcb_info.levels[0].date = YESTERDAY;
        a->f->tcb_info.modules[1].levels[0].date = YESTERDAY;
        ok(dstack_policy_require_tcb_date(attack_policy(a), date, NULL));
        attack_accept(a, UP);
        ok(dstack_policy_require_tcb_date(attack_policy(a), date + 1, NULL));
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_DATE);
        /* The earliest of the parts counts. */
        ok(dstack_policy_require_tcb_date(attack_policy(a), date, NULL));
        a->f->qe_identity.levels[0].date = "2026-09-20T14:13:19Z";
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_DATE);
        a->f->qe_identity.levels[0].date = YESTERDAY;
        if (both[k] == FORGE_SGX_V3)
            continue;
        a->f->tcb_info.modules[1].levels[0].date = "2026-09-20T14:13:19Z";
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_DATE);
    }
}

/* ---- what is expected of the workload ---------------------------------------------------- */

static void
row_150(attack *a)
{
    uint8_t data[128];
    dstack_error err;

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)i; /* as the forge's report_data */
    ATTACK_EACH(a, kind)
    {
        dstack_policy *p = attack_policy(a);

        if (kind == FORGE_TDX_V5_EX)
            ok(dstack_policy_accept_attributes(p, UINT64_C(1) << 17, NULL));
        for (size_t n = 0; n < 128; n++)
            if (n != 64)
                refused(a, dstack_policy_expect_report_data(p, data, n, &err),
                    &err);
        refused(
            a, dstack_policy_expect_report_data_prefix(p, data, 0, &err), &err);
        refused(a, dstack_policy_expect_report_data_prefix(p, data, 65, &err),
            &err);
        ok(dstack_policy_expect_report_data(p, data, 64, NULL));
        attack_accept(a, UP);
        ok(dstack_policy_expect_report_data_prefix(p, data, 64, NULL));
        attack_accept(a, UP);
        a->f->quote.td.report_data[63] ^= 1;
        a->f->quote.sgx.report_data[63] ^= 1;
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_REPORT_DATA);
    }
    for (size_t n = 1; n <= 63; n += 31) {
        attack_begin(a, FORGE_TDX_V4);
        ok(dstack_policy_expect_report_data_prefix(
            attack_policy(a), data, n, NULL));
        a->f->quote.td.report_data[n] ^= 1;
        attack_accept(a, UP);
        a->f->quote.td.report_data[n - 1] ^= 1;
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_REPORT_DATA);
    }
    parse_no(a, "{\"expect_report_data\":\"00\"}", DSTACK_REASON_JSON_RANGE);
    parse_no(
        a, "{\"expect_report_data_prefix\":\"\"}", DSTACK_REASON_POLICY_JSON);
}

static void
row_151(attack *a)
{
    static const char *const names[] = {"qe_svn", "pce_svn", "pcesvn"};
    static const uint8_t two[16] = {0};
    char json[64];
    dstack_error err;

    attack_begin(a, FORGE_SGX_V3);
    attack_policy(a);
    for (size_t i = 0; i < 3; i++) {
        refused(a, dstack_policy_require_minimum(a->policy, names[i], 1, &err),
            &err);
        refused(a,
            dstack_policy_expect_field(a->policy, names[i], two, 2, &err),
            &err);
        refused(a,
            dstack_policy_require_minimum_svn(
                a->policy, names[i], two, 16, &err),
            &err);
        snprintf(
            json, sizeof json, "{\"require_minimum\":{\"%s\":1}}", names[i]);
        parse_no(a, json, DSTACK_REASON_POLICY_UNKNOWN_KEY);
    }
    /* What the header claims moves no level. */
    a->f->quote.qe_svn = a->f->quote.pce_svn = 0;
    attack_accept(a, UP);
    a->f->quote.qe_svn = a->f->quote.pce_svn = 65535;
    a->f->sgx.pcesvn = 12;
    attack_reject(a, POLICY, DSTACK_REASON_POLICY_STATUS);
}

/* ---- no network ---------------------------------------------------------------------------- */

/* Runs a tool of binutils over the objects of rooms that judge, and calls
 * `line` for each line that it prints. */
static unsigned
each_line(const char *command, const char *rooms,
    void (*line)(attack *a, char *text), attack *a)
{
    char self[512], text[1024];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    unsigned lines = 0;
    char *slash;
    FILE *in;

    assert_true(n > 0);
    self[n] = 0;
    for (int up = 0; up < 2; up++) {
        slash = strrchr(self, '/');
        assert_non_null(slash);
        *slash = 0;
    }
    snprintf(text, sizeof text, "cd '%.400s/obj/lib' && %s %s", self, command,
        rooms);
    in = popen(text, "r");
    assert_non_null(in);
    while (fgets(text, sizeof text, in)) {
        line(a, text);
        lines++;
    }
    assert_int_equal(pclose(in), 0);
    return lines;
}

static bool
is_one_of(const char *name, const char *const *list)
{
    for (; *list; list++) {
        size_t n = strlen(*list);

        /* "x*" is every name that begins so. */
        if ((*list)[n - 1] == '*' ? strncmp(name, *list, n - 1) == 0
                                  : strcmp(name, *list) == 0)
            return true;
    }
    return false;
}

static void
no_network_symbol(attack *a, char *text)
{
    static const char *const network[] = {"socket", "socketpair", "connect",
        "bind", "listen", "accept", "accept4", "send", "sendto", "sendmsg",
        "recv", "recvfrom", "recvmsg", "getaddrinfo", "gethostby*", "res_*",
        "curl_*", "SSL_*", "BIO_*", "OSSL_HTTP*", "mbedtls_net_*",
        "mbedtls_ssl_*", "popen", "system", "exec*", "posix_spawn*", "fork",
        "dlopen", NULL};
    char *name = strrchr(text, ' ');

    if (!name) /* a file's name, or an empty line */
        return;
    name++;
    name[strcspn(name, "\n")] = 0;
    if (is_one_of(name, network))
        fail_msg("row %s: the verifier calls %s", a->row, name);
}

static void
no_io_symbol(attack *a, char *text)
{
    static const char *const io[] = {"open*", "fopen*", "read", "fread",
        "write", "fwrite", "printf", "fprintf", "time", "gettimeofday",
        "clock*", "localtime*", "gmtime*", "getenv", "secure_getenv", "rand*",
        "random*", "getrandom", "getentropy", "arc4random*", "RAND_*", NULL};
    char *name = strrchr(text, ' ');

    no_network_symbol(a, text);
    if (!name)
        return;
    name++;
    if (is_one_of(name, io))
        fail_msg("row %s: the verifier calls %s", a->row, name);
}

#define ALL_ROOMS "base/*.o codec/*.o crypto/*.o intel/*.o verify/*.o"
#define JUDGING_ROOMS "codec/*.o intel/*.o verify/*.o"

static void
row_152(attack *a)
{
    assert_true(each_line("nm -u", ALL_ROOMS, no_network_symbol, a) > 100);
    assert_true(each_line("nm -u", JUDGING_ROOMS, no_io_symbol, a) > 50);
    parse_no(
        a, "{\"accept_insecure_tls\":true}", DSTACK_REASON_POLICY_UNKNOWN_KEY);
    attack_note(a, "nothing fetches yet; no network symbol in the verifier");
}

/* A listener that must never be called; -1 where the machine has none. */
static int
listener(uint16_t *port)
{
    struct sockaddr_in at;
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    memset(&at, 0, sizeof at);
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(fd, 5) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &n) != 0) {
        close(fd);
        return -1;
    }
    *port = ntohs(at.sin_port);
    return fd;
}

static void
row_153(attack *a)
{
    static const char *const elsewhere[] = {
        "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd",
        "ldap://localhost/cn=root", "gopher://127.0.0.1:70/", ""};
    char here[64];
    uint16_t port = 0;
    int fd = listener(&port);

    snprintf(here, sizeof here, "http://127.0.0.1:%u/crl", (unsigned)port);
    EACH(a, k)
    for (size_t i = 0; i <= sizeof elsewhere / sizeof elsewhere[0]; i++) {
        const char *url = i == 0 ? here : elsewhere[i - 1];

        attack_begin(a, both[k]);
        attack_case(a, "%s", url);
        for (int c = 0; c < FORGE_CERTS; c++)
            a->f->cert[c].cdp_url = url;
        a->own_root = true;
        attack_accept(a, UP);
        /* Nor does it help: what was not given is missing. */
        a->f->bundle.members[FORGE_M_PCK_CRL].omit = true;
        attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_MISSING);
        a->f->bundle.members[FORGE_M_PCK_CRL].omit = false;
        a->no_collateral = true;
        attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_MISSING);
    }
    if (fd >= 0) {
        assert_int_equal(accept(fd, NULL, NULL), -1);
        assert_true(errno == EAGAIN || errno == EWOULDBLOCK);
        close(fd);
    }
    attack_note(a, "CDP URLs are never looked at");
}

static void
row_154(attack *a)
{
    static const char html[] = "<!DOCTYPE html><html>404</html>";
    char *big = malloc((8u << 20) + 2);
    dstack_collateral *c = NULL;
    dstack_error err;

    EACH(a, k)
    {
        a->collateral = ds_view_of(html, sizeof html - 1);
        attack_build(a);
        attack_reject_built(a, COLLATERAL, DSTACK_REASON_JSON);
        a->collateral.p = NULL;
        a->f->bundle.members[FORGE_M_PCK_CRL].text = ds_view_str(html);
        attack_reject(a, DSTACK_STAGE_REVOCATION, DSTACK_REASON_PCK_CRL_DER);
        a->f->bundle.members[FORGE_M_PCK_CRL].text.p = NULL;
        a->f->bundle.members[FORGE_M_TCB_INFO].text = ds_view_str(html);
        attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_SIG);
    }
    assert_non_null(big);
    memset(big, ' ', (8u << 20) + 2);
    a->collateral = ds_view_of(big, (8u << 20) + 1);
    attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_TOO_LARGE);
    ok(dstack_collateral_new(&c, NULL));
    for (uint32_t part = 0; part < 10; part++) {
        memset(big, 'a', (8u << 20) + 2);
        assert_int_equal(dstack_collateral_set(c, (const uint8_t *)big,
                             (2u << 20) + 2, part, &err),
            DSTACK_ERR_PARSE);
        assert_int_equal(err.reason, DSTACK_REASON_COLLATERAL_TOO_LARGE);
    }
    dstack_collateral_free(c);
    free(big);
    attack_note(
        a, "nothing fetches yet: such answers are refused as collateral");
}

/* ---- time ------------------------------------------------------------------------------------ */

static void
time_range(attack *a, int64_t now)
{
    dstack_report *report = (dstack_report *)a;
    dstack_verifier *v = NULL;
    dstack_error err;

    attack_build(a);
    ok(dstack_verifier_new(&v, NULL));
    assert_int_equal(dstack_verifier_verify_quote(v, a->f->out.quote.p,
                         a->f->out.quote.n, NULL, NULL, now, &report, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_TIME_RANGE);
    assert_null(report);
    dstack_verifier_free(v);
    attack_note(a, "time_range");
}

static void
row_155(attack *a)
{
    static const int64_t never[] = {0, 1, INT64_C(253402300799)};
    static const int64_t outside[] = {
        -1, INT64_MIN, INT64_C(253402300800), INT64_MAX};

    EACH(a, k)
    {
        for (size_t i = 0; i < 3; i++) {
            a->now = never[i];
            attack_reject(a, DSTACK_STAGE_CHAIN, DSTACK_REASON_CRL_CHAIN_TIME);
        }
        for (size_t i = 0; i < 4; i++)
            time_range(a, outside[i]);
    }
}

/* ---- threads, constness, memory ------------------------------------------------------------------ */

typedef struct {
    const dstack_verifier *verifier;
    const dstack_collateral *collateral;
    const dstack_policy *policy;
    const uint8_t *good, *bad;
    size_t n;
    unsigned wrong;
} worker;

/* Of each thread. */
enum {
#ifdef DS_ECDSA_MBEDTLS
    JUDGEMENTS = 25
#else
    JUDGEMENTS = 100
#endif
};

static void *
work(void *arg)
{
    worker *w = arg;
    dstack_report *r;
    dstack_error err;

    for (int i = 0; i < JUDGEMENTS; i++) {
        bool bad = i % 3 == 0;
        int rc =
            dstack_verifier_verify_quote(w->verifier, bad ? w->bad : w->good,
                w->n, w->collateral, w->policy, FORGE_NOW, &r, &err);

        if ((rc == DSTACK_OK) == bad ||
            dstack_report_is_accepted(r) == (bad ? 1 : 0) ||
            (bad && err.reason != DSTACK_REASON_QUOTE_SIGNATURE))
            w->wrong++;
        dstack_report_free(r);
    }
    return NULL;
}

static void
run_threads(const worker *shared)
{
    pthread_t thread[8];
    worker all[8];

    for (size_t i = 0; i < 8; i++) {
        all[i] = *shared;
        assert_int_equal(pthread_create(&thread[i], NULL, work, &all[i]), 0);
    }
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        assert_int_equal(all[i].wrong, 0);
    }
}

/* "name size address" of size -A: .data and .bss must be empty; .data.rel.ro
 * is read-only once the program runs. */
static void
no_variable(attack *a, char *text)
{
    char name[256] = "";
    unsigned long size = 0;

    if (sscanf(text, "%255s %lu", name, &size) != 2 || size == 0)
        return;
    if ((strncmp(name, ".data", 5) == 0 &&
            strncmp(name, ".data.rel.ro", 12) != 0) ||
        strncmp(name, ".bss", 4) == 0 || strncmp(name, ".tbss", 5) == 0)
        fail_msg("row %s: a variable in %s", a->row, name);
}

static bool
instrumented(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    defined(DS_COVERAGE)
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(undefined_behavior_sanitizer)
    return true;
#else
    return false;
#endif
#else
    return getenv("SAN") != NULL && getenv("SAN")[0] != 0;
#endif
}

static void
row_156(attack *a)
{
    dstack_verifier *v = NULL;
    dstack_collateral *c = NULL;
    worker w;
    ds_view bad;

    EACH(a, k)
    {
        attack_build(a);
        bad = forge_keep_buf(a->f, &a->f->out.quote);
        a->f->quote.flips[0] =
            (forge_flip){.on = true, .part = FORGE_PART_BODY, .bit = 3};
        attack_build(a);
        ok(dstack_verifier_new(&v, NULL));
        ok(dstack_verifier_set_root(
            v, a->f->out.root_pem.p, a->f->out.root_pem.n, NULL));
        ok(dstack_collateral_parse(
            a->f->out.collateral.p, a->f->out.collateral.n, &c, NULL));
        w = (worker){
            v, c, attack_policy(a), bad.p, a->f->out.quote.p, bad.n, 0};
        run_threads(&w);
        ok(dstack_collateral_prepare(c, v, NULL));
        run_threads(&w);
        dstack_collateral_free(c);
        dstack_verifier_free(v);
    }
    attack_note(a, "8 threads agree");
    if (!instrumented()) {
        assert_true(each_line("size -A", JUDGING_ROOMS, no_variable, a) > 50);
        attack_note(a, "no variables");
    }
}

/* The bytes on pages that nobody may write to. */
static const uint8_t *
read_only(const ds_buf *b, size_t *size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *p;

    *size = (b->n + page - 1) / page * page;
    p = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
        -1, 0);
    assert_true(p != MAP_FAILED);
    memcpy(p, b->p, b->n);
    assert_int_equal(mprotect(p, *size, PROT_READ), 0);
    return p;
}

static void
judge_read_only(attack *a, bool pretty)
{
    size_t quote_size, bundle_size;
    dstack_collateral *c = NULL;
    dstack_verifier *v = NULL;
    dstack_report *r = NULL;
    const uint8_t *quote, *bundle;

    a->f->tcb_info.doc.pretty = pretty;
    attack_build(a);
    quote = read_only(&a->f->out.quote, &quote_size);
    bundle = read_only(&a->f->out.collateral, &bundle_size);
    ok(dstack_verifier_new(&v, NULL));
    ok(dstack_verifier_set_root(
        v, a->f->out.root_pem.p, a->f->out.root_pem.n, NULL));
    ok(dstack_collateral_parse(bundle, a->f->out.collateral.n, &c, NULL));
    /* Everything was copied: what happens to the bytes now is nobody's. */
    assert_int_equal(munmap((void *)(uintptr_t)bundle, bundle_size), 0);
    for (int i = 0; i < 3; i++) {
        if (i == 1)
            ok(dstack_collateral_prepare(c, v, NULL));
        dstack_report_free(r);
        ok(dstack_verifier_verify_quote(v, quote, a->f->out.quote.n, c,
            attack_policy(a), FORGE_NOW, &r, NULL));
    }
    assert_memory_equal(quote, a->f->out.quote.p, a->f->out.quote.n);
    assert_int_equal(munmap((void *)(uintptr_t)quote, quote_size), 0);
    assert_int_equal(
        dstack_quote_version(dstack_report_quote(r)), a->f->quote.version);
    dstack_report_free(r);
    dstack_collateral_free(c);
    dstack_verifier_free(v);
}

static void
row_157(attack *a)
{
    /* Compiles only while the inputs are const. */
    int (*const verify)(const dstack_verifier *, const uint8_t *, size_t,
        const dstack_collateral *, const dstack_policy *, int64_t,
        dstack_report **, dstack_error *) = dstack_verifier_verify_quote;
    int (*const parse)(const uint8_t *, size_t, dstack_collateral **,
        dstack_error *) = dstack_collateral_parse;

    assert_true(verify && parse);
    EACH(a, k)
    {
        judge_read_only(a, false);
        judge_read_only(a, true);
    }
    attack_note(a, "inputs on read-only pages, gone after the call");
}

/* Everything that one judgement needs, from bytes to the report's JSON. A call
 * that fails leaves no object. */
static int
judge_once(attack *a, bool prepared)
{
    const forge_out *o = &a->f->out;
    dstack_collateral *c = NULL;
    dstack_verifier *v = NULL;
    dstack_policy *p = NULL;
    dstack_report *r = NULL;
    char *json = NULL;
    dstack_error err;
    int rc = dstack_verifier_new(&v, &err);

    if (rc == DSTACK_OK)
        rc = dstack_verifier_set_root(v, o->root_pem.p, o->root_pem.n, &err);
    if (rc == DSTACK_OK)
        rc =
            dstack_collateral_parse(o->collateral.p, o->collateral.n, &c, &err);
    if (rc == DSTACK_OK && prepared)
        rc = dstack_collateral_prepare(c, v, &err);
    if (rc == DSTACK_OK)
        rc = dstack_policy_new(&p, &err);
    dstack_policy_accept_any_workload(p);
    if (rc == DSTACK_OK)
        rc = dstack_verifier_verify_quote(
            v, o->quote.p, o->quote.n, c, p, FORGE_NOW, &r, &err);
    if (rc == DSTACK_OK) {
        assert_int_equal(dstack_report_is_accepted(r), 1);
        rc = dstack_report_to_json(r, &json, NULL, &err);
    } else if (r) {
        assert_int_equal(dstack_report_is_accepted(r), 0);
    }
    assert_int_equal(err.code, rc);
    assert_int_equal(rc == DSTACK_OK, json != NULL);
    dstack_free(json);
    dstack_report_free(r);
    dstack_policy_free(p);
    dstack_collateral_free(c);
    dstack_verifier_free(v);
    return rc;
}

/* The library's own allocations, one after the other; tests/oom fails those of
 * its dependencies as well and counts what is lost. */
static void
row_158(attack *a)
{
    EACH(a, k)
    for (int i = 0; i < 4; i++) {
        bool prepared = i % 2 == 1;
        int want = i < 2 ? DSTACK_OK : DSTACK_ERR_UNTRUSTED;
        size_t before, n = 0;
        int rc;

        a->f->quote.flips[0] =
            (forge_flip){.on = i >= 2, .part = FORGE_PART_BODY, .bit = 77};
        attack_build(a);
        do {
            before = attack_allocations();
            attack_fail_allocation(++n);
            rc = judge_once(a, prepared);
            attack_fail_allocation(0);
            if (rc != DSTACK_ERR_NOMEM && attack_allocations() >= before + n)
                fail_msg("allocation %zu: %s", n, dstack_error_name(rc));
        } while (rc == DSTACK_ERR_NOMEM);
        assert_int_equal(rc, want);
        assert_true(n > 50);
    }
    attack_note(a,
        "DSTACK_ERR_NOMEM at every allocation, tests/oom: verify.sgx.*, "
        "verify.tdx.*");
}

static const attack_row rows[] = {
    ATTACK("143", "the status ignored", row_143),
    ATTACK("144", "misspelt policy members", row_144),
    ATTACK("145", "platform flags that are not said", row_145),
    ATTACK("146", "advisories in another letter case", row_146),
    ATTACK("147", "the last second of a grace", row_147),
    ATTACK("148", "grace of 2^63 - 1 seconds", row_148),
    ATTACK("149", "baseline equal to the TCB date", row_149),
    ATTACK("150", "report_data of another length", row_150),
    ATTACK("151", "SVNs of the quote's header", row_151),
    ATTACK("152", "fetching without TLS verification", row_152),
    ATTACK("153", "CDP URLs of an attacker", row_153),
    ATTACK("154", "HTML, huge bodies in place of collateral", row_154),
    ATTACK("155", "times that are none", row_155),
    ATTACK("156", "many threads", row_156),
    ATTACK("157", "inputs written to or reused", row_157),
    ATTACK("158", "allocation failures", row_158),
};

ATTACK_MAIN(rows)

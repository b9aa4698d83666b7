/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/policy.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "dstack/evidence.h"
#include "intel/quote.h"

/* The policy object and its setters (spec 3.14, "Ours"). */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (UINT64_C(1) << (n))

/* The host writes mr_seam's and the platform's values, and anyone may choose a
 * product number: none of these says which code runs. The SVNs in the header
 * of a version 3 quote are the quoting enclave's own claim and are left out. */
const ds_field_info ds_policy_fields[] = {
    {"version", 0, DS_FIELD_MEASUREMENT, false},
    {"attestation_key_type", 0, DS_FIELD_MEASUREMENT, false},
    {"tee_type", 0, DS_FIELD_MEASUREMENT, false},
    {"qe_vendor_id", 0, DS_FIELD_MEASUREMENT, false},
    {"user_data", 0, DS_FIELD_MEASUREMENT, false},
    {"cpu_svn", 0, DS_FIELD_MEASUREMENT, false},
    {"misc_select", 0, DS_FIELD_MEASUREMENT, false},
    {"isv_ext_prod_id", 0, DS_FIELD_MEASUREMENT, false},
    {"attributes", 0, DS_FIELD_MEASUREMENT, false},
    {"mr_enclave", 0, DS_FIELD_MEASUREMENT, true},
    {"mr_signer", 0, DS_FIELD_MEASUREMENT, true},
    {"config_id", 0, DS_FIELD_MEASUREMENT, true},
    {"isv_prod_id", 0, DS_FIELD_MEASUREMENT, false},
    {"isv_svn", 0, DS_FIELD_MEASUREMENT, false},
    {"config_svn", 0, DS_FIELD_MEASUREMENT, false},
    {"isv_family_id", 0, DS_FIELD_MEASUREMENT, false},
    {"tee_tcb_svn", 0, DS_FIELD_MEASUREMENT, false},
    {"mr_seam", 0, DS_FIELD_MEASUREMENT, false},
    {"mr_signer_seam", 0, DS_FIELD_MEASUREMENT, false},
    {"seam_attributes", 0, DS_FIELD_MEASUREMENT, false},
    {"td_attributes", 0, DS_FIELD_MEASUREMENT, false},
    {"xfam", 0, DS_FIELD_MEASUREMENT, false},
    {"mr_td", 0, DS_FIELD_MEASUREMENT, true},
    {"mr_config_id", 0, DS_FIELD_MEASUREMENT, true},
    {"mr_owner", 0, DS_FIELD_MEASUREMENT, true},
    {"mr_owner_config", 0, DS_FIELD_MEASUREMENT, true},
    {"rtmr0", 0, DS_FIELD_MEASUREMENT, true},
    {"rtmr1", 0, DS_FIELD_MEASUREMENT, true},
    {"rtmr2", 0, DS_FIELD_MEASUREMENT, true},
    {"rtmr3", 0, DS_FIELD_MEASUREMENT, true},
    {"report_data", 0, DS_FIELD_REPORT_DATA, false},
    {"tee_tcb_svn2", 0, DS_FIELD_MEASUREMENT, false},
    {"mr_service_td", 0, DS_FIELD_MEASUREMENT, false},
    {"vm_id", 0, DS_FIELD_MEASUREMENT, false},
    {"td_id", 0, DS_FIELD_MEASUREMENT, false},
    {"dev_info", 0, DS_FIELD_MEASUREMENT, false},
    {"init_servtd_hash", 0, DS_FIELD_MEASUREMENT, false},
    {"init_servtd_attributes", 0, DS_FIELD_MEASUREMENT, false},
    {"init_cpu_svn", 0, DS_FIELD_MEASUREMENT, false},
    {"init_tee_tcb_svn", 0, DS_FIELD_MEASUREMENT, false},
    {"init_tee_fmspc", 0, DS_FIELD_MEASUREMENT, false},
    {"servtd_hash", 0, DS_FIELD_MEASUREMENT, false},
    {"servtd_attributes", 0, DS_FIELD_MEASUREMENT, false},
    {"fmspc", 6, DS_FIELD_FMSPC, false},
    {"init_fmspc", 6, DS_FIELD_FMSPC, false},
    {"ppid", 16, DS_FIELD_PLATFORM, false},
    {"platform_instance_id", 16, DS_FIELD_PLATFORM, false},
    {"app_id", 20, DS_FIELD_CLAIM, true},
    {"compose_hash", 32, DS_FIELD_CLAIM, true},
    {"instance_id", 20, DS_FIELD_CLAIM, false},
    {"device_id", 32, DS_FIELD_CLAIM, false},
    {"os_image_hash", 32, DS_FIELD_CLAIM, false},
    {"key_provider_name", DS_FIELD_ANY, DS_FIELD_CLAIM, false},
    {"key_provider_id", DS_FIELD_ANY, DS_FIELD_CLAIM, false},
    {"mr_system", 32, DS_FIELD_CLAIM, true},
    {"mr_aggregated", 32, DS_FIELD_CLAIM, true},
    {"mr_system_boot", 32, DS_FIELD_CLAIM, true},
    {"mr_aggregated_boot", 32, DS_FIELD_CLAIM, true},
    {"gpu_policy_hash", 32, DS_FIELD_CLAIM, false},
    {"report_data (prefix)", DS_FIELD_VALUE, DS_FIELD_REPORT_DATA, false},
};
const size_t ds_policy_field_count = COUNT(ds_policy_fields) - 1;
#define FIELD_PREFIX (COUNT(ds_policy_fields) - 1)

const char *const ds_policy_floors[DS_FLOOR_COUNT] = {
    "isv_svn", "config_svn", "tdx_module_major", "tdx_module_svn"};
const char *const ds_policy_svns[DS_SVN_COUNT] = {
    "tee_tcb_svn", "tee_tcb_svn2", "init_tee_tcb_svn"};
const char *const ds_policy_flags[DS_FLAG_COUNT] = {
    "dynamic_platform", "cached_keys", "smt_enabled"};

void
ds_policy_init(dstack_policy *p)
{
    memset(p, 0, sizeof *p);
    p->status[DSTACK_OF_ALL] = 1u << DSTACK_TCB_UP_TO_DATE;
    p->platform_grace = -1;
    p->qe_grace = -1;
    p->collateral_grace = -1;
    p->age = -1;
}

int
dstack_policy_new(dstack_policy **ret, dstack_error *err)
{
    ds_err_clear(err);
    if (!ret)
        return ds_fail(err, DSTACK_ERR_ARG, "dstack_policy_new: ret is NULL");
    *ret = ds_malloc(sizeof **ret);
    if (!*ret)
        return ds_fail_nomem(err);
    ds_policy_init(*ret);
    return DSTACK_OK;
}

void
dstack_policy_free(dstack_policy *policy)
{
    if (!policy)
        return;
    ds_free(policy->accept_advisory.at);
    ds_free(policy->deny_advisory.at);
    ds_free(policy->expect.at);
    ds_free(policy->deny.at);
    ds_free(policy->scripts);
    ds_free(policy);
}

int64_t
ds_policy_collateral_grace(const dstack_policy *policy)
{
    return policy && policy->collateral_grace > 0 ? policy->collateral_grace
                                                  : 0;
}

/* ---- what setters share ----------------------------------------------------- */

/* Clears err; DSTACK_ERR_ARG for a NULL policy. */
static int
begin(const dstack_policy *p, dstack_error *err)
{
    ds_err_clear(err);
    if (p)
        return DSTACK_OK;
    ds_fail(err, DSTACK_ERR_ARG, "policy: is NULL");
    return DSTACK_ERR_ARG;
}

int
ds_policy_find_name(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; name && i < count; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

static int
fail_name(dstack_error *err, const char *what, const char *name)
{
    char quoted[40];

    if (!name)
        return ds_fail(err, DSTACK_ERR_ARG, "policy: %s name is NULL", what);
    return ds_fail(err, DSTACK_ERR_ARG, "policy: there is no %s \"%s\"", what,
        ds_err_quote(ds_view_str(name), quoted));
}

static int
set_seconds(int64_t *at, int64_t seconds, bool longest, const char *what,
    dstack_error *err)
{
    if (seconds < 0)
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: %s is %lld seconds, must not be negative", what,
            (long long)seconds);
    if (*at < 0 || (longest ? seconds > *at : seconds < *at))
        *at = seconds;
    return DSTACK_OK;
}

static void
raise_floor(ds_floor *f, uint64_t least)
{
    f->on = true;
    if (least > f->least)
        f->least = least;
}

static int
fail_full(dstack_error *err)
{
    return ds_fail(err, DSTACK_ERR_ARG, "policy: a list has at most %d entries",
        DS_MAX_POLICY_ITEMS);
}

/* ---- TCB ----------------------------------------------------------------- */

static int
check_part(uint32_t whose, dstack_error *err)
{
    if (whose < DS_OF_COUNT)
        return DSTACK_OK;
    return ds_fail(err, DSTACK_ERR_ARG,
        "policy: part is %u, expected DSTACK_OF_*, 0 to %d", (unsigned)whose,
        DS_OF_COUNT - 1);
}

int
dstack_policy_accept_tcb_status(
    dstack_policy *policy, uint32_t whose, uint32_t status, dstack_error *err)
{
    int rc = begin(policy, err);

    if (rc == DSTACK_OK)
        rc = check_part(whose, err);
    if (rc != DSTACK_OK)
        return rc;
    if (status == DSTACK_TCB_REVOKED)
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: TCB status Revoked cannot be accepted");
    if (status < DSTACK_TCB_UP_TO_DATE ||
        status > DSTACK_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED)
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: TCB status is %u, expected DSTACK_TCB_*, 1 to 9",
            (unsigned)status);
    policy->status[whose] |=
        (uint16_t)(1u << DSTACK_TCB_UP_TO_DATE | 1u << status);
    return DSTACK_OK;
}

int
dstack_policy_require_tcb_status(
    dstack_policy *policy, uint32_t whose, dstack_error *err)
{
    int rc = begin(policy, err);

    if (rc == DSTACK_OK)
        rc = check_part(whose, err);
    if (rc == DSTACK_OK)
        policy->status[whose] |= 1u << DSTACK_TCB_UP_TO_DATE;
    return rc;
}

void
dstack_policy_accept_any_current_status(dstack_policy *policy)
{
    if (policy)
        policy->any_current = true;
}

/* IDs are printable ASCII without spaces; anything else would be an entry
 * that can never match. */
static int
check_advisory(const char *id, size_t *n, dstack_error *err)
{
    char quoted[40];

    if (!id || id[0] == 0)
        return ds_fail(
            err, DSTACK_ERR_ARG, "policy: advisory ID is NULL or empty");
    for (*n = 0; id[*n] != 0; ++*n) {
        if (*n == DS_MAX_ADVISORY_ID)
            return ds_fail(err, DSTACK_ERR_ARG,
                "policy: advisory ID has more than %d bytes",
                DS_MAX_ADVISORY_ID);
        if (id[*n] <= 0x20 || id[*n] > 0x7e)
            return ds_fail(err, DSTACK_ERR_ARG,
                "policy: advisory ID \"%s\" has a byte that is no letter, "
                "digit or sign",
                ds_err_quote(ds_view_str(id), quoted));
    }
    return DSTACK_OK;
}

static int
add_id(ds_id_list *list, const char *id, dstack_error *err)
{
    size_t n = 0;
    void *grown;
    int rc = check_advisory(id, &n, err);

    if (rc != DSTACK_OK)
        return rc;
    if (list->n >= DS_MAX_POLICY_ITEMS)
        return fail_full(err);
    grown = ds_realloc_array(list->at, list->n + 1, sizeof list->at[0]);
    if (!grown)
        return ds_fail_nomem(err);
    list->at = grown;
    memcpy(list->at[list->n++], id, n + 1);
    return DSTACK_OK;
}

int
dstack_policy_accept_advisory(
    dstack_policy *policy, const char *id, dstack_error *err)
{
    int rc = begin(policy, err);

    return rc == DSTACK_OK ? add_id(&policy->accept_advisory, id, err) : rc;
}

int
dstack_policy_deny_advisory(
    dstack_policy *policy, const char *id, dstack_error *err)
{
    int rc = begin(policy, err);

    return rc == DSTACK_OK ? add_id(&policy->deny_advisory, id, err) : rc;
}

int
dstack_policy_accept_platform_grace(
    dstack_policy *policy, int64_t seconds, dstack_error *err)
{
    int rc = begin(policy, err);

    return rc == DSTACK_OK ? set_seconds(&policy->platform_grace, seconds, true,
                                 "platform grace", err)
                           : rc;
}

int
dstack_policy_accept_qe_grace(
    dstack_policy *policy, int64_t seconds, dstack_error *err)
{
    int rc = begin(policy, err);

    return rc == DSTACK_OK
               ? set_seconds(&policy->qe_grace, seconds, true, "QE grace", err)
               : rc;
}

int
dstack_policy_accept_collateral_grace(
    dstack_policy *policy, int64_t seconds, dstack_error *err)
{
    int rc = begin(policy, err);

    return rc == DSTACK_OK ? set_seconds(&policy->collateral_grace, seconds,
                                 true, "collateral grace", err)
                           : rc;
}

int
dstack_policy_require_eval_number(
    dstack_policy *policy, uint32_t minimum, dstack_error *err)
{
    int rc = begin(policy, err);

    if (rc == DSTACK_OK)
        raise_floor(&policy->eval, minimum);
    return rc;
}

int
dstack_policy_require_tcb_date(
    dstack_policy *policy, int64_t not_before, dstack_error *err)
{
    int rc = begin(policy, err);

    if (rc != DSTACK_OK)
        return rc;
    if (not_before < 0 || not_before > DS_TIME_MAX)
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: TCB date is %lld, expected 0 to %lld",
            (long long)not_before, (long long)DS_TIME_MAX);
    if (!policy->have_date || not_before > policy->not_before)
        policy->not_before = not_before;
    policy->have_date = true;
    return DSTACK_OK;
}

int
dstack_policy_require_collateral_age(
    dstack_policy *policy, int64_t seconds, dstack_error *err)
{
    int rc = begin(policy, err);

    return rc == DSTACK_OK ? set_seconds(&policy->age, seconds, false,
                                 "collateral age", err)
                           : rc;
}

int
dstack_policy_require_crl_numbers(dstack_policy *policy, uint64_t root_minimum,
    uint64_t pck_minimum, dstack_error *err)
{
    int rc = begin(policy, err);

    if (rc != DSTACK_OK)
        return rc;
    raise_floor(&policy->root_crl, root_minimum);
    raise_floor(&policy->pck_crl, pck_minimum);
    return DSTACK_OK;
}

/* ---- platform ------------------------------------------------------------- */

int
dstack_policy_require_platform_flag(
    dstack_policy *policy, const char *name, uint32_t rule, dstack_error *err)
{
    int rc = begin(policy, err);
    int flag;

    if (rc != DSTACK_OK)
        return rc;
    flag = ds_policy_find_name(ds_policy_flags, DS_FLAG_COUNT, name);
    if (flag < 0)
        return fail_name(err, "platform flag", name);
    if (rule > DSTACK_FLAG_REQUIRED)
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: rule for %s is %u, expected DSTACK_FLAG_*, 0 to 2", name,
            (unsigned)rule);
    if ((policy->flag[flag] | rule) ==
        (DSTACK_FLAG_FORBIDDEN | DSTACK_FLAG_REQUIRED))
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: %s is both forbidden and required", name);
    policy->flag[flag] = (uint8_t)(policy->flag[flag] | rule);
    return DSTACK_OK;
}

int
dstack_policy_expect_sgx_type(
    dstack_policy *policy, uint32_t type, dstack_error *err)
{
    int rc = begin(policy, err);

    if (rc != DSTACK_OK)
        return rc;
    if (type > 2)
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: SGX type is %u, expected 0 to 2", (unsigned)type);
    policy->sgx_types = (uint8_t)(policy->sgx_types | 1u << type);
    return DSTACK_OK;
}

/* ---- fields --------------------------------------------------------------- */

int
ds_policy_find_field(const char *name)
{
    for (size_t i = 0; name && i < ds_policy_field_count; i++)
        if (strcmp(ds_policy_fields[i].name, name) == 0)
            return (int)i;
    return -1;
}

size_t
ds_policy_field_size(size_t index)
{
    const ds_field_info *f = &ds_policy_fields[index];

    return f->size != 0 ? f->size : ds_quote_field_size(f->name);
}

bool
ds_policy_field_is_text(size_t index)
{
    const ds_field_info *f = &ds_policy_fields[index];

    return f->group == DS_FIELD_CLAIM &&
           ds_claim_is_text(ds_claim_find(f->name));
}

static int
add_field(ds_field_list *list, size_t field, ds_view value, dstack_error *err)
{
    ds_field_rule *rule;
    void *grown;

    if (list->n >= DS_MAX_POLICY_ITEMS)
        return fail_full(err);
    grown = ds_realloc_array(list->at, list->n + 1, sizeof list->at[0]);
    if (!grown)
        return ds_fail_nomem(err);
    list->at = grown;
    rule = &list->at[list->n];
    memset(rule, 0, sizeof *rule);
    rule->field = (uint8_t)field;
    rule->len = (uint8_t)value.n;
    memcpy(rule->value, value.p, value.n);
    rule->first = true;
    for (size_t i = 0; i < list->n && rule->first; i++)
        rule->first = list->at[i].field != rule->field;
    list->n++;
    return DSTACK_OK;
}

static int
add_named(
    ds_field_list *list, const char *name, ds_view value, dstack_error *err)
{
    int field = ds_policy_find_field(name);
    size_t size;

    if (field < 0)
        return fail_name(err, "field", name);
    size = ds_policy_field_size((size_t)field);
    if (size == DS_FIELD_ANY && value.p && value.n >= 1 &&
        value.n <= DS_RULE_VALUE)
        size = value.n;
    if (!value.p || value.n != size || size > DS_RULE_VALUE)
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: %s has %zu bytes, the value has %zu%s", name, size,
            value.n, value.p ? "" : " (NULL)");
    return add_field(list, (size_t)field, value, err);
}

int
dstack_policy_expect_field(dstack_policy *policy, const char *name,
    const uint8_t *value, size_t value_len, dstack_error *err)
{
    int rc = begin(policy, err);

    return rc == DSTACK_OK ? add_named(&policy->expect, name,
                                 ds_view_of(value, value_len), err)
                           : rc;
}

int
dstack_policy_deny_field(dstack_policy *policy, const char *name,
    const uint8_t *value, size_t value_len, dstack_error *err)
{
    int rc = begin(policy, err);

    return rc == DSTACK_OK ? add_named(&policy->deny, name,
                                 ds_view_of(value, value_len), err)
                           : rc;
}

int
dstack_policy_require_minimum(dstack_policy *policy, const char *name,
    uint64_t minimum, dstack_error *err)
{
    int rc = begin(policy, err);
    uint64_t most;
    int i;

    if (rc != DSTACK_OK)
        return rc;
    i = ds_policy_find_name(ds_policy_floors, DS_FLOOR_COUNT, name);
    if (i < 0)
        return fail_name(err, "integer field", name);
    most = i == DS_FLOOR_MODULE_MAJOR ? UINT8_MAX : UINT16_MAX;
    if (minimum > most)
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: minimum of %s is %llu, the field goes to %llu", name,
            (unsigned long long)minimum, (unsigned long long)most);
    raise_floor(&policy->floor[i], minimum);
    return DSTACK_OK;
}

int
dstack_policy_require_minimum_svn(dstack_policy *policy, const char *name,
    const uint8_t *value, size_t value_len, dstack_error *err)
{
    int rc = begin(policy, err);
    int i;

    if (rc != DSTACK_OK)
        return rc;
    i = ds_policy_find_name(ds_policy_svns, DS_SVN_COUNT, name);
    if (i < 0)
        return fail_name(err, "SVN field", name);
    if (!value || value_len != sizeof policy->svn[0])
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: %s has %zu bytes, the value has %zu%s", name,
            sizeof policy->svn[0], value_len, value ? "" : " (NULL)");
    policy->have_svn[i] = true;
    for (size_t k = 0; k < value_len; k++)
        if (value[k] > policy->svn[i][k])
            policy->svn[i][k] = value[k];
    return DSTACK_OK;
}

int
dstack_policy_expect_report_data(dstack_policy *policy, const uint8_t *data,
    size_t data_len, dstack_error *err)
{
    return dstack_policy_expect_field(
        policy, "report_data", data, data_len, err);
}

int
dstack_policy_expect_report_data_prefix(dstack_policy *policy,
    const uint8_t *data, size_t data_len, dstack_error *err)
{
    int rc = begin(policy, err);

    if (rc != DSTACK_OK)
        return rc;
    if (!data || data_len < 1 || data_len > DS_FIELD_VALUE)
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: prefix of report_data has %zu bytes%s, expected 1 to %d",
            data_len, data ? "" : " (NULL)", DS_FIELD_VALUE);
    return add_field(
        &policy->expect, FIELD_PREFIX, ds_view_of(data, data_len), err);
}

bool
ds_policy_expects(const dstack_policy *p, const char *name)
{
    for (size_t i = 0; i < p->expect.n; i++)
        if (strcmp(ds_policy_fields[p->expect.at[i].field].name, name) == 0)
            return true;
    return false;
}

/* ---- bits ----------------------------------------------------------------- */

int
ds_policy_require_bits(dstack_policy *p, size_t whose, uint64_t set,
    uint64_t clear, dstack_error *err)
{
    uint64_t s[DS_BITS_COUNT];
    uint64_t c[DS_BITS_COUNT];
    uint64_t both;

    memcpy(s, p->bits_set, sizeof s);
    memcpy(c, p->bits_clear, sizeof c);
    s[whose] |= set;
    c[whose] |= clear;
    both = (s[DS_BITS_ANY] & (c[DS_BITS_ANY] | c[DS_BITS_TD])) |
           (s[DS_BITS_TD] & (c[DS_BITS_ANY] | c[DS_BITS_TD])) |
           (s[DS_BITS_ANY] & c[DS_BITS_SGX]) |
           (s[DS_BITS_SGX] & (c[DS_BITS_ANY] | c[DS_BITS_SGX]));
    if (both != 0)
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: attribute bits 0x%llx must be both 1 and 0",
            (unsigned long long)both);
    memcpy(p->bits_set, s, sizeof s);
    memcpy(p->bits_clear, c, sizeof c);
    p->have_bits = p->have_bits || (set | clear) != 0;
    return DSTACK_OK;
}

int
dstack_policy_require_attributes(
    dstack_policy *policy, uint64_t set, uint64_t clear, dstack_error *err)
{
    int rc = begin(policy, err);

    return rc == DSTACK_OK
               ? ds_policy_require_bits(policy, DS_BITS_ANY, set, clear, err)
               : rc;
}

int
dstack_policy_require_xfam_mask(
    dstack_policy *policy, uint64_t mask, dstack_error *err)
{
    int rc = begin(policy, err);

    if (rc != DSTACK_OK)
        return rc;
    policy->xfam = policy->have_xfam ? policy->xfam & mask : mask;
    policy->have_xfam = true;
    return DSTACK_OK;
}

/* Bits that a call of their own accepts, or nothing does: the TUD group and
 * MIGRATABLE. */
#define OTHER_CALLS (BIT(8) - 1 + BIT(29))

int
dstack_policy_accept_attributes(
    dstack_policy *policy, uint64_t mask, dstack_error *err)
{
    int rc = begin(policy, err);

    if (rc != DSTACK_OK)
        return rc;
    if ((mask & OTHER_CALLS) != 0)
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: attribute bits 0x%llx cannot be accepted by this mask; "
            "debug, profiling and migratable have calls of their own",
            (unsigned long long)(mask & OTHER_CALLS));
    policy->accept_bits |= mask;
    return DSTACK_OK;
}

void
dstack_policy_accept_debug(dstack_policy *policy)
{
    if (policy)
        policy->debug = true;
}

void
dstack_policy_accept_profiling(dstack_policy *policy)
{
    if (policy)
        policy->profiling = true;
}

void
dstack_policy_accept_migratable(dstack_policy *policy)
{
    if (policy)
        policy->migratable = true;
}

void
dstack_policy_accept_service_td(dstack_policy *policy)
{
    if (policy)
        policy->service_td = true;
}

void
dstack_policy_accept_provisioning_key(dstack_policy *policy)
{
    if (policy)
        policy->provisioning_key = true;
}

/* ---- events and configuration ---------------------------------------------- */

const char *
dstack_workload_rule_name(uint32_t rule)
{
    static const char *const names[] = {
        [DSTACK_RULE_REPLAY] = "replay",
        [DSTACK_RULE_UNIQUE] = "unique",
        [DSTACK_RULE_ORDER] = "order",
        [DSTACK_RULE_BOUNDARY] = "boundary",
        [DSTACK_RULE_PAYLOAD] = "payload",
        [DSTACK_RULE_READY] = "ready",
        [DSTACK_RULE_GPU] = "gpu",
        [DSTACK_RULE_TYPE] = "type",
        [DSTACK_RULE_NAME] = "name",
        [DSTACK_RULE_MR_CONFIG] = "mr_config",
        [DSTACK_RULE_BOOT] = "boot",
        [DSTACK_RULE_DIGEST] = "digest",
        [DSTACK_RULE_LISTS] = "lists",
    };

    return rule < COUNT(names) && names[rule] ? names[rule] : "";
}

int
dstack_policy_accept_workload_rule(
    dstack_policy *policy, uint32_t rule, dstack_error *err)
{
    int rc = begin(policy, err);

    if (rc != DSTACK_OK)
        return rc;
    if (dstack_workload_rule_name(rule)[0] == '\0')
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: there is no rule %u, expected DSTACK_RULE_*",
            (unsigned)rule);
    policy->accept_rules |= UINT32_C(1) << rule;
    return DSTACK_OK;
}

uint32_t
ds_policy_accepted_rules(const dstack_policy *policy)
{
    return policy ? policy->accept_rules : 0;
}

void
dstack_policy_require_mr_config(dstack_policy *policy)
{
    if (policy)
        policy->mr_config = true;
}

/* ---- the OS image ---------------------------------------------------------- */

int
dstack_policy_require_image(
    dstack_policy *policy, uint32_t level, dstack_error *err)
{
    int rc = begin(policy, err);

    if (rc != DSTACK_OK)
        return rc;
    if (level > DSTACK_IMAGE_LEVEL_FULL)
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: there is no image level %u, expected "
            "DSTACK_IMAGE_LEVEL_*",
            (unsigned)level);
    policy->image = true;
    if (policy->image_level < level)
        policy->image_level = level;
    return DSTACK_OK;
}

void
dstack_policy_require_production_image(dstack_policy *policy)
{
    if (policy)
        policy->production_image = true;
}

int
dstack_policy_require_image_version(
    dstack_policy *policy, const char *least, dstack_error *err)
{
    int rc = begin(policy, err);
    uint32_t number = rc == DSTACK_OK && least ? ds_version_number(least) : 0;

    if (rc != DSTACK_OK)
        return rc;
    if (number == 0 || strspn(least, "0123456789.") != strlen(least))
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: not a version of an image, expected one such as 0.6.0");
    if (policy->image_version < number)
        policy->image_version = number;
    return DSTACK_OK;
}

int
dstack_policy_expect_platform(
    dstack_policy *policy, uint32_t platform, dstack_error *err)
{
    int rc = begin(policy, err);

    if (rc != DSTACK_OK)
        return rc;
    if (platform == DSTACK_PLATFORM_NONE || platform > DSTACK_PLATFORM_SGX)
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: there is no platform %u, expected DSTACK_PLATFORM_*",
            (unsigned)platform);
    policy->platforms |= UINT32_C(1) << platform;
    return DSTACK_OK;
}

uint32_t
ds_policy_image_level(const dstack_policy *policy)
{
    return policy ? policy->image_level : DSTACK_IMAGE_LEVEL_NONE;
}

void
dstack_policy_accept_any_workload(dstack_policy *policy)
{
    if (policy)
        policy->any_workload = true;
}

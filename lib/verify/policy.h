/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_VERIFY_POLICY_H
#define DS_VERIFY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "dstack/policy.h"
#include "verify/verify.h"

/* What a policy object holds. Rules add up: no require_ call takes back an
 * earlier one, and no accept_ call either. */

/* The check that a rule about a field belongs to. */
enum {
    DS_FIELD_MEASUREMENT = 0,
    DS_FIELD_FMSPC,
    DS_FIELD_PLATFORM,
    DS_FIELD_REPORT_DATA,
    DS_FIELD_CLAIM /* of ds_claims, by the same name */
};

typedef struct {
    const char *name;
    uint8_t size; /* 0: the quote's own field of that name; DS_FIELD_ANY */
    uint8_t group;
    bool workload; /* an expectation of it names the workload */
} ds_field_info;

/* The fields that rules may name; the last, which has no name that a caller
 * could give, is a prefix of report_data. */
extern const ds_field_info ds_policy_fields[];
extern const size_t ds_policy_field_count;

#define DS_FIELD_VALUE 64
#define DS_FIELD_ANY 255  /* from 1 to DS_RULE_VALUE bytes */
#define DS_RULE_VALUE 128 /* room for a public key */

typedef struct {
    uint8_t field; /* index into ds_policy_fields */
    bool first;    /* the first entry of its field in this list */
    uint8_t len;
    uint8_t value[DS_RULE_VALUE];
} ds_field_rule;

typedef struct {
    ds_field_rule *at;
    size_t n;
} ds_field_list;

typedef struct {
    char (*at)[DS_MAX_ADVISORY_ID + 1];
    size_t n;
} ds_id_list;

/* Integer fields with a floor. */
enum {
    DS_FLOOR_ISV_SVN = 0,
    DS_FLOOR_CONFIG_SVN,
    DS_FLOOR_MODULE_MAJOR,
    DS_FLOOR_MODULE_SVN,
    DS_FLOOR_COUNT
};
/* SVN arrays with a floor. */
enum {
    DS_SVN_LAUNCH = 0,
    DS_SVN_CURRENT,
    DS_SVN_INIT,
    DS_SVN_COUNT
};
extern const char *const ds_policy_floors[DS_FLOOR_COUNT];
extern const char *const ds_policy_svns[DS_SVN_COUNT];

/* Flags of the PCK certificate. */
enum {
    DS_FLAG_DYNAMIC = 0,
    DS_FLAG_CACHED,
    DS_FLAG_SMT,
    DS_FLAG_COUNT
};
extern const char *const ds_policy_flags[DS_FLAG_COUNT];

/* Whose attribute bits a mask speaks of. */
enum {
    DS_BITS_ANY = 0,
    DS_BITS_TD,
    DS_BITS_SGX,
    DS_BITS_COUNT
};

typedef struct {
    bool on;
    uint64_t least;
} ds_floor;

/* The init scripts of one guest that may run. */
typedef struct {
    size_t n;
    uint8_t hash[DS_MAX_INIT_SCRIPTS][32];
} ds_script_list;

struct dstack_policy {
    /* Bits 1 << DSTACK_TCB_*; 0 where the part is not judged by itself. */
    uint16_t status[DS_OF_COUNT];
    bool any_current;
    ds_id_list accept_advisory;
    ds_id_list deny_advisory;
    int64_t platform_grace; /* -1 for none, as the next two */
    int64_t qe_grace;
    int64_t collateral_grace;
    ds_floor eval;
    bool have_date;
    int64_t not_before;
    int64_t age; /* -1: any age */
    ds_floor root_crl;
    ds_floor pck_crl;
    uint8_t flag[DS_FLAG_COUNT]; /* 1 forbidden | 2 required */
    uint8_t sgx_types;           /* bits; 0: every type */
    ds_field_list expect;
    ds_field_list deny;
    ds_floor floor[DS_FLOOR_COUNT];
    bool have_svn[DS_SVN_COUNT];
    uint8_t svn[DS_SVN_COUNT][16];
    uint64_t bits_set[DS_BITS_COUNT];
    uint64_t bits_clear[DS_BITS_COUNT];
    bool have_bits;
    bool have_xfam;
    uint64_t xfam;
    uint64_t accept_bits;
    bool debug;
    bool profiling;
    bool migratable;
    bool service_td;
    bool provisioning_key;
    bool any_workload;
    uint32_t platforms;    /* bits 1 << DSTACK_PLATFORM_*; 0: any */
    uint32_t accept_rules; /* bits 1 << DSTACK_RULE_* */
    bool mr_config;
    bool image; /* must be bound, with at least this level */
    uint32_t image_level;
    bool production_image;
    uint32_t image_version;  /* at least; 0: any */
    ds_script_list *scripts; /* any of them; none: whatever ran */
    size_t script_lists;
    bool gpu;            /* some were attested */
    uint64_t gpu_counts; /* bits 1 << (n - 1); 0: any number */
    bool gpu_devtools;
};

void
ds_policy_init(dstack_policy *p);
/* An index into ds_policy_fields of a name that a rule may have; -1. */
int
ds_policy_find_field(const char *name);
size_t
ds_policy_field_size(size_t index);
/* A claim that is text, and stands as such in documents and messages. */
bool
ds_policy_field_is_text(size_t index);
/* Index of a name in a list; -1, also for NULL. */
int
ds_policy_find_name(const char *const *names, size_t count, const char *name);
/* Attribute bits of one TEE alone (DS_BITS_*). */
int
ds_policy_require_bits(dstack_policy *p, size_t whose, uint64_t set,
    uint64_t clear, dstack_error *err);
/* "bit 4 (PERF_PROF), bit 9", cut to fit. */
const char *
ds_policy_bits_text(
    uint64_t bits, const char *(*name)(uint32_t bit), char out[DS_CHECK_TEXT]);

/* ---- judging -------------------------------------------------------------- */

/* One run over the rules. */
typedef struct {
    const dstack_policy *policy;
    const ds_facts *facts;
    const dstack_evidence *evidence; /* NULL: a quote alone */
    const ds_claims *claims;         /* NULL: it makes none */
    const ds_image_facts *image;
    int64_t now;
    ds_checks *checks;
    uint64_t attributes; /* TD attributes; an enclave's flags */
    uint64_t xfam;
    bool tdx;
    bool td15; /* the body has the fields of TD 1.5 */
} ds_judge;

void
ds_judge_attributes(ds_judge *j); /* ATTR_* */
void
ds_judge_tcb(ds_judge *j); /* POLICY_STATUS, _CURRENT, _GRACE */
void
ds_judge_levels(ds_judge *j); /* _ADVISORY to _CRL_NUMBER */
void
ds_judge_fields(ds_judge *j, int group); /* the check of a DS_FIELD_* */
void
ds_judge_workload_lists(ds_judge *j); /* _INIT_SCRIPTS, _GPU */
/* A rule for equality names this field. */
bool
ds_policy_expects(const dstack_policy *p, const char *name);

#endif

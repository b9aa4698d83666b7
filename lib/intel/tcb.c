/* SPDX-License-Identifier: Apache-2.0 */
#include "intel/tcb.h"

#include <string.h>

static const char *const status_names[] = {"Unknown", "UpToDate",
    "SWHardeningNeeded", "ConfigurationNeeded",
    "ConfigurationAndSWHardeningNeeded", "OutOfDate",
    "OutOfDateConfigurationNeeded", "Revoked", "TDRelaunchAdvised",
    "TDRelaunchAdvisedConfigurationNeeded"};

#define STATUS_COUNT (sizeof status_names / sizeof *status_names)

const char *
dstack_tcb_status_name(uint32_t status)
{
    return status_names[status < STATUS_COUNT ? status : 0];
}

uint32_t
dstack_tcb_status_parse(const char *name)
{
    uint32_t i;

    for (i = 1; name && i < STATUS_COUNT; i++)
        if (strcmp(name, status_names[i]) == 0)
            return i;
    return DSTACK_TCB_UNKNOWN;
}

/* ---- level selection (spec 3.10) ------------------------------------------- */

static bool
all_at_least(const uint8_t *have, const uint8_t *need, size_t from)
{
    size_t i;

    for (i = from; i < 16; i++)
        if (have[i] < need[i])
            return false;
    return true;
}

const ds_tcb_level *
ds_tcb_find_level(
    const ds_tcb_info *info, const ds_pck *pck, const uint8_t *svn)
{
    /* With a module major version the first two SVNs are the module's own and
     * are judged by its identity instead. */
    size_t from = svn && svn[1] > 0 ? 2 : 0;
    size_t i;

    for (i = 0; i < info->levels.n; i++) {
        const ds_tcb_level *l = &info->levels.at[i];

        if (all_at_least(pck->comps, l->sgx, 0) && pck->pce_svn >= l->pce_svn &&
            (!svn || all_at_least(svn, l->tdx, from)))
            return l;
    }
    return NULL;
}

const ds_tcb_level *
ds_tcb_find_isvsvn(const ds_tcb_levels *levels, uint32_t isvsvn)
{
    size_t i;

    for (i = 0; i < levels->n; i++)
        if (isvsvn >= levels->at[i].pce_svn)
            return &levels->at[i];
    return NULL;
}

const ds_module_identity *
ds_tcb_find_module(const ds_tcb_info *info, uint8_t version)
{
    size_t i;

    for (i = 0; i < info->identity_count; i++)
        if (info->identities[i].version == version)
            return &info->identities[i];
    return NULL;
}

/* ---- statuses (spec 3.11) --------------------------------------------------- */

bool
ds_tcb_is_out_of_date(uint32_t status)
{
    return status == DSTACK_TCB_OUT_OF_DATE ||
           status == DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

static bool
needs_configuration(uint32_t status)
{
    return status == DSTACK_TCB_CONFIGURATION_NEEDED ||
           status == DSTACK_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED ||
           status == DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

uint32_t
ds_tcb_converge(uint32_t platform, uint32_t module, uint32_t qe)
{
    if (platform == DSTACK_TCB_REVOKED || module == DSTACK_TCB_REVOKED ||
        qe == DSTACK_TCB_REVOKED)
        return DSTACK_TCB_REVOKED;
    if (module != DSTACK_TCB_OUT_OF_DATE && qe != DSTACK_TCB_OUT_OF_DATE)
        return platform;
    return needs_configuration(platform)
               ? DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED
               : DSTACK_TCB_OUT_OF_DATE;
}

uint32_t
ds_tcb_relaunch(uint32_t launch, uint32_t current)
{
    if (launch == DSTACK_TCB_REVOKED || current == DSTACK_TCB_REVOKED)
        return DSTACK_TCB_REVOKED;
    if (!ds_tcb_is_out_of_date(launch) || ds_tcb_is_out_of_date(current))
        return launch;
    return needs_configuration(launch) || needs_configuration(current)
               ? DSTACK_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
               : DSTACK_TCB_TD_RELAUNCH_ADVISED;
}

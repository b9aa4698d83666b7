/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "keys/keychain.h"

const char *
ds_keychain_check_name(size_t index)
{
    static const char *const names[DS_KEYCHAIN_CHECKS] = {
        [DS_KEYCHAIN_KEY] = "key",
        [DS_KEYCHAIN_SIGNATURE] = "signature",
        [DS_KEYCHAIN_APP_LINK] = "app_link",
        [DS_KEYCHAIN_KMS_LINK] = "kms_link",
        [DS_KEYCHAIN_ANCHOR] = "anchor",
    };

    return index < DS_KEYCHAIN_CHECKS ? names[index] : NULL;
}

static const ds_check *
check_at(const dstack_keychain_report *report, size_t index)
{
    return report && index < DS_KEYCHAIN_CHECKS ? &report->at[index] : NULL;
}

void
dstack_keychain_report_free(dstack_keychain_report *report)
{
    ds_free(report);
}

int
dstack_keychain_report_is_accepted(const dstack_keychain_report *report)
{
    return report && report->error.code == DSTACK_OK &&
           report->at[DS_KEYCHAIN_ANCHOR].result == DS_PASSED;
}

int
dstack_keychain_report_reason(const dstack_keychain_report *report)
{
    return report ? report->error.reason : 0;
}

const char *
dstack_keychain_report_message(const dstack_keychain_report *report)
{
    return report ? report->error.message : "";
}

size_t
dstack_keychain_report_check_count(const dstack_keychain_report *report)
{
    return report ? DS_KEYCHAIN_CHECKS : 0;
}

const char *
dstack_keychain_report_check_name(
    const dstack_keychain_report *report, size_t index)
{
    return check_at(report, index) ? ds_keychain_check_name(index) : "";
}

int
dstack_keychain_report_check_result(
    const dstack_keychain_report *report, size_t index)
{
    const ds_check *c = check_at(report, index);

    return c ? c->result : DSTACK_CHECK_NOT_RUN;
}

int
dstack_keychain_report_check_reason(
    const dstack_keychain_report *report, size_t index)
{
    const ds_check *c = check_at(report, index);

    return c ? c->reason : 0;
}

const char *
dstack_keychain_report_check_expected(
    const dstack_keychain_report *report, size_t index)
{
    const ds_check *c = check_at(report, index);

    return c ? c->expected : "";
}

const char *
dstack_keychain_report_check_found(
    const dstack_keychain_report *report, size_t index)
{
    const ds_check *c = check_at(report, index);

    return c ? c->found : "";
}

const uint8_t *
dstack_keychain_report_app_root(
    const dstack_keychain_report *report, size_t *len)
{
    bool known = report && report->has_app_root;

    if (len)
        *len = known ? DS_K1_POINT : 0;
    return known ? report->app_root : NULL;
}

const uint8_t *
dstack_keychain_report_kms_root(
    const dstack_keychain_report *report, size_t *len)
{
    bool known = report && report->has_kms_root;

    if (len)
        *len = known ? DS_K1_POINT : 0;
    return known ? report->kms_root : NULL;
}

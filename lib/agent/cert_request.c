/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/cert_request.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

#define ALL_USAGES \
    ((uint32_t)(DSTACK_USAGE_RA_TLS | DSTACK_USAGE_SERVER_AUTH | \
                DSTACK_USAGE_CLIENT_AUTH | DSTACK_USAGE_APP_INFO))

int
dstack_cert_request_new(dstack_cert_request **ret, dstack_error *err)
{
    ds_err_clear(err);
    if (!ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_cert_request_new: NULL argument");
    *ret = ds_calloc(1, sizeof **ret);
    if (!*ret)
        return ds_fail_nomem(err);
    (*ret)->not_before = -1;
    (*ret)->not_after = -1;
    return DSTACK_OK;
}

void
dstack_cert_request_free(dstack_cert_request *request)
{
    if (!request)
        return;
    for (size_t i = 0; i < request->alt_name_count; i++)
        ds_free(request->alt_names[i]);
    ds_free(request->alt_names);
    ds_free(request->subject);
    ds_free(request);
}

/* A copy of a name, which is UTF-8 and not too long. */
static int
copy_name(const char *function, const char *name, char **ret, dstack_error *err)
{
    size_t n = strnlen(name, DS_MAX_CERT_NAME + 1);

    if (n > DS_MAX_CERT_NAME)
        return ds_fail(err, DSTACK_ERR_ARG,
            "%s: expected at most %u bytes, found more", function,
            DS_MAX_CERT_NAME);
    if (!ds_utf8_is(ds_view_of(name, n)))
        return ds_fail(err, DSTACK_ERR_ARG, "%s: expected UTF-8", function);
    *ret = ds_memdup(name, n);
    return *ret ? DSTACK_OK : ds_fail_nomem(err);
}

int
dstack_cert_request_set_subject(
    dstack_cert_request *request, const char *subject, dstack_error *err)
{
    static const char name[] = "dstack_cert_request_set_subject";
    char *copy = NULL;
    int rc;

    ds_err_clear(err);
    if (!request || !subject)
        return ds_fail(err, DSTACK_ERR_ARG, "%s: NULL argument", name);
    rc = copy_name(name, subject, &copy, err);
    if (rc != DSTACK_OK)
        return rc;
    ds_free(request->subject);
    request->subject = copy;
    return DSTACK_OK;
}

int
dstack_cert_request_add_alt_name(
    dstack_cert_request *request, const char *alt_name, dstack_error *err)
{
    static const char name[] = "dstack_cert_request_add_alt_name";
    char *copy = NULL;
    char **list;
    int rc;

    ds_err_clear(err);
    if (!request || !alt_name)
        return ds_fail(err, DSTACK_ERR_ARG, "%s: NULL argument", name);
    if (!*alt_name)
        return ds_fail(err, DSTACK_ERR_ARG,
            "%s: expected a DNS name or an IP address, found \"\"", name);
    if (request->alt_name_count == DS_MAX_ALT_NAMES)
        return ds_fail(err, DSTACK_ERR_ARG,
            "%s: there are %d names already, as many as may be", name,
            DS_MAX_ALT_NAMES);
    rc = copy_name(name, alt_name, &copy, err);
    if (rc != DSTACK_OK)
        return rc;
    list = ds_realloc_array(
        request->alt_names, request->alt_name_count + 1, sizeof *list);
    if (!list) {
        ds_free(copy);
        return ds_fail_nomem(err);
    }
    list[request->alt_name_count++] = copy;
    request->alt_names = list;
    return DSTACK_OK;
}

int
dstack_cert_request_set_usage(dstack_cert_request *request, uint32_t usage)
{
    if (!request || (usage & ~ALL_USAGES) != 0)
        return DSTACK_ERR_ARG;
    request->usage = usage;
    return DSTACK_OK;
}

int
dstack_cert_request_set_validity(
    dstack_cert_request *request, int64_t not_before, int64_t not_after)
{
    if (!request || not_before < -1 || not_before > DS_TIME_MAX ||
        not_after < -1 || not_after > DS_TIME_MAX ||
        (not_before >= 0 && not_after >= 0 && not_before >= not_after))
        return DSTACK_ERR_ARG;
    request->not_before = not_before;
    request->not_after = not_after;
    return DSTACK_OK;
}

bool
ds_cert_request_is_new(const dstack_cert_request *r)
{
    return r->not_before >= 0 || r->not_after >= 0 ||
           (r->usage & DSTACK_USAGE_APP_INFO) != 0;
}

void
ds_cert_request_write(const dstack_cert_request *r, ds_request *out)
{
    if (r->subject)
        ds_request_text(out, "subject", ds_view_str(r->subject));
    if (r->alt_name_count != 0) {
        ds_request_texts_begin(out, "alt_names");
        for (size_t i = 0; i < r->alt_name_count; i++)
            ds_request_texts_add(out, ds_view_str(r->alt_names[i]));
        ds_request_texts_end(out);
    }
    if (r->usage & DSTACK_USAGE_RA_TLS)
        ds_request_bool(out, "usage_ra_tls", true);
    if (r->usage & DSTACK_USAGE_SERVER_AUTH)
        ds_request_bool(out, "usage_server_auth", true);
    if (r->usage & DSTACK_USAGE_CLIENT_AUTH)
        ds_request_bool(out, "usage_client_auth", true);
    if (r->not_before >= 0)
        ds_request_uint(out, "not_before", (uint64_t)r->not_before);
    if (r->not_after >= 0)
        ds_request_uint(out, "not_after", (uint64_t)r->not_after);
    if (r->usage & DSTACK_USAGE_APP_INFO)
        ds_request_bool(out, "with_app_info", true);
}

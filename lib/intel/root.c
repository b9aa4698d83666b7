/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/pem.h"
#include "crypto/hash.h"
#include "intel/chain.h"

/* Intel SGX Root CA, valid 2018-05-21 to 2049-12-31; SHA-256 of the DER
 * 44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3. */
static const char intel_root[] =
    "MIICjzCCAjSgAwIBAgIUImUM1lqdNInzg7SVUr9QGzknBqwwCgYIKoZIzj0EAwIw"
    "aDEaMBgGA1UEAwwRSW50ZWwgU0dYIFJvb3QgQ0ExGjAYBgNVBAoMEUludGVsIENv"
    "cnBvcmF0aW9uMRQwEgYDVQQHDAtTYW50YSBDbGFyYTELMAkGA1UECAwCQ0ExCzAJ"
    "BgNVBAYTAlVTMB4XDTE4MDUyMTEwNDUxMFoXDTQ5MTIzMTIzNTk1OVowaDEaMBgG"
    "A1UEAwwRSW50ZWwgU0dYIFJvb3QgQ0ExGjAYBgNVBAoMEUludGVsIENvcnBvcmF0"
    "aW9uMRQwEgYDVQQHDAtTYW50YSBDbGFyYTELMAkGA1UECAwCQ0ExCzAJBgNVBAYT"
    "AlVTMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEC6nEwMDIYZOj/iPWsCzaEKi7"
    "1OiOSLRFhWGjbnBVJfVnkY4u3IjkDYYL0MxO4mqsyYjlBalTVYxFP2sJBK5zlKOB"
    "uzCBuDAfBgNVHSMEGDAWgBQiZQzWWp00ifODtJVSv1AbOScGrDBSBgNVHR8ESzBJ"
    "MEegRaBDhkFodHRwczovL2NlcnRpZmljYXRlcy50cnVzdGVkc2VydmljZXMuaW50"
    "ZWwuY29tL0ludGVsU0dYUm9vdENBLmRlcjAdBgNVHQ4EFgQUImUM1lqdNInzg7SV"
    "Ur9QGzknBqwwDgYDVR0PAQH/BAQDAgEGMBIGA1UdEwEB/wQIMAYBAf8CAQEwCgYI"
    "KoZIzj0EAwIDSQAwRgIhAOW/5QkR+S9CiSDcNoowLuPRLsWGf/Yi7GSX94BgwTwg"
    "AiEA4J0lrHoMs+Xo5o/sX6O9QWxHRAvZUGOdRQ7cvqRXaqI=";

/* The one certificate of a PEM text, or DER as it is, into `der`. */
static int
root_bytes(ds_view data, ds_buf *der, dstack_error *err)
{
    ds_pem pem;
    bool ok = true;

    if (!data.p) {
        ok = ds_base64_decode(ds_view_str(intel_root), false, der);
    } else if (data.n > DS_MAX_CERT) {
        ok = false;
    } else if (data.n != 0 && data.p[0] == 0x30) {
        ds_buf_add(der, data.p, data.n);
    } else {
        ds_pem_init(&pem, data);
        ok = ds_pem_next(&pem, "CERTIFICATE", der) == 1;
        if (ok) {
            size_t n = der->n;

            ok = ds_pem_next(&pem, "CERTIFICATE", der) == 0 &&
                 pem.rest.n == 0 && der->n == n;
        }
    }
    if (der->nomem)
        return ds_fail_nomem(err);
    if (!ok || der->bad)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_CHAIN,
            DSTACK_REASON_CERT_DER,
            "root: expected one certificate, PEM or DER, of at most %u bytes",
            DS_MAX_CERT);
    return DSTACK_OK;
}

/* A root that cannot sign the chains is refused here, not at every quote. */
static int
check_root(ds_root *root, dstack_error *err)
{
    const ds_cert *c = root->cert;
    const char *wrong = NULL;
    int rc;

    if (c->sig_alg != DS_SIG_ECDSA_SHA256 || c->key_curve != DS_P256)
        wrong = "its key or signature is not ECDSA P-256 with SHA-256";
    else if (!ds_view_eq(c->issuer, c->subject))
        wrong = "it is not self-issued";
    else if (!c->has_bc || !c->is_ca || c->path_len == 0)
        wrong = "it is no CA that may have a CA below it";
    if (wrong)
        goto bad;
    rc = ds_ecdsa_key_new(DS_P256, c->key_xy, &root->key);
    if (rc == DS_ECDSA_NOMEM)
        return ds_fail_nomem(err);
    if (rc == DS_ECDSA_OK)
        rc = ds_cert_verify(c, root->key);
    if (rc == DS_ECDSA_NOMEM)
        return ds_fail_nomem(err);
    if (rc == DS_ECDSA_OK)
        return DSTACK_OK;
    wrong = "its self-signature does not verify";
bad:
    return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_CHAIN,
        DSTACK_REASON_ROOT_PIN, "root: %s", wrong);
}

int
ds_root_new(ds_view data, ds_root **ret, dstack_error *err)
{
    ds_root *root = ds_calloc(1, sizeof *root);
    ds_buf der;
    int rc;

    ds_buf_init(&der, DS_MAX_CERT);
    if (!root) {
        rc = ds_fail_nomem(err);
        goto out;
    }
    root->custom = data.p != NULL;
    rc = root_bytes(data, &der, err);
    if (rc == DSTACK_OK)
        rc = ds_cert_parse(ds_view_of(der.p, der.n), &root->cert, err);
    if (rc == DSTACK_OK)
        rc = check_root(root, err);
    if (rc == DSTACK_OK &&
        !ds_hash(DS_SHA256, root->cert->der, ds_view_of(NULL, 0), root->hash))
        rc = ds_fail(err, DSTACK_ERR_INTERNAL, "root: hashing failed");
    if (rc == DSTACK_OK) {
        *ret = root;
        root = NULL;
    }
out:
    ds_root_free(root);
    ds_buf_free(&der);
    return rc;
}

void
ds_root_free(ds_root *root)
{
    if (!root)
        return;
    ds_cert_free(root->cert);
    ds_ecdsa_key_free(root->key);
    ds_free(root);
}

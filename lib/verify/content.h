/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_VERIFY_CONTENT_H
#define DS_VERIFY_CONTENT_H

#include <stdatomic.h>

#include "base/checks.h"
#include "intel/pck.h"
#include "workload/claims.h"
#include "workload/image.h"

/* What was found in what came next to a quote: between the quote's signature
 * and the policy nothing depends on the time or the collateral. So evidence
 * that comes again, byte by byte the same, is not taken apart again. */

/* Immutable once a second report has it; counted. */
typedef struct {
    atomic_uint users;
    ds_claims *claims; /* NULL where the evidence makes none */
    ds_image_facts image;
} ds_content;

/* NULL on failure. */
ds_content *
ds_content_new(void);
void
ds_content_release(ds_content *content);

/* All that content is made from, beside the verifier's images and tables. */
typedef struct {
    ds_view container; /* empty: evidence of another form, never known */
    const ds_pck *pck; /* NULL where the certificate is not known */
    uint32_t accepted; /* rules that are not asked, 1 << DSTACK_RULE_* */
    bool search_acpi;  /* ds_image_options.search */
} ds_content_key;

/* The last few, 64 KiB of evidence at most each. Thread-safe. */
typedef struct ds_content_cache ds_content_cache;

/* NULL on failure. */
ds_content_cache *
ds_content_cache_new(void);
void
ds_content_cache_free(ds_content_cache *cache);
/* For a verifier whose images or tables change. */
void
ds_content_cache_clear(ds_content_cache *cache);
/* The content of evidence that was accepted before, for the caller to release,
 * with its checks recorded; NULL when it is not known. cache may be NULL. */
ds_content *
ds_content_cache_find(
    ds_content_cache *cache, const ds_content_key *key, ds_checks *checks);
/* Only for content of authentic evidence, every check of which passed or had
 * nothing to compare. Without memory it is not remembered. */
void
ds_content_cache_insert(ds_content_cache *cache, const ds_content_key *key,
    ds_content *content, const ds_checks *checks);

#endif

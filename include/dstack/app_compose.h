/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_APP_COMPOSE_H
#define DSTACK_APP_COMPOSE_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* app-compose.json, the file that an app is. Its hash is that of its bytes
 * (dstack_compose_hash()); nothing in a guest rewrites it. */

/* What is worth a look in a file: a stable kind, the member that it is about
 * ("" for the whole file), and a sentence. At most 256; the last is then of the
 * kind "more". The kinds of what SDKs hash in different ways: "not_canonical" (the file's bytes are not its canonical form, so that
 * their hashes differ), "removed_member", "unknown_member", "null_member",
 * "empty_member", "html_characters" (< > &), "number" (no plain integer up to
 * 2^53), "beyond_bmp" (a member's name). Getters borrow. */
typedef struct dstack_compose_notes dstack_compose_notes;
DSTACK_API void
dstack_compose_notes_free(dstack_compose_notes *notes); /* NULL is a no-op */
DSTACK_API size_t
dstack_compose_notes_count(const dstack_compose_notes *notes);
DSTACK_API const char *
dstack_compose_notes_kind(const dstack_compose_notes *notes, size_t index);
DSTACK_API const char *
dstack_compose_notes_member(const dstack_compose_notes *notes, size_t index);
DSTACK_API const char *
dstack_compose_notes_text(const dstack_compose_notes *notes, size_t index);

/* Of a lint: the line of docker_compose_file's text that it is about, 0 where
 * there is none, and how what stands there begins, "" where nothing does. */
DSTACK_API uint32_t
dstack_compose_notes_line(const dstack_compose_notes *notes, size_t index);
DSTACK_API const char *
dstack_compose_notes_found(const dstack_compose_notes *notes, size_t index);

/* What in an app-compose file makes the app weaker, or leaves a decision about
 * it to somebody who is not measured. A member may have its parents before it,
 * as in "requirements.gpu_policy.allow_debug". The kinds:
 *
 *   image_tag, image_variable, image_build  a service's image has no digest
 *   image_unclear           it cannot be told whether one has
 *   public_logs, public_sysinfo, public_tcbinfo, no_secure_time,
 *   no_instance_id          switches
 *   key_provider_none, key_provider_any, key_provider_unknown
 *   env_sender, env_name    variables that whoever starts the app may set
 *   runner_bash, runner_unknown, script
 *   requirements_ignored, gpu_unattested, gpu_devtools, gpu_debug,
 *   gpu_insecure_boot
 *   member_type, unknown_member
 *
 * Images are looked for in the text of docker_compose_file line by line; that
 * is no YAML parser. What it does not follow (aliases, merges, extends,
 * include, scalars over several lines, tabs...) where an image may stand is
 * image_unclear. No note is no proof that an app is safe.
 *
 *   ret  the notes, none for a file that gives no rise to any; free with
 *        dstack_compose_notes_free().
 *
 * Returns DSTACK_OK, with or without notes; DSTACK_ERR_PARSE, reason
 * compose_json; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM.
 * Source: app-compose.json as dstack's guests read it. */
DSTACK_MUST int
dstack_compose_lint(const uint8_t *app_compose, size_t app_compose_len,
    dstack_compose_notes **ret, dstack_error *err);

/* The canonical form, that of dstack's JavaScript SDK and of RFC 8785: members
 * sorted, no white space, numbers as ECMAScript prints them, null kept. Deploy
 * exactly these bytes where an SDK computed the hash.
 *
 *   normalize  1: first remove the member that the runner does not use
 *              (docker_compose_file for "bash", bash_script for
 *              "docker-compose" and "nerdctl-compose") and an empty or null
 *              pre_launch_script. 0: nothing is removed.
 *   ret_json   NUL-terminated, the caller's: free with dstack_free().
 *   ret_notes  NULL, or receives the notes.
 *
 * Returns DSTACK_OK; DSTACK_ERR_PARSE, reason compose_json: no object, a member
 * twice, an unpaired surrogate, more than 4 MiB...; DSTACK_ERR_UNSUPPORTED,
 * reason compose_order: a member's name is an integer or "__proto__", of which
 * JavaScript makes an order of its own; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_compose_canonical(const uint8_t *app_compose, size_t app_compose_len,
    int normalize, char **ret_json, size_t *ret_len,
    dstack_compose_notes **ret_notes, dstack_error *err);

/* A new app-compose file. Not for use by two threads at once. */
typedef struct dstack_compose_builder dstack_compose_builder;
/* With manifest_version 2 ("3" once there are requirements), this name, the runner docker-compose, and the text
 * of a docker-compose file as it is. Free with dstack_compose_builder_free().
 * Returns DSTACK_OK; DSTACK_ERR_ARG: NULL, an empty text or one that is not
 * UTF-8, more than 4 MiB; DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_compose_builder_new(const char *name, const uint8_t *docker_compose,
    size_t docker_compose_len, dstack_compose_builder **ret, dstack_error *err);
DSTACK_API void
dstack_compose_builder_free(
    dstack_compose_builder *builder); /* NULL is a no-op */
/* 1 or 0 for "kms_enabled", "gateway_enabled", "local_key_provider_enabled",
 * "public_logs", "public_sysinfo", "public_tcbinfo", "no_instance_id",
 * "secure_time", "requirements.tdx_measure_acpi_tables" or
 * "requirements.gpu_policy." and one of "attest_gpu", "allow_devtools",
 * "allow_debug", "allow_insecure_boot"; what is not set is left out, which
 * means the guest's default.
 * Returns DSTACK_OK; DSTACK_ERR_ARG, reason compose_member for another name;
 * DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_compose_builder_set_flag(dstack_compose_builder *builder,
    const char *member, int value, dstack_error *err);
/* The same for the texts "pre_launch_script", "init_script", "key_provider",
 * "key_provider_id", "storage_fs", "snapshotter", "requirements.os_version"
 * (as in ">=0.6.0"), "requirements.launch_token_hash" (64 hex digits) and
 * "requirements.gpu_policy.rego". */
DSTACK_MUST int
dstack_compose_builder_set_text(dstack_compose_builder *builder,
    const char *member, const char *text, dstack_error *err);
/* A variable that the app may be sent, at most 1024: allowed_envs. Returns as
 * above; reason env_name for what is no name. */
DSTACK_MUST int
dstack_compose_builder_allow_env(
    dstack_compose_builder *builder, const char *name, dstack_error *err);
/* A platform that the app may run on, one by one: requirements.platforms;
 * without a call any. "dstack-tdx", "dstack-gcp-tdx", "dstack-amd-sev-snp",
 * "dstack-nitro-enclave" or "dstack-aws-nitro-tpm"; reason compose_member for
 * another. */
DSTACK_MUST int
dstack_compose_builder_allow_platform(
    dstack_compose_builder *builder, const char *platform, dstack_error *err);
/* The file in its canonical form; free with dstack_free(). */
DSTACK_MUST int
dstack_compose_builder_to_json(const dstack_compose_builder *builder,
    char **ret_json, size_t *ret_len, dstack_error *err);

/* requirements.launch_token_hash of a token, at least 32 bytes: SHA-256 of
 * "dstack-launch-token/v1:" and the token. hash_len is 32.
 * Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_launch_token_hash(const uint8_t *token, size_t token_len, uint8_t *hash,
    size_t hash_len, dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_ENV_H
#define DSTACK_ENV_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"
#include "dstack/kms.h"
#include "dstack/secret.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Environment variables, encrypted for one app: X25519 with an ephemeral key,
 * AES-256-GCM under the shared secret, over {"env":[{"key":..,"value":..}]}.
 * A guest that is sent something else than it allows does not boot; hence its
 * rules are applied here first. Source: dstack's encrypted environments. */

/* An app's environment. Values are in locked memory, which dstack_env_free()
 * wipes. Not for use by two threads at once while it is changed. */
typedef struct dstack_env dstack_env;
/* Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_env_new(dstack_env **ret, dstack_error *err);
DSTACK_API void
dstack_env_free(dstack_env *env); /* NULL is a no-op */

/* Set a variable; one of that name gets the new value. The guest's rules: a
 * name is a letter or _, then letters, digits and _, at most 255 bytes (reason
 * env_name); a value is UTF-8 without NUL, at most 128 KiB (env_value); at most
 * 1024 variables (env_count) and 1 MiB of names and values (env_total).
 * Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM; after a failure
 * nothing has changed. */
DSTACK_MUST int
dstack_env_set(dstack_env *env, const char *name, const uint8_t *value,
    size_t value_len, dstack_error *err);
/* Set those of a text, one NAME=VALUE on a line, as Docker's --env-file: empty
 * lines and lines that begin with # are skipped, a value is what stands behind
 * the first =, with its quotes and white space. At most 4 MiB.
 * Returns as above, and DSTACK_ERR_PARSE, reason env_file, for a line without
 * =; after a failure the lines before are set. */
DSTACK_MUST int
dstack_env_set_file(
    dstack_env *env, const uint8_t *text, size_t text_len, dstack_error *err);

/* Getters borrow, until the environment is changed or freed. */
DSTACK_API size_t
dstack_env_count(const dstack_env *env);
DSTACK_API const char *
dstack_env_name(const dstack_env *env, size_t index);
DSTACK_API const uint8_t *
dstack_env_value(const dstack_env *env, size_t index, size_t *len);

/* Is every variable one of allowed_envs in this app-compose file? Others would
 * be dropped by the guest, silently. Returns DSTACK_OK; DSTACK_ERR_POLICY,
 * reason env_not_allowed, with the first name that is not; DSTACK_ERR_PARSE,
 * reason compose_json; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_env_check_allowed(const dstack_env *env, const uint8_t *app_compose,
    size_t app_compose_len, dstack_error *err);

/* Encrypt for this X25519 public key of 32 bytes, after
 * dstack_env_key_verify() said whose it is. The result is the ephemeral public
 * key (32 bytes), the nonce (12), the ciphertext and its tag (16): the caller's,
 * free with dstack_free(). In JSON it is sent as hex. Draws random numbers.
 * Returns DSTACK_OK; DSTACK_ERR_ARG: NULL, another length, a key of small order;
 * DSTACK_ERR_NOMEM; DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_env_encrypt(const dstack_env *env, const uint8_t *public_key,
    size_t public_key_len, uint8_t **ret, size_t *ret_len, dstack_error *err);
/* The reverse, for tests and for guests: the JSON text. Free it with
 * dstack_secret_free().
 * Returns DSTACK_OK; DSTACK_ERR_PARSE, reason env_ciphertext: too short or too
 * long; DSTACK_ERR_UNTRUSTED, reason env_decrypt: for another key, or changed;
 * DSTACK_ERR_ARG; DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_env_decrypt(const uint8_t *secret_key, size_t secret_key_len,
    const uint8_t *sealed, size_t sealed_len, dstack_secret **ret,
    dstack_error *err);
/* That JSON text as an environment, by the guest's rules; of variables with one
 * name the last counts. Returns DSTACK_OK; DSTACK_ERR_PARSE, reason env_json;
 * and as dstack_env_set(). */
DSTACK_MUST int
dstack_env_parse(
    const uint8_t *json, size_t json_len, dstack_env **ret, dstack_error *err);

/* May environments of this app be encrypted for this key? The answer of the
 * KMS's GetAppEnvEncryptPubKey: the key (32 bytes), signature_v1 (65 bytes: r,
 * s, v from 0 to 3, low s) by the KMS's root key over the app's id, the
 * timestamp and the key. At `now` (seconds since 1970) the timestamp is at most
 * 300 seconds old and at most 60 ahead.
 * Returns DSTACK_OK only then; DSTACK_ERR_PARSE: env_key, env_key_length;
 * DSTACK_ERR_UNTRUSTED: env_key_recovery_id, env_key_range, env_key_high_s,
 * env_key_signature (nobody can have made it), env_key_signer (nobody who is
 * trusted, or over something else); DSTACK_ERR_STALE: env_key_stale,
 * env_key_future; DSTACK_ERR_ARG: NULL, a time out of range, or nobody is
 * trusted; DSTACK_ERR_INTERNAL. Thread-safe. */
DSTACK_MUST int
dstack_env_key_verify(const dstack_kms_trust *trust, const uint8_t *public_key,
    size_t public_key_len, const uint8_t *signature_v1, size_t signature_v1_len,
    uint64_t timestamp, int64_t now, dstack_error *err);
/* Weaker: the signature of a KMS that knows no signature_v1. It has no date, so
 * that an old answer, or a key since replaced, is accepted for ever. Returns as
 * above. */
DSTACK_MUST int
dstack_env_key_accept_legacy(const dstack_kms_trust *trust,
    const uint8_t *public_key, size_t public_key_len, const uint8_t *signature,
    size_t signature_len, dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif

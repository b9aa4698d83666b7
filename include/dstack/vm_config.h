/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_VM_CONFIG_H
#define DSTACK_VM_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a VM was started, as its host says: OS image, CPUs, memory, devices. A
 * claim, until measurements that were computed from it agree with a verified
 * quote. Immutable; share freely. */
typedef struct dstack_vm_config dstack_vm_config;

/* Read vm_config: a JSON object; empty text is an empty object. Where it has
 * a member "vm_config", text or object, that is the configuration (older
 * guests sent the whole sys-config). At most 1 MiB; copied.
 *
 * Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; DSTACK_ERR_PARSE with
 * reason vm_config or a json* reason. Free with dstack_vm_config_free(). */
DSTACK_MUST int
dstack_vm_config_parse(const uint8_t *data, size_t data_len,
    dstack_vm_config **ret, dstack_error *err);
DSTACK_API void
dstack_vm_config_free(dstack_vm_config *config); /* NULL is a no-op */

/* The configuration's own text, NUL-terminated. */
DSTACK_API const char *
dstack_vm_config_json(const dstack_vm_config *config, size_t *len);
/* Members, in their order: name, decoded and NUL-terminated; NULL for an index
 * out of range. */
DSTACK_API size_t
dstack_vm_config_count(const dstack_vm_config *config);
DSTACK_API const char *
dstack_vm_config_name(const dstack_vm_config *config, size_t index);

/* A member by name. Absent, or of another type: NULL and *len 0, or 0 and
 * *found 0 (found may be NULL). `text` is decoded and NUL-terminated; `number`
 * is a plain unsigned integer below 2^64; `flag` is true or false; `raw` is
 * any value's exact JSON text, NUL-terminated: objects and arrays as well. */
DSTACK_API const char *
dstack_vm_config_text(
    const dstack_vm_config *config, const char *name, size_t *len);
DSTACK_API uint64_t
dstack_vm_config_number(
    const dstack_vm_config *config, const char *name, int *found);
DSTACK_API int
dstack_vm_config_flag(
    const dstack_vm_config *config, const char *name, int *found);
DSTACK_API const char *
dstack_vm_config_raw(
    const dstack_vm_config *config, const char *name, size_t *len);

#ifdef __cplusplus
}
#endif
#endif

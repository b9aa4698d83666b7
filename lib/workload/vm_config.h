/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_WORKLOAD_VM_CONFIG_H
#define DS_WORKLOAD_VM_CONFIG_H

#include "base/bytes.h"
#include "base/error.h"
#include "dstack/vm_config.h"

/* dstack_vm_config_parse() of a view. */
int
ds_vm_config_parse(ds_view text, dstack_vm_config **ret, dstack_error *err);

#endif

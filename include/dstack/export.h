/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_EXPORT_H
#define DSTACK_EXPORT_H

/* A binding generator may define both as empty and read plain prototypes:
 * cpp -P -DDSTACK_API= -DDSTACK_MUST= dstack/dstack.h */
#ifndef DSTACK_API
#define DSTACK_API __attribute__((visibility("default")))
#endif
#ifndef DSTACK_MUST
#define DSTACK_MUST __attribute__((visibility("default"), warn_unused_result))
#endif

#endif

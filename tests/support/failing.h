/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAILING_H
#define TESTS_FAILING_H

/* An allocator of the library's own memory that can be told to fail. Install
 * it first of all in main. */
void
failing_install(void);
/* Let this many allocations pass and fail the rest; negative: none fails. */
void
failing_after(int passes);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_VEC_H
#define TESTS_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* The text files under tests/vectors: one case per line, words separated by
 * single spaces, lines that begin with # and empty ones skipped. A word of
 * bytes is hex, "-" when there are none. Tests run in the project's root. */
#define VEC_WORDS 16

typedef struct {
    char *text;
    char *rest;
    char *word[VEC_WORDS];
} vec;

/* Fails the test where the file cannot be read. */
void
vec_open(vec *v, const char *name);
/* How many words the next case has; 0 at the end of the file. */
int
vec_next(vec *v);
void
vec_close(vec *v);

/* A word of bytes in a block of exactly that size, so that a sanitizer sees
 * a read past its end. Give it back with vec_free. */
ds_view
vec_bytes(const char *word);
void
vec_free(ds_view bytes);
/* DS_P256 and so on by the curve's name; 0 for "-". */
int
vec_curve(const char *word);

/* A real document: the file of that name in ../shared/vectors, or in the
 * folder that the environment's DSTACK_VECTORS names. Skips the test with a
 * message where it is absent. */
ds_view
vec_real(const char *name);

#endif

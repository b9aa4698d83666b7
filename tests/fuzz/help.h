/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_HELP_H
#define TESTS_FUZZ_HELP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "dstack/error.h"
#include "forge/forge.h"
#include "fuzz/fuzz.h"

/* What several fuzz targets share. */

/* What does not hold ends the run, with its words and its place. */
#define must(x) fuzz_must((x), #x, __FILE__, __LINE__)
void
fuzz_must(bool ok, const char *what, const char *file, int line);

static inline ds_view
fuzz_view(const ds_buf *b)
{
    return ds_view_of(b->p, b->n);
}
/* Empty views lie everywhere. */
bool
fuzz_inside(ds_view part, ds_view whole);
/* An error says its code, a reason and a message that can be printed. */
void
fuzz_check_error(int rc, const dstack_error *err);
/* A text of the library's own making: ds_json_parse() reads it. Takes the
 * text. */
void
fuzz_take_json(char *text, size_t n);

/* The process's one forge, reset to the defaults of a kind, not built. */
forge *
fuzz_forge(int kind);

/* A small generator for mutators: the engine gives them one seed. */
typedef struct {
    uint32_t state;
} fuzz_random;

uint32_t
fuzz_below(fuzz_random *r, uint32_t n);
/* A mutator for DER: one value changed, the lengths around it right. */
size_t
fuzz_mutate_der(uint8_t *data, size_t size, size_t max_size, unsigned seed);

#endif

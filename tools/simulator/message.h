/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_MESSAGE_H
#define SIM_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/mem.h"
#include "guest/guest.h"

/* One table of fields per message serves its three encodings: JSON, protobuf
 * and the query of a GET. */

/* Tables say by a mask which guest images have what. */
enum {
    ON_036 = 1 << SIM_OS_0_3_6,
    ON_055 = 1 << SIM_OS_0_5_5,
    ON_0511 = 1 << SIM_OS_0_5_11,
    ON_060 = 1 << SIM_OS_0_6_0,
    SINCE_0511 = ON_0511 | ON_060,
    SINCE_055 = ON_055 | SINCE_0511,
    ON_ALL = ON_036 | SINCE_055
};

enum { /* types of fields */
    SIM_STRING = 0,
    SIM_BYTES, /* hex in JSON */
    SIM_BOOL,
    SIM_U64,     /* optional: it can be absent */
    SIM_STRINGS, /* any number of them */
    SIM_BYTES_LIST,
    SIM_MESSAGES /* in answers; their fields are strings and bytes */
};

#define SIM_FIELDS 14

typedef struct sim_field {
    const char *name; /* NULL ends a table */
    uint32_t number;
    int type;
    unsigned os; /* who knows it; others ignore it and do not send it */
    const struct sim_schema *of; /* of SIM_MESSAGES */
} sim_field;

typedef struct sim_schema {
    const char *name; /* as error messages call it */
    sim_field fields[SIM_FIELDS + 1];
} sim_schema;

/* A request body may be this long; a message's parts add up to no more. */
#define SIM_MAX_BODY ((size_t)10 << 20)
/* What an answer may grow to. */
#define SIM_MAX_ANSWER ((size_t)64 << 20)

typedef struct sim_value {
    ds_buf bytes;    /* SIM_STRING, SIM_BYTES; of a list the elements, each
                        behind its length (32 bits, little-endian);
                        an element of SIM_MESSAGES is such a list of its
                        fields */
    uint64_t number; /* SIM_BOOL, SIM_U64 */
    bool set;
} sim_value;

/* Secrets may be anywhere in it: every part is wiped. */
typedef struct sim_message {
    const sim_schema *schema; /* NULL: a message without fields */
    unsigned os;              /* a mask of one */
    sim_value v[SIM_FIELDS];
} sim_message;

/* Returns false; text that is too long is cut. */
bool
sim_refuse(sim_error *err, const char *format, ...) DS_PRINTF(2, 3);

bool
sim_no_memory(sim_error *err);

/* Well-formed; unlike ds_utf8_is() it takes NUL. */
bool
sim_is_utf8(ds_view text);
/* Hex of either case, "0x" in front any number of times, appended. */
bool
sim_hex_read(ds_view text, ds_buf *out, sim_error *err);

void
sim_message_init(sim_message *m, const sim_schema *schema, int os);
void
sim_message_free(sim_message *m);
/* The field's place in the table; sim_count() when it has no such field. */
size_t
sim_at(const sim_message *m, const char *name);
/* Number of fields. */
size_t
sim_count(const sim_schema *schema);
/* What a field holds; the default where it was not set. */
ds_view
sim_get(const sim_message *m, const char *name);
bool
sim_get_bool(const sim_message *m, const char *name);
/* Walks the elements of a list: begin with a reader over sim_get(). */
bool
sim_next(ds_reader *list, ds_view *element);
/* Set a field, or append to a list; a name that the table does not have is
 * passed over. What cannot be kept fails the answer at sim_message_ok(). */
void
sim_put(sim_message *m, const char *name, ds_view bytes);
void
sim_put_bool(sim_message *m, const char *name, bool yes);
/* The same by its place. */
void
sim_put_at(sim_message *m, size_t at, ds_view bytes);
/* Everything that was put is there. */
bool
sim_message_ok(const sim_message *m);

/* ---- encodings ----------------------------------------------------------- */

/* The requests: true, or false with the reason in err, in the words of the
 * agents. m is initialised and empty. */
bool
sim_json_read(ds_view text, sim_message *m, sim_error *err);
bool
sim_proto_read(ds_view bytes, sim_message *m, sim_error *err);
bool
sim_query_read(ds_view query, sim_message *m, sim_error *err);

/* A member whose value is not written as it is: for answers that are
 * malformed on purpose. */
typedef struct sim_bend {
    size_t field;
    const char *raw; /* what is written instead: @ stands for the value without
                        its quotes, # for the member's name, % for 8 MiB of
                        zeros. NULL leaves the member out */
    size_t cut;      /* so many characters less of @ */
} sim_bend;

/* The answers, appended. A message without fields is `null`. bend may be
 * NULL. */
void
sim_json_write(const sim_message *m, const sim_bend *bend, ds_buf *out);
void
sim_proto_write(const sim_message *m, ds_buf *out);
/* One field as protobuf, for errors. */
void
sim_proto_field(uint32_t number, ds_view bytes, ds_buf *out);
/* A JSON string with its quotes. */
void
sim_json_string(ds_view text, ds_buf *out);

/* The value of the first parameter of that name; empty when it has none.
 * False when there is no such parameter. */
bool
sim_query_get(ds_view query, const char *name, ds_view *ret);
/* %XX and, in a query, '+' decoded; what is no such escape stays. */
void
sim_url_decode(ds_view text, bool query, ds_buf *out);

#endif

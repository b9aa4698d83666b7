/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CODEC_JSON_TOKEN_H
#define DS_CODEC_JSON_TOKEN_H

#include "codec/json.h"

/* Offsets are 32 bits wide. */
#define DS_MAX_JSON_TEXT (64u << 20)

/* One value. A container's first child is the token behind it. */
struct json_token {
    uint32_t start; /* first byte of the value */
    uint32_t end;   /* one past its last */
    uint32_t name;  /* between the quotes; 0, 0 outside an object */
    uint32_t name_len;
    uint32_t next; /* sibling */
    uint32_t parent;
    uint32_t count; /* children */
    uint8_t type;
    bool escaped; /* a string with a backslash in it */
    bool name_escaped;
};

struct ds_json {
    ds_view text;
    const char *what;
    struct json_token *t;
    uint32_t n;
    uint32_t cap;
};

/* The offset of a member's name that another member of the object has too, 0
 * when there is none (a name is never at 0). DSTACK_OK or DSTACK_ERR_NOMEM. */
int
ds_json_find_dup(const ds_json *j, ds_jv object, size_t *ret);

/* What a backslash and this character stand for; 0 when they are no escape,
 * or the one that is written with four digits. */
uint8_t
ds_json_escape(uint8_t c);

/* Decode the character at *p inside a string that passed the scanner: its
 * UTF-8 in out, how many bytes as result, *p behind it. */
size_t
ds_json_char(const uint8_t **p, uint8_t out[4]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/compose_notes.h"

#include <string.h>

#include "base/mem.h"

typedef struct {
    int kind;
    char *member;
} note;

struct dstack_compose_notes {
    size_t count;
    note at[DS_NOTES_MAX];
};

static const struct {
    const char *kind;
    const char *text;
} kinds[DS_NOTE_KINDS] = {
    [DS_NOTE_NOT_CANONICAL] = {"not_canonical",
        "the file is not in its canonical form: the hash of its bytes, which "
        "is what counts, is another one; deploy the canonical bytes, or "
        "compare the hash of these"},
    [DS_NOTE_REMOVED] = {"removed_member",
        "the runner does not use it, or it is empty: left out"},
    [DS_NOTE_UNKNOWN] = {"unknown_member",
        "no member that is known here; some SDK versions leave it out before "
        "they hash"},
    [DS_NOTE_NULL] = {"null_member",
        "null is kept; some SDKs leave such members out before they hash"},
    [DS_NOTE_EMPTY] = {"empty_member",
        "an empty text or list is kept; some SDKs leave such members out "
        "before they hash"},
    [DS_NOTE_HTML] = {"html_characters",
        "<, > or & stands as it is; some SDK versions write it as \\u003c and "
        "so on before they hash"},
    [DS_NOTE_NUMBER] = {"number",
        "no plain integer up to 2^53; SDKs print such numbers in different "
        "ways before they hash"},
    [DS_NOTE_BEYOND_BMP] = {"beyond_bmp",
        "a name with characters beyond U+FFFF; SDKs sort such names in "
        "different ways before they hash"},
};

void
dstack_compose_notes_free(dstack_compose_notes *notes)
{
    if (!notes)
        return;
    for (size_t i = 0; i < notes->count; i++)
        ds_free(notes->at[i].member);
    ds_free(notes);
}

size_t
dstack_compose_notes_count(const dstack_compose_notes *notes)
{
    return notes ? notes->count : 0;
}

const char *
dstack_compose_notes_kind(const dstack_compose_notes *notes, size_t index)
{
    return notes && index < notes->count ? kinds[notes->at[index].kind].kind
                                         : "";
}

const char *
dstack_compose_notes_member(const dstack_compose_notes *notes, size_t index)
{
    return notes && index < notes->count ? notes->at[index].member : "";
}

const char *
dstack_compose_notes_text(const dstack_compose_notes *notes, size_t index)
{
    return notes && index < notes->count ? kinds[notes->at[index].kind].text
                                         : "";
}

dstack_compose_notes *
ds_compose_notes_new(void)
{
    return ds_calloc(1, sizeof(dstack_compose_notes));
}

bool
ds_compose_note(dstack_compose_notes *notes, int kind, ds_view member)
{
    char *copy;

    if (!notes || notes->count == DS_NOTES_MAX)
        return true;
    copy = ds_memdup(member.p, member.n);
    if (!copy)
        return false;
    notes->at[notes->count++] = (note){kind, copy};
    return true;
}

/* ---- looking ------------------------------------------------------------------------ */

static bool
is_known(ds_view name)
{
    static const char *const known[] = {"manifest_version", "name", "features",
        "runner", "snapshotter", "docker_compose_file", "bash_script",
        "init_script", "pre_launch_script", "docker_config", "public_logs",
        "public_sysinfo", "public_tcbinfo", "kms_enabled", "gateway_enabled",
        "tproxy_enabled", "local_key_provider_enabled", "key_provider",
        "key_provider_id", "allowed_envs", "no_instance_id", "secure_time",
        "storage_fs", "swap_size", "event_log_version", "port_policy",
        "verity_volumes", "requirements", "health_check"};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (ds_view_eq_str(name, known[i]))
            return true;
    return false;
}

static bool
has_html(ds_view raw)
{
    for (size_t i = 0; i < raw.n; i++)
        if (raw.p[i] == '<' || raw.p[i] == '>' || raw.p[i] == '&')
            return true;
    return false;
}

/* Fifteen digits are below 2^53 in any case; longer ones are worth a look. */
static bool
is_plain_integer(ds_view raw)
{
    size_t i = raw.n != 0 && raw.p[0] == '-';

    if (raw.n - i > 15 || (i == 1 && raw.p[1] == '0'))
        return false;
    for (; i < raw.n; i++)
        if (raw.p[i] < '0' || raw.p[i] > '9')
            return false;
    return true;
}

static bool
is_beyond_bmp(ds_view name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] >= 0xf0 ||
            (name.p[i] == '\\' && i + 2 < name.n &&
                (name.p[i + 2] == 'd' || name.p[i + 2] == 'D')))
            return true;
    return false;
}

static bool
look_at_value(const ds_json *j, ds_jv v, ds_view top, bool is_top,
    dstack_compose_notes *notes)
{
    ds_view raw = ds_json_raw(j, v);

    switch (ds_json_type(j, v)) {
    case DS_JSON_NULL:
        return ds_compose_note(notes, DS_NOTE_NULL, top);
    case DS_JSON_STRING:
        if (is_top && raw.n == 2)
            return ds_compose_note(notes, DS_NOTE_EMPTY, top);
        return !has_html(raw) || ds_compose_note(notes, DS_NOTE_HTML, top);
    case DS_JSON_NUMBER:
        return is_plain_integer(raw) ||
               ds_compose_note(notes, DS_NOTE_NUMBER, top);
    case DS_JSON_ARRAY:
        return !is_top || ds_json_count(j, v) != 0 ||
               ds_compose_note(notes, DS_NOTE_EMPTY, top);
    default:
        return true;
    }
}

/* Depth is the reader's, at most DS_MAX_JSON_DEPTH. */
static bool
look_inside(
    const ds_json *j, ds_jv parent, ds_view top, dstack_compose_notes *notes)
{
    bool is_top = parent == 0;

    for (ds_jv v = ds_json_first(j, parent); v != DS_JSON_NONE;
         v = ds_json_next(j, v)) {
        ds_view name = ds_json_type(j, parent) == DS_JSON_OBJECT
                           ? ds_json_name(j, v)
                           : ds_view_of(NULL, 0);

        if (is_top)
            top = name;
        if (is_top && !is_known(name) &&
            !ds_compose_note(notes, DS_NOTE_UNKNOWN, top))
            return false;
        if (is_beyond_bmp(name) &&
            !ds_compose_note(notes, DS_NOTE_BEYOND_BMP, top))
            return false;
        if (!look_at_value(j, v, top, is_top, notes) ||
            !look_inside(j, v, top, notes))
            return false;
    }
    return true;
}

bool
ds_compose_look(const ds_json *j, dstack_compose_notes *notes)
{
    return !notes || look_inside(j, 0, ds_view_of(NULL, 0), notes);
}

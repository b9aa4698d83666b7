/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/compose_notes.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

typedef struct {
    int kind;
    uint32_t line;
    char *member;
    char *found;
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
    [DS_LINT_IMAGE_TAG] = {"image_tag",
        "no digest: whoever serves the image decides what runs; write "
        "name@sha256:digest"},
    [DS_LINT_IMAGE_VARIABLE] = {"image_variable",
        "a variable stands in the image: whoever sets it decides what runs; "
        "write name@sha256:digest"},
    [DS_LINT_IMAGE_BUILD] = {"image_build",
        "built where it runs, of files that are not measured; build it before, "
        "and name it by its digest"},
    [DS_LINT_IMAGE_UNCLEAR] = {"image_unclear",
        "cannot tell which image this means: look at it, or write plain block "
        "style without anchors, merges and breaks"},
    [DS_LINT_PUBLIC_LOGS] = {"public_logs",
        "anyone may read what the containers log"},
    [DS_LINT_PUBLIC_SYSINFO] = {"public_sysinfo",
        "anyone may read the machine's load, memory and disks"},
    [DS_LINT_PUBLIC_TCBINFO] = {"public_tcbinfo",
        "anyone may read the measurements and this file, its scripts "
        "included"},
    [DS_LINT_NO_SECURE_TIME] = {"no_secure_time",
        "the clock is the host's at start: what has expired may look valid"},
    [DS_LINT_NO_INSTANCE_ID] = {"no_instance_id",
        "all instances share one disk key and cannot be told apart"},
    [DS_LINT_KEY_PROVIDER_NONE] = {"key_provider_none",
        "nobody keeps the app's keys: evidence tells of no key provider"},
    [DS_LINT_KEY_PROVIDER_ANY] = {"key_provider_any",
        "the host decides whose keys these are: give key_provider_id, or let "
        "the policy expect it"},
    [DS_LINT_KEY_PROVIDER_UNKNOWN] = {"key_provider_unknown",
        "none of kms, local, tpm, none"},
    [DS_LINT_ENV_SENDER] = {"env_sender",
        "whoever starts the machine may choose these variables; with "
        "requirements.launch_token_hash only who knows the token starts it"},
    [DS_LINT_ENV_NAME] = {"env_name",
        "no name of a variable: it allows nothing, patterns included"},
    [DS_LINT_RUNNER_BASH] = {"runner_bash",
        "the app is a script outside any container: the image's digests say "
        "nothing about it, and what it downloads is not measured"},
    [DS_LINT_RUNNER_UNKNOWN] = {"runner_unknown",
        "none of docker-compose, nerdctl-compose, bash"},
    [DS_LINT_SCRIPT] = {"script",
        "runs with all rights before the containers: it is part of what is "
        "measured, what it downloads is not"},
    [DS_LINT_REQUIREMENTS] = {"requirements_ignored",
        "guests that do not know requirements ignore them; a manifest_version "
        "of \"3\", as text, keeps such guests from starting this app"},
    [DS_LINT_GPU_UNATTESTED] = {"gpu_unattested",
        "GPUs are used without having been attested"},
    [DS_LINT_GPU_DEVTOOLS] = {"gpu_devtools",
        "developer tools may be on, which let the host look inside a GPU"},
    [DS_LINT_GPU_DEBUG] = {"gpu_debug", "GPUs may be in debug mode"},
    [DS_LINT_GPU_INSECURE_BOOT] = {"gpu_insecure_boot",
        "GPUs may have booted without secure boot"},
    [DS_LINT_TYPE] = {"member_type",
        "not of the type, or not one of the values, that guests expect: they "
        "refuse it, or take their default"},
    [DS_NOTE_MORE] = {"more", "there are more notes than are recorded"},
};

void
dstack_compose_notes_free(dstack_compose_notes *notes)
{
    if (!notes)
        return;
    for (size_t i = 0; i < notes->count; i++) {
        ds_free(notes->at[i].member);
        ds_free(notes->at[i].found);
    }
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

uint32_t
dstack_compose_notes_line(const dstack_compose_notes *notes, size_t index)
{
    return notes && index < notes->count ? notes->at[index].line : 0;
}

const char *
dstack_compose_notes_found(const dstack_compose_notes *notes, size_t index)
{
    return notes && index < notes->count ? notes->at[index].found : "";
}

dstack_compose_notes *
ds_compose_notes_new(void)
{
    return ds_calloc(1, sizeof(dstack_compose_notes));
}

/* Whole characters, as many as are shown. */
static ds_view
beginning(ds_view text)
{
    size_t n = 0, next;

    while (n < text.n && (next = ds_utf8_len(text.p + n, text.n - n)) != 0 &&
           n + next <= DS_NOTE_FOUND_MAX)
        n += next;
    return ds_view_of(text.p, n);
}

static bool
add(dstack_compose_notes *notes, int kind, ds_view member, uint32_t line,
    ds_view found)
{
    note *n;

    if (!notes || notes->count == DS_NOTES_MAX)
        return true;
    if (notes->count == DS_NOTES_MAX - 1) {
        kind = DS_NOTE_MORE;
        line = 0;
        member = found = ds_view_of("", 0);
    }
    found = beginning(found);
    n = &notes->at[notes->count];
    *n = (note){
        kind, line, ds_memdup(member.p, member.n), ds_memdup(found.p, found.n)};
    notes->count++; /* freed with the others */
    return n->member && n->found;
}

bool
ds_compose_note(dstack_compose_notes *notes, int kind, ds_view member)
{
    return add(notes, kind, member, 0, ds_view_of("", 0));
}

bool
ds_compose_note_at(dstack_compose_notes *notes, int kind, const char *member,
    uint32_t line, ds_view found)
{
    return add(notes, kind, ds_view_str(member), line, found);
}

/* ---- looking ------------------------------------------------------------------------ */

bool
ds_compose_knows(ds_view name)
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
        if (is_top && !ds_compose_knows(name) &&
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

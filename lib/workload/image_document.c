/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "codec/cbor.h"
#include "workload/image.h"

/* ---- the manifest -------------------------------------------------------------- */

/* The next line, without its end; false when there is none. */
static bool
next_line(ds_view *rest, ds_view *line)
{
    const uint8_t *end;

    if (rest->n == 0)
        return false;
    end = memchr(rest->p, '\n', rest->n);
    *line = ds_view_of(rest->p, end ? (size_t)(end - rest->p) : rest->n);
    *rest = ds_view_of(rest->p + line->n, rest->n - line->n);
    if (end)
        *rest = ds_view_of(rest->p + 1, rest->n - 1);
    return true;
}

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* The next word of a line; empty at its end. */
static ds_view
next_word(ds_view *line)
{
    size_t from = 0, to;

    while (from < line->n && is_blank(line->p[from]))
        from++;
    to = from;
    while (to < line->n && !is_blank(line->p[to]))
        to++;
    {
        ds_view word = ds_view_of(line->p + from, to - from);

        *line = ds_view_of(line->p + to, line->n - to);
        return word;
    }
}

/* A name may stand in a path: letters, digits and "._-", not first ".". */
static bool
is_file_name(ds_view v)
{
    if (v.n == 0 || v.n > DS_MAX_IMAGE_NAME || v.p[0] == '.')
        return false;
    for (size_t i = 0; i < v.n; i++) {
        uint8_t c = v.p[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

        if (!letter && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-')
            return false;
    }
    return true;
}

static int
fail_line(size_t number, const char *what, ds_view text, dstack_error *err)
{
    char quoted[40];

    return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_IMAGE,
        DSTACK_REASON_IMAGE_MANIFEST, "image: %s, line %zu: %s: %s",
        DS_IMAGE_MANIFEST, number, what, ds_err_quote(text, quoted));
}

static int
read_line(ds_view line, size_t number, ds_view *name, uint8_t digest[32],
    dstack_error *err)
{
    ds_view rest = line;
    ds_view hex = next_word(&rest);

    *name = next_word(&rest);
    if (hex.n != 64 || !ds_hex_decode(hex, digest, 32) ||
        next_word(&rest).n != 0)
        return fail_line(
            number, "not a SHA-256 digest in hex and a name", line, err);
    if (!is_file_name(*name))
        return fail_line(number, "not the name of a file", *name, err);
    return DSTACK_OK;
}

/* Every line; *found says whether one is for that name (NULL: none is). */
static int
read_lines(ds_view text, const char *name, uint8_t ret[32], bool *found,
    dstack_error *err)
{
    ds_view names[DS_MAX_IMAGE_FILES];
    ds_view rest = text, line;

    *found = false;
    if (text.n > DS_MAX_IMAGE_MANIFEST)
        return fail_line(0, "too large", ds_view_str(""), err);
    for (size_t n = 0; next_line(&rest, &line); n++) {
        uint8_t digest[32];

        if (n == DS_MAX_IMAGE_FILES)
            return fail_line(n + 1, "too many files", line, err);
        if (read_line(line, n + 1, &names[n], digest, err) != DSTACK_OK)
            return DSTACK_ERR_PARSE;
        for (size_t i = 0; i < n; i++)
            if (ds_view_eq(names[i], names[n]))
                return fail_line(n + 1, "a name twice", names[n], err);
        if (!name || !ds_view_eq_str(names[n], name))
            continue;
        *found = true;
        memcpy(ret, digest, sizeof digest);
    }
    return DSTACK_OK;
}

int
ds_image_manifest_find(
    ds_view text, const char *name, uint8_t ret[32], dstack_error *err)
{
    bool found;
    int rc = read_lines(text, name, ret, &found, err);

    if (rc == DSTACK_OK && !found)
        rc = ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_IMAGE,
            DSTACK_REASON_IMAGE_MANIFEST, "image: %s has no line for %s",
            DS_IMAGE_MANIFEST, name);
    return rc;
}

int
ds_image_manifest_check(ds_view text, dstack_error *err)
{
    bool found;

    return read_lines(text, NULL, NULL, &found, err);
}

ds_view
ds_image_manifest_name(ds_view text, size_t index)
{
    ds_view rest = text, line;

    while (next_line(&rest, &line))
        if (index-- == 0) {
            (void)next_word(&line);
            return next_word(&line);
        }
    return ds_view_of(NULL, 0);
}

/* ---- memory --------------------------------------------------------------------- */

/* Unsigned LEB128, in its shortest form. */
static uint64_t
read_leb128(ds_reader *r)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t b = ds_rd_u8(r);
        uint64_t part = b & 0x7f;

        if (r->bad || part << shift >> shift != part || (b == 0 && shift != 0))
            break;
        v |= part << shift;
        if (b < 0x80)
            return v;
    }
    r->bad = true;
    return 0;
}

/* A page's address; what would not fit into 64 bits is no address. */
static uint64_t
page_address(ds_reader *r, uint64_t base, uint64_t delta)
{
    uint64_t page = base + delta;

    if (page < base || page > UINT64_MAX / DS_PAGE) {
        r->bad = true;
        return 0;
    }
    return page * DS_PAGE;
}

bool
ds_td_layout_read(ds_view witness, ds_td_layout *ret)
{
    ds_reader r;
    uint64_t base, count;

    memset(ret, 0, sizeof *ret);
    ds_reader_init(&r, witness);
    base = read_leb128(&r);
    ret->base = page_address(&r, base, read_leb128(&r));
    count = read_leb128(&r);
    if (count == 0 || count > DS_MAX_TD_RANGES)
        return false;
    ret->count = (size_t)count;
    for (size_t i = 0; i < ret->count; i++) {
        ret->at[i].start = page_address(&r, base, read_leb128(&r));
        ret->at[i].length = page_address(&r, 0, read_leb128(&r));
    }
    return ds_rd_done(&r) && ds_td_layout_sort(ret);
}

bool
ds_td_layout_sort(ds_td_layout *layout)
{
    uint64_t end = 0;

    for (size_t i = 1; i < layout->count; i++)
        for (size_t k = i; k > 0; k--) {
            uint64_t start = layout->at[k].start;
            uint64_t length = layout->at[k].length;

            if (layout->at[k - 1].start <= start)
                break;
            layout->at[k] = layout->at[k - 1];
            layout->at[k - 1].start = start;
            layout->at[k - 1].length = length;
        }
    for (size_t i = 0; i < layout->count; i++) {
        if (layout->at[i].start < end || layout->at[i].length == 0 ||
            layout->at[i].length > UINT64_MAX - layout->at[i].start)
            return false;
        end = layout->at[i].start + layout->at[i].length;
    }
    return layout->count != 0;
}

/* ---- measurement.tdx.cbor --------------------------------------------------------- */

static void
read_digest(ds_cbor_at *at, uint8_t out[DS_MR_SIZE])
{
    ds_view v = ds_cbor_bytes(at, DS_MR_SIZE);

    memset(out, 0, DS_MR_SIZE);
    if (v.n == DS_MR_SIZE)
        memcpy(out, v.p, DS_MR_SIZE);
    else if (at->doc->fault == DS_FAULT_NONE) {
        at->doc->fault = DS_FAULT_LENGTH;
        at->doc->at = at->off;
    }
}

static void
read_image(ds_cbor_at *at, ds_image_parts *ret)
{
    static const char *const names[] = {
        "cmdline_sha384", "kernel_authenticode", "initrd_sha384"};
    ds_cbor_at f[3];

    ds_cbor_record(at, names, 3, f);
    read_digest(&f[0], ret->cmdline);
    read_digest(&f[1], ret->kernel);
    read_digest(&f[2], ret->initrd);
}

static void
read_firmware(
    ds_cbor_at *at, ds_image_parts *ret, ds_view *variant, ds_view *witness)
{
    static const char *const names[] = {"ovmf", "mrtd", "td_hob"};
    static const char *const passes[] = {"single_pass", "two_pass"};
    ds_cbor_at f[3], pass[2];

    ds_cbor_record(at, names, 3, f);
    *variant = ds_cbor_text(&f[0], DS_MAX_IMAGE_NAME);
    ds_cbor_record(&f[1], passes, 2, pass);
    read_digest(&pass[0], ret->mrtd[DS_PASS_SINGLE]);
    read_digest(&pass[1], ret->mrtd[DS_PASS_TWO]);
    *witness = ds_cbor_bytes(&f[2], DS_MAX_IMAGE_DOCUMENT);
}

static int
fail_document(const char *what, dstack_error *err)
{
    return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_IMAGE,
        DSTACK_REASON_IMAGE_DOCUMENT, "image: %s: %s", DS_IMAGE_DOCUMENT, what);
}

static int
fail_fault(const ds_cbor *c, dstack_error *err)
{
    char text[100];

    (void)snprintf(
        text, sizeof text, "%s, at byte %zu", ds_fault_text(c->fault), c->at);
    return fail_document(text, err);
}

int
ds_image_document_read(ds_view cbor, ds_image_parts *ret, dstack_error *err)
{
    static const char *const names[] = {"version", "image", "tdvf"};
    ds_view variant = {NULL, 0}, witness = {NULL, 0};
    ds_cbor c;
    ds_cbor_at root, f[3];
    uint64_t version = 0;

    memset(ret, 0, sizeof *ret);
    if (cbor.n > DS_MAX_IMAGE_DOCUMENT)
        return fail_document("larger than 64 KiB", err);
    if (ds_cbor_open(&c, cbor, &root)) {
        ds_cbor_record(&root, names, 3, f);
        version = ds_cbor_uint(&f[0], UINT64_MAX);
    }
    if (c.fault == DS_FAULT_NONE && version != 3)
        return ds_fail_reason(err, DSTACK_ERR_UNSUPPORTED, DSTACK_STAGE_IMAGE,
            DSTACK_REASON_IMAGE_UNSUPPORTED,
            "image: %s has version %llu; this library reads version 3",
            DS_IMAGE_DOCUMENT, (unsigned long long)version);
    if (c.fault == DS_FAULT_NONE) {
        read_image(&f[1], ret);
        read_firmware(&f[2], ret, &variant, &witness);
    }
    if (c.fault != DS_FAULT_NONE)
        return fail_fault(&c, err);
    if (!ds_view_eq_str(variant, DS_OVMF_VARIANT))
        return ds_image_fail_variant(variant, err);
    if (!ds_td_layout_read(witness, &ret->layout))
        return fail_document("td_hob does not describe accepted memory", err);
    return DSTACK_OK;
}

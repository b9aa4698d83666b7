/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/hash.h"
#include "workload/image.h"

/* Intel TDX Virtual Firmware Design Guide, section 11; EDK II's table of
 * GUIDs at the end of a flash image. */

#define GUID_SIZE 16u
#define ENTRY_TAIL (2 + GUID_SIZE)
/* The reset vector's code follows the table. */
#define TABLE_END 32u
#define SECTION_SIZE 32u

enum {
    SECTION_TD_HOB = 2,
    SECTION_TEMP_MEM = 3
};

#define ATTR_MR_EXTEND 1u
#define ATTR_PAGE_AUG 2u

#define RECORD 128u
#define CHUNK 256u

typedef struct {
    ds_view data; /* in the file; may be shorter than the memory */
    uint64_t address;
    uint64_t pages;
    uint32_t type;
    uint32_t attributes;
} section;

typedef struct {
    section at[DS_MAX_TD_RANGES];
    size_t count;
} tdvf;

static int
fail(dstack_error *err, const char *what)
{
    return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_IMAGE,
        DSTACK_REASON_IMAGE_FIRMWARE, "image: firmware: %s", what);
}

/* ---- where the metadata lies ---------------------------------------------------- */

/* The data of the entry that says so; empty when there is none. The table is
 * read from its end: data, u16 length of all three, GUID. */
static ds_view
find_entry(ds_view file)
{
    static const uint8_t footer[GUID_SIZE] = {0xde, 0x82, 0xb5, 0x96, 0xb2,
        0x1f, 0xf7, 0x45, 0xba, 0xea, 0xa3, 0x66, 0xc5, 0x5a, 0x08, 0x2d};
    static const uint8_t metadata[GUID_SIZE] = {0x35, 0x65, 0x7a, 0xe4, 0x4a,
        0x98, 0x98, 0x47, 0x86, 0x5e, 0x46, 0x85, 0xa7, 0xbf, 0x8e, 0xc2};
    const ds_view none = {NULL, 0};
    const uint8_t *end;
    size_t left;

    if (file.n < TABLE_END + ENTRY_TAIL)
        return none;
    end = file.p + file.n - TABLE_END - GUID_SIZE;
    left = ds_le16(end - 2);
    if (memcmp(end, footer, GUID_SIZE) != 0 || left < ENTRY_TAIL ||
        left > file.n - TABLE_END)
        return none;
    end -= 2;
    left -= ENTRY_TAIL;
    while (left >= ENTRY_TAIL) {
        size_t n = ds_le16(end - ENTRY_TAIL);

        if (n < ENTRY_TAIL || n > left)
            return none;
        if (memcmp(end - GUID_SIZE, metadata, GUID_SIZE) == 0)
            return ds_view_of(end - n, n - ENTRY_TAIL);
        end -= n;
        left -= n;
    }
    return none;
}

static const char *
read_section(ds_view file, ds_reader *r, section *s)
{
    uint32_t offset = ds_rd_u32le(r), raw = ds_rd_u32le(r);
    uint64_t size;

    s->address = ds_rd_u64le(r);
    size = ds_rd_u64le(r);
    s->type = ds_rd_u32le(r);
    s->attributes = ds_rd_u32le(r);
    s->pages = size / DS_PAGE;
    if (r->bad)
        return "its metadata ends early";
    if (s->address % DS_PAGE != 0 || size % DS_PAGE != 0)
        return "a section is not made of pages";
    if (size > UINT64_MAX - s->address)
        return "a section passes the end of the address space";
    if (raw > size)
        return "a section has more data than memory";
    if (offset > file.n || raw > file.n - offset)
        return "a section's data is not in the file";
    s->data = ds_view_of(file.p + offset, raw);
    return NULL;
}

static int
read_metadata(ds_view file, tdvf *ret, dstack_error *err)
{
    ds_view entry = find_entry(file), all;
    ds_reader r;
    uint32_t back, length, version, count;
    uint64_t pages = 0;

    if (entry.n < 4)
        return fail(err, "no TDX metadata: not built for TDX, or not whole");
    back = ds_le32(entry.p + entry.n - 4);
    if (back > file.n)
        return fail(err, "its metadata is not in the file");
    all = ds_view_of(file.p + (file.n - back), back);
    ds_reader_init(&r, all);
    if (!ds_view_eq_str(ds_rd_view(&r, 4), "TDVF"))
        return fail(err, "no \"TDVF\" where its metadata should be");
    length = ds_rd_u32le(&r);
    version = ds_rd_u32le(&r);
    count = ds_rd_u32le(&r);
    if (r.bad || version != 1)
        return fail(err, "its metadata has another version than 1");
    if (count == 0 || count > DS_MAX_TD_RANGES ||
        length < 16 + SECTION_SIZE * count)
        return fail(err, "its metadata has no, or too many, sections");
    for (ret->count = 0; ret->count < count; ret->count++) {
        section *s = &ret->at[ret->count];
        const char *wrong = read_section(file, &r, s);

        if (wrong)
            return fail(err, wrong);
        /* Pages that leave no record cost nothing. */
        if ((s->attributes & ATTR_PAGE_AUG) == 0 ||
            (s->attributes & ATTR_MR_EXTEND) != 0) {
            if (s->pages > DS_MAX_TD_PAGES - pages)
                return fail(err, "more than 32 MiB of memory to measure");
            pages += s->pages;
        }
    }
    return DSTACK_OK;
}

/* ---- MRTD -------------------------------------------------------------------------- */

static void
put_record(ds_buf *b, const char *name, uint64_t address)
{
    uint8_t record[RECORD] = {0};

    memcpy(record, name, strlen(name));
    for (unsigned i = 0; i < 8; i++)
        record[16 + i] = (uint8_t)(address >> 8 * i);
    ds_buf_add(b, record, sizeof record);
}

static void
put_page(ds_buf *b, const section *s, uint64_t page)
{
    if ((s->attributes & ATTR_PAGE_AUG) == 0)
        put_record(b, "MEM.PAGE.ADD", s->address + page * DS_PAGE);
}

/* What is behind a section's data is zero. */
static void
put_content(ds_buf *b, const section *s, uint64_t page)
{
    static const uint8_t zeros[CHUNK];

    if ((s->attributes & ATTR_MR_EXTEND) == 0)
        return;
    for (uint64_t at = page * DS_PAGE; at < (page + 1) * DS_PAGE; at += CHUNK) {
        size_t have = at < s->data.n ? s->data.n - (size_t)at : 0;

        if (have > CHUNK)
            have = CHUNK;
        put_record(b, "MR.EXTEND", s->address + at);
        if (have != 0)
            ds_buf_add(b, s->data.p + at, have);
        ds_buf_add(b, zeros, CHUNK - have);
    }
}

static int
measure(const tdvf *t, int pass, uint8_t ret[DS_MR_SIZE], dstack_error *err)
{
    ds_buf b;
    int rc = DSTACK_OK;

    ds_buf_init(&b, (size_t)DS_MAX_TD_PAGES *
                        (RECORD + DS_PAGE / CHUNK * (RECORD + CHUNK)));
    for (size_t i = 0; i < t->count; i++) {
        const section *s = &t->at[i];

        /* Memory that the guest accepts itself is no part of the launch. */
        if ((s->attributes & (ATTR_PAGE_AUG | ATTR_MR_EXTEND)) == ATTR_PAGE_AUG)
            continue;
        for (uint64_t page = 0; page < s->pages; page++) {
            put_page(&b, s, page);
            if (pass == DS_PASS_SINGLE)
                put_content(&b, s, page);
        }
        for (uint64_t page = 0; pass == DS_PASS_TWO && page < s->pages; page++)
            put_content(&b, s, page);
    }
    if (b.nomem)
        rc = ds_fail_nomem(err);
    else if (b.bad || !ds_hash(DS_SHA384, ds_view_of(b.p, b.n),
                          ds_view_of(NULL, 0), ret))
        rc = ds_fail(err, DSTACK_ERR_INTERNAL, "image: hashing failed");
    ds_buf_free(&b);
    return rc;
}

/* ---- all of it ------------------------------------------------------------------------ */

static bool
read_layout(const tdvf *t, ds_td_layout *ret)
{
    size_t blocks = 0;

    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < t->count; i++) {
        const section *s = &t->at[i];

        if (s->type != SECTION_TD_HOB && s->type != SECTION_TEMP_MEM)
            continue;
        if (s->type == SECTION_TD_HOB) {
            ret->base = s->address;
            blocks++;
        }
        ret->at[ret->count].start = s->address;
        ret->at[ret->count++].length = s->pages * DS_PAGE;
    }
    return blocks == 1 && ds_td_layout_sort(ret);
}

int
ds_tdvf_read(ds_view firmware, ds_image_parts *ret, dstack_error *err)
{
    tdvf t = {0};
    int rc = read_metadata(firmware, &t, err);

    if (rc == DSTACK_OK && !read_layout(&t, &ret->layout))
        rc = fail(err, "no hand-off block, or memory that overlaps");
    for (int pass = 0; rc == DSTACK_OK && pass < DS_PASS_COUNT; pass++)
        rc = measure(&t, pass, ret->mrtd[pass], err);
    return rc;
}

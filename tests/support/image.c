/* SPDX-License-Identifier: Apache-2.0 */
#include "support/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "support/vec.h"

const char image_document_sha256[] =
    "8c9e955f0b577cc8945a891a34ccfa5b8e08bb5e5d249992603e64dd14870e3c";
const char image_hash[] =
    "e6f5cfec20c02e7b97baa213d0f718020b55e040172d90ccbcb946d56c8b09db";
const char *const image_rtmr[3] = {
    "f8438db36b96f85d8752ff7f24a89ec05c79ec9eda2ba732"
    "c897fb970ca429365b7471b1c054cb84f17b1c2b23ba6640",
    "2023546e7f3b9d1228e274f70c44d481162540f845254452"
    "0a796a52f06879709b81a824a26792a7822327504b0d2aee",
    "4c1b739ed451a637b0f82642e48a5ea83925d23633c72e73"
    "85c8e9aca4175e133ed1625b7d92eb39edf509c27ff392dc"};

void
image_begin(image_evidence *e, forge *f)
{
    static const image_evidence start = {
        .version = 3,
        .ovmf = DS_OVMF_VARIANT,
        .witness = "80100904000609020b021010",
        .cmdline = "786280842b7364287a3a70d96f7e309252857beb45fb1f91"
                   "314a2ea863db0adc04c8431ecbf29a966405604631a5aab8",
        .kernel = "ac7e632dcf5cd2a1fe5c1f41f4d9b8219570e64ed3c61038"
                  "fdbf25404e6f542ffd57f276bc5076307efaf882e6d64177",
        .initrd = "4fe4f7710134a61d7def357add6ac50bdbfeee5032a4c100"
                  "375e207216ffe42a3bd5822b24e679f91501fff795b81521",
        .single = "a6f2ac9451810686a4db259fe8fa5438dc4a58bda9fd2f5b"
                  "1fb0928335705500d29a15c92387416a2f52dddce99c83f8",
        .two = "fd685522ce791dfef67414614eb07d03fc07a32c5a66f362"
               "88b329dab92b724b1564c73d436ffb9ea84488c51ac5a1c5",
        .more = "",
        .cpus = "2",
        .memory = "2147483648",
        .qemu = "8.2.2",
        .variant = "lite",
        .members = "",
        .acpi = {"095d04cf26fe03aef6e3561fa24c1aa1cea93f4aeaf563b1"
                 "f9f7616184c53454875925759434769cec2490acb563a337",
            "8d9a4d4777a1bc77ecd9d8d37a4628129a80052a51032015"
            "9a20a923bd07a0e90d8d1f2e1ebf088992b25f0d0fa672ef",
            "3070721e169bc41884724cb0e6b3082e1baf249083d8b389"
            "181ba50b9afa951057876c380b8870e8c2facf2eff67a2b6"},
        .names = {"acpi-loader", "acpi-rsdp", "acpi-tables"},
    };

    *e = start;
    workload_begin(&e->w, f);
    e->w.as_json = true;
    e->w.keep_rtmr = true;
    ds_buf_init(&e->document, SIZE_MAX);
    ds_buf_init(&e->config, SIZE_MAX);
    assert_true(ds_hex_decode(ds_view_str(e->two), f->quote.td.mr_td, 48));
    for (size_t i = 0; i < 3; i++)
        assert_true(
            ds_hex_decode(ds_view_str(image_rtmr[i]), f->quote.td.rtmr[i], 48));
    assert_true(
        ds_hex_decode(ds_view_str(workload_rtmr3), f->quote.td.rtmr[3], 48));
    memcpy(e->w.a.report_data, f->quote.td.report_data, 64);
}

/* ---- the document ------------------------------------------------------------- */

static void
put_key(ds_buf *b, const char *key)
{
    ds_buf_add_u8(b, (uint8_t)(0x60 | strlen(key)));
    ds_buf_add_str(b, key);
}

static void
put_bytes(ds_buf *b, const char *key, const char *hex)
{
    size_t n = strlen(hex) / 2;

    put_key(b, key);
    if (n < 24) {
        ds_buf_add_u8(b, (uint8_t)(0x40 | n));
    } else {
        ds_buf_add_u8(b, 0x58);
        ds_buf_add_u8(b, (uint8_t)n);
    }
    assert_true(ds_hex_decode_buf(ds_view_str(hex), b));
}

void
image_write_document(image_evidence *e)
{
    ds_buf *b = &e->document;

    ds_buf_cut(b, 0);
    ds_buf_add_u8(b, 0xa3);
    put_key(b, "version");
    ds_buf_add_u8(b, (uint8_t)e->version);
    put_key(b, "image");
    ds_buf_add_u8(b, 0xa3);
    put_bytes(b, "cmdline_sha384", e->cmdline);
    put_bytes(b, "kernel_authenticode", e->kernel);
    put_bytes(b, "initrd_sha384", e->initrd);
    put_key(b, "tdvf");
    ds_buf_add_u8(b, 0xa3);
    put_key(b, "ovmf");
    put_key(b, e->ovmf);
    put_key(b, "mrtd");
    ds_buf_add_u8(b, 0xa2);
    put_bytes(b, "single_pass", e->single);
    put_bytes(b, "two_pass", e->two);
    put_bytes(b, "td_hob", e->witness);
    assert_true(ds_hex_decode_buf(ds_view_str(e->more), b));
}

/* ---- vm_config ------------------------------------------------------------------ */

static void
sha256_hex(ds_view v, char out[65])
{
    uint8_t digest[32];

    assert_true(ds_hash(DS_SHA256, v, ds_view_of(NULL, 0), digest));
    ds_hex_encode(ds_view_of(digest, 32), out);
}

static void
put_member(ds_buf *b, const char *name, const char *quote, const char *value)
{
    if (!value)
        return;
    ds_buf_add_str(b, ",\"");
    ds_buf_add_str(b, name);
    ds_buf_add_str(b, "\":");
    ds_buf_add_str(b, quote);
    ds_buf_add_str(b, value);
    ds_buf_add_str(b, quote);
}

static void
put_base64(ds_buf *b, const char *name, ds_view v)
{
    ds_buf_add_str(b, name);
    ds_base64_encode(v, b);
    ds_buf_add_str(b, "\"");
}

static void
write_config(image_evidence *e)
{
    ds_buf *b = &e->config;
    char manifest[128], hash[65];
    const char *text = e->manifest;

    if (!text) {
        sha256_hex(ds_view_of(e->document.p, e->document.n), hash);
        (void)snprintf(
            manifest, sizeof manifest, "%s  measurement.tdx.cbor\n", hash);
        text = manifest;
    }
    sha256_hex(ds_view_str(text), hash);
    ds_buf_cut(b, 0);
    ds_buf_add_str(b, "{\"spec_version\":1");
    put_member(
        b, "os_image_hash", "\"", e->os_image_hash ? e->os_image_hash : hash);
    put_member(b, "cpu_count", "", e->cpus);
    put_member(b, "memory_size", "", e->memory);
    put_member(b, "qemu_version", "\"", e->qemu);
    put_member(b, "tdx_attestation_variant", "\"", e->variant);
    ds_buf_add_str(b, e->members);
    if (!e->no_document) {
        put_base64(b, ",\"tdx_measurement\":{\"measurement\":\"",
            ds_view_of(e->document.p, e->document.n));
        put_base64(b, ",\"checksum_file\":\"", ds_view_str(text));
        ds_buf_add_str(b, "}");
    }
    ds_buf_add_str(b, "}");
    e->w.a.config = ds_view_of(b->p, b->n);
}

void
image_build(image_evidence *e)
{
    for (size_t i = 0; i < 3; i++) {
        if (e->acpi[i])
            e->w.events[i].digest = forge_hex(e->w.f, e->acpi[i]);
        if (e->names[i])
            e->w.events[i].name = ds_view_str(e->names[i]);
    }
    image_write_document(e);
    write_config(e);
    workload_build(&e->w);
}

void
image_end(image_evidence *e)
{
    workload_end(&e->w);
    ds_buf_free(&e->document);
    ds_buf_free(&e->config);
}

/* ---- a release -------------------------------------------------------------------- */

#define INITRD_SIZE 5000000u

static void
add_line(image_release *r, ds_view file, const char *name)
{
    char line[160], hex[65];

    sha256_hex(file, hex);
    (void)snprintf(line, sizeof line, "%s  %s\n", hex, name);
    strcat(r->manifest, line);
}

void
image_release_list(image_release *r)
{
    r->manifest[0] = 0;
    add_line(r, r->firmware, "ovmf.fd");
    add_line(r, r->kernel, "bzImage");
    add_line(r, r->initrd, "initramfs.cpio.gz");
    if (r->metadata)
        add_line(r, ds_view_str(r->metadata), "metadata.json");
    add_line(r, ds_view_str("other"), "other.txt");
    if (r->document) {
        strcat(r->manifest, r->document);
        strcat(r->manifest, "  measurement.tdx.cbor\n");
    }
    sha256_hex(ds_view_str(r->manifest), r->hash);
}

static void
expect_registers(image_release *r, const char *kernel)
{
    /* UTF-16 of "console=ttyS0 initrd=initrd" and a NUL. */
    static const char cmdline[] = "console=ttyS0 initrd=initrd";
    static const char *const acpi[] = {
        "095d04cf26fe03aef6e3561fa24c1aa1cea93f4aeaf563b1"
        "f9f7616184c53454875925759434769cec2490acb563a337",
        "8d9a4d4777a1bc77ecd9d8d37a4628129a80052a51032015"
        "9a20a923bd07a0e90d8d1f2e1ebf088992b25f0d0fa672ef",
        "3070721e169bc41884724cb0e6b3082e1baf249083d8b389"
        "181ba50b9afa951057876c380b8870e8c2facf2eff67a2b6"};
    uint8_t wide[2 * sizeof cmdline] = {0}, hob[48], a[48], b[48];
    ds_acpi_digests d;

    for (size_t i = 0; i < sizeof cmdline; i++)
        wide[2 * i] = (uint8_t)cmdline[i];
    assert_true(ds_hash(
        DS_SHA384, ds_view_of(wide, sizeof wide), ds_view_of(NULL, 0), a));
    assert_true(ds_hash(DS_SHA384, r->initrd, ds_view_of(NULL, 0), b));
    assert_true(ds_rtmr2(a, b, r->rtmr[2]));
    assert_true(ds_hex_decode(ds_view_str(kernel), a, 48));
    assert_true(ds_rtmr1(a, r->rtmr[1]));
    assert_true(ds_hex_decode(ds_view_str(acpi[0]), d.loader, 48));
    assert_true(ds_hex_decode(ds_view_str(acpi[1]), d.rsdp, 48));
    assert_true(ds_hex_decode(ds_view_str(acpi[2]), d.tables, 48));
    /* The firmware of image.vec accepts what every dstack firmware does. */
    assert_true(ds_hex_decode(
        ds_view_str("0b8772e5b0b41b83e6044a68397e02f49fb47066b4fbe491"
                    "7ea2c45c64f323fdacbb37948f821ebaf8bc9c938ba8a749"),
        hob, 48));
    assert_true(ds_rtmr0(hob, &d, r->rtmr[0]));
}

void
image_release_begin(image_release *r)
{
    char kernel[97] = "";
    uint8_t *zeros = calloc(1, INITRD_SIZE);
    vec v;
    int n;

    memset(r, 0, sizeof *r);
    assert_non_null(zeros);
    r->initrd = ds_view_of(zeros, INITRD_SIZE);
    r->metadata = "{\"bios\":\"ovmf.fd\",\"kernel\":\"bzImage\","
                  "\"cmdline\":\"console=ttyS0\","
                  "\"initrd\":\"initramfs.cpio.gz\",\"version\":\"0.6.0\","
                  "\"is_dev\":false,\"ovmf_variant\":\"pre202505\"}";
    vec_open(&v, "image.vec");
    while ((n = vec_next(&v)) != 0) {
        if (n == 5 && !r->firmware.p) {
            r->firmware = vec_bytes(v.word[2]);
            for (int i = 0; i < DS_PASS_COUNT; i++)
                assert_true(
                    ds_hex_decode(ds_view_str(v.word[3 + i]), r->mr_td[i], 48));
        }
        if (n == 6 && !r->kernel.p) {
            r->kernel = vec_bytes(v.word[2]);
            strcpy(kernel, v.word[5]);
        }
    }
    vec_close(&v);
    expect_registers(r, kernel);
    image_release_list(r);
}

dstack_image *
image_release_open(const image_release *r, const char *files)
{
    const struct {
        char letter;
        const char *name;
        ds_view data;
    } all[] = {{'f', "ovmf.fd", r->firmware}, {'k', "bzImage", r->kernel},
        {'i', "initramfs.cpio.gz", r->initrd}};
    dstack_image *image;
    dstack_error err;

    if (dstack_image_new((const uint8_t *)r->manifest, strlen(r->manifest),
            (const uint8_t *)r->metadata, r->metadata ? strlen(r->metadata) : 0,
            &image, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < 3; i++)
        if (strchr(files, all[i].letter) &&
            dstack_image_add_file(image, all[i].name, all[i].data.p,
                all[i].data.n, &err) != DSTACK_OK)
            fail_msg("%s", err.message);
    return image;
}

void
image_release_end(image_release *r)
{
    vec_free(r->firmware);
    vec_free(r->kernel);
    vec_free(r->initrd);
}

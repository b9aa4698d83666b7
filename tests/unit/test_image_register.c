/* SPDX-License-Identifier: Apache-2.0 */
/* What a booted image leaves in the registers, against real quotes: the
 * hand-off block for nine sizes of memory, the registers of two machines,
 * ACPI blobs of four. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "support/vec.h"
#include "workload/image.h"

#define GIB (UINT64_C(1) << 30)

/* Of every firmware that was seen: 0x800000, the block at 0x809000. */
static const char witness[] = "80100904000609020b021010";

static const struct {
    unsigned gib;
    const char *digest;
} hobs[] = {
    {1, "1055c9b9a1fc534e688560e2304e18c8597b7261818cf61f"
        "b163d40c130547309b750575947a4dcaedbdce4b8d0535f2"},
    {2, "0b8772e5b0b41b83e6044a68397e02f49fb47066b4fbe491"
        "7ea2c45c64f323fdacbb37948f821ebaf8bc9c938ba8a749"},
    {3, "798f84285da30f6c295fbb73e3c093cf13164b6ad9d547a1"
        "23b8d4d305f87a027caaba88e4cfd684ed7b424f37811a2e"},
    {4, "5b684faf8d02a733945f821d9cdd170802e72103977acf66"
        "949c9382500283adc90cbec57f8e7653f8bee1cab83689de"},
    {8, "2e070cda358b5aa00f27cca25c47381bb564f4be3a84d059"
        "805a73cbbde764ed8341f7e09915b5e7b370f9c08a743fbd"},
    {16, "cd2312a0d87ef3c4a928df87088969a80b33d7bf3fc584bd"
         "de637b09ed808a8d821a56b78a13a6eb506db7578444abbe"},
    {32, "5fe4f9ee465a361d077a6892f6bc4d19a82b272fea2e3c2c"
         "1ef9c33b4d9050115fca0c6dc7a7f68f91c623de38c48226"},
    {64, "8ae1e425351df7992c444586eff99d35af3b779aa2b0e981"
         "cb4b73bc5b279f2ade19b6a62a203fc3c3bbdaae80af596d"},
    {128, "6de3065bc65fbb7c276ce585eb0bcad5e8bd57065d3a0db4"
          "c376f7c8960066759ea388f52a95f4a653469cf353b2fef1"},
};

/* Two machines: QEMU 8.2.2 and 9.2.1; digests from their event logs, the
 * registers from their quotes. */
static const struct {
    unsigned gib;
    uint32_t cpus;
    ds_acpi_shape shape;
    const char *loader, *rsdp, *tables, *kernel, *cmdline, *initrd;
    const char *rtmr[3];
} machines[] = {
    {2, 2, {0x22e3, 238},
        "095d04cf26fe03aef6e3561fa24c1aa1cea93f4aeaf563b1"
        "f9f7616184c53454875925759434769cec2490acb563a337",
        "8d9a4d4777a1bc77ecd9d8d37a4628129a80052a51032015"
        "9a20a923bd07a0e90d8d1f2e1ebf088992b25f0d0fa672ef",
        "3070721e169bc41884724cb0e6b3082e1baf249083d8b389"
        "181ba50b9afa951057876c380b8870e8c2facf2eff67a2b6",
        "ac7e632dcf5cd2a1fe5c1f41f4d9b8219570e64ed3c61038"
        "fdbf25404e6f542ffd57f276bc5076307efaf882e6d64177",
        "786280842b7364287a3a70d96f7e309252857beb45fb1f91"
        "314a2ea863db0adc04c8431ecbf29a966405604631a5aab8",
        "4fe4f7710134a61d7def357add6ac50bdbfeee5032a4c100"
        "375e207216ffe42a3bd5822b24e679f91501fff795b81521",
        {"f8438db36b96f85d8752ff7f24a89ec05c79ec9eda2ba732"
         "c897fb970ca429365b7471b1c054cb84f17b1c2b23ba6640",
            "2023546e7f3b9d1228e274f70c44d481162540f845254452"
            "0a796a52f06879709b81a824a26792a7822327504b0d2aee",
            "4c1b739ed451a637b0f82642e48a5ea83925d23633c72e73"
            "85c8e9aca4175e133ed1625b7d92eb39edf509c27ff392dc"}},
    {64, 16, {0x2612, 240},
        "2065dd48d647e4377db277ba203526901a17845e93e0df4c"
        "2dfc3ce136e0910324ead1e1c86b8d90c2acdf9c85ffac53",
        "772b0169c66b52e4453fff9e3c6257635ea950ebcc8edd7e"
        "f2e2f8241cf6a155f39df01a7c7a194b6bc0abe5de11861d",
        "abfb2256644b5786eefdcb92303d2008c36cb9500d98997e"
        "215ef5080745d4bf2e5b3629090918e193e7f05b173d48c5",
        "0761fbfa317a42d8edbe9e404178d102adc059cface98c5e"
        "07d1d535371c145c3497fd2a19b8398568b8c8a6f95e0a86",
        "4027cb4ec64dbc24b6d98d9470daeefc749bbb6a9b011762"
        "d215f6ed3eb833d58fd72d9ad850958f72878182e6f61924",
        "63e06e29cf98f2fce71abd3a9629dff48457b47c010b64e1"
        "1f7a2b42dd99bfa14ee35660b3f5d3fc376261d6ba9a6d6b",
        {"2e3843265f8ecdd4e2282694747f6f2f111605c33f2a8882"
         "f5734ee6f3a6ce63d8f34aeef06093dcda76fa5f9d33d8d6",
            "a1b79d76021970f57c45c4a7c395f780bab37011a4df27fe"
            "44e8559bd1abb4d6e52f12f866d1d08405448eb797a5970f",
            "1e31b59d605df7ee8160cf7966be9bafa6d0e1905de7e096"
            "95a24cd9748e71a603a51fae1297619fa0c30517addbcd07"}},
};

static void
from_hex(const char *hex, uint8_t out[DS_MR_SIZE])
{
    assert_true(ds_hex_decode(ds_view_str(hex), out, DS_MR_SIZE));
}

static void
assert_digest(const uint8_t have[DS_MR_SIZE], const char *want)
{
    char text[2 * DS_MR_SIZE + 1];

    ds_hex_encode(ds_view_of(have, DS_MR_SIZE), text);
    assert_string_equal(text, want);
}

static ds_td_layout
layout_of(const char *hex)
{
    ds_view in = vec_bytes(hex);
    ds_td_layout layout;

    assert_true(ds_td_layout_read(in, &layout));
    vec_free(in);
    return layout;
}

static void
test_witness(void **state)
{
    static const struct {
        uint64_t start, length;
    } want[] = {{0x800000, 0x6000}, {0x809000, 0x2000}, {0x80b000, 0x2000},
        {0x810000, 0x10000}};
    ds_td_layout layout = layout_of(witness);

    (void)state;
    assert_int_equal(layout.base, 0x809000);
    assert_int_equal(layout.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(layout.at[i].start, want[i].start);
        assert_int_equal(layout.at[i].length, want[i].length);
    }
}

static void
test_witness_refused(void **state)
{
    static const char *const cases[] = {
        "-",
        "80",
        "801009",
        /* no range; one more than there is; one less */
        "80100900",
        "80100905000609020b021010",
        "80100903000609020b021010",
        /* 33 ranges are promised */
        "80100921",
        /* a number longer than it needs to be; longer than 64 bits */
        "8010090100860009020b0210",
        "808080808080808080800209010006",
        "8080808080808080808080010901000006",
        /* an empty range; two that overlap; past 2^64 */
        "8010090100"
        "00",
        "80100902000a0906",
        "80100901808080808080808001"
        "06",
        "8010090100"
        "80808080808080808001",
        "ffffffffffffffffff01010100"
        "01",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ds_view in = vec_bytes(cases[i]);
        ds_td_layout layout;

        if (ds_td_layout_read(in, &layout))
            fail_msg("accepted: %s", cases[i]);
        vec_free(in);
    }
}

static void
test_layout_sorted(void **state)
{
    ds_td_layout a = layout_of("801009040b0209021010"
                               "0006");
    ds_td_layout b = layout_of(witness);

    (void)state;
    assert_memory_equal(&a, &b, sizeof a);
}

static void
test_hob(void **state)
{
    ds_td_layout layout = layout_of(witness);
    uint8_t digest[DS_MR_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof hobs / sizeof *hobs; i++) {
        assert_true(ds_td_hob_digest(&layout, hobs[i].gib * GIB, digest));
        assert_digest(digest, hobs[i].digest);
    }
    /* Where the accepted ranges do not fit, there is no block. */
    assert_true(ds_td_hob_digest(&layout, 0x821000, digest));
    assert_false(ds_td_hob_digest(&layout, 0x820000, digest));
    assert_false(ds_td_hob_digest(&layout, 0x1000, digest));
    layout.at[3].start = 0x7fff8000;
    assert_false(ds_td_hob_digest(&layout, 4 * GIB, digest));
}

/* 440 bytes for 2 GiB, 488 for 4: one range more. The end that the block
 * names says so; with the length wrong the digest would be as well. */
static void
test_hob_bytes(void **state)
{
    static const uint64_t ranges[][3] = {{7, 0, 0x800000},
        {0, 0x800000, 0x6000}, {7, 0x806000, 0x3000}, {0, 0x809000, 0x2000},
        {0, 0x80b000, 0x2000}, {7, 0x80d000, 0x3000}, {0, 0x810000, 0x10000},
        {7, 0x820000, 0x7f7e0000}, {7, 0x100000000, 0x80000000}};
    ds_td_layout layout = layout_of(witness);
    uint8_t block[488] = {1, 0, 56, 0, 0, 0, 0, 0, 9}, want[48], have[48];

    (void)state;
    for (unsigned n = 8; n <= 9; n++) {
        size_t size = 56 + 48 * n;
        uint64_t end = 0x809000 + size + 8;

        assert_int_equal(size, n == 8 ? 440 : 488);
        memcpy(block + 48, &end, 8);
        for (unsigned i = 0; i < n; i++) {
            uint8_t *p = block + 56 + 48 * i;

            p[0] = 3;
            p[2] = 48;
            memcpy(p + 24, &ranges[i][0], 4);
            p[28] = 7;
            memcpy(p + 32, &ranges[i][1], 16);
        }
        assert_true(ds_hash(
            DS_SHA384, ds_view_of(block, size), ds_view_of(NULL, 0), want));
        assert_true(ds_td_hob_digest(&layout, (n - 7) * 2 * GIB, have));
        assert_memory_equal(want, have, 48);
    }
}

static void
test_registers(void **state)
{
    ds_td_layout layout = layout_of(witness);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t hob[48], kernel[48], cmdline[48], initrd[48], value[48];
        ds_acpi_digests acpi;

        from_hex(machines[i].loader, acpi.loader);
        from_hex(machines[i].rsdp, acpi.rsdp);
        from_hex(machines[i].tables, acpi.tables);
        from_hex(machines[i].kernel, kernel);
        from_hex(machines[i].cmdline, cmdline);
        from_hex(machines[i].initrd, initrd);
        assert_true(ds_td_hob_digest(&layout, machines[i].gib * GIB, hob));
        assert_true(ds_rtmr0(hob, &acpi, value));
        assert_digest(value, machines[i].rtmr[0]);
        assert_true(ds_rtmr1(kernel, value));
        assert_digest(value, machines[i].rtmr[1]);
        assert_true(ds_rtmr2(cmdline, initrd, value));
        assert_digest(value, machines[i].rtmr[2]);
    }
}

static void
test_acpi_layout(void **state)
{
    /* The first four bytes are known of two more machines. */
    static const struct {
        ds_acpi_shape shape;
        const char *rsdp, *loader;
    } more[] = {{{0x2277, 230}, "6bc203b3", "68cd7931"},
        {{0x2518, 286}, "b3a62232", "6dae1517"}};
    ds_acpi_digests d;
    uint8_t start[4];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_true(ds_acpi_layout_digests(&machines[i].shape, &d));
        assert_digest(d.rsdp, machines[i].rsdp);
        assert_digest(d.loader, machines[i].loader);
        assert_true(ds_acpi_layout_digests(&more[i].shape, &d));
        assert_true(ds_hex_decode(ds_view_str(more[i].rsdp), start, 4));
        assert_memory_equal(start, d.rsdp, 4);
        assert_true(ds_hex_decode(ds_view_str(more[i].loader), start, 4));
        assert_memory_equal(start, d.loader, 4);
    }
    /* No room for what comes before the last table. */
    assert_false(ds_acpi_layout_digests(&(ds_acpi_shape){0x282, 230}, &d));
}

static void
test_acpi_search(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint32_t cpus = machines[i].cpus;
        ds_acpi_digests d = {{0}, {0}, {0}};

        from_hex(machines[i].rsdp, d.rsdp);
        from_hex(machines[i].loader, d.loader);
        assert_true(ds_acpi_layout_known(&d, cpus));
        /* So the number of CPUs is bound. */
        assert_false(ds_acpi_layout_known(&d, cpus + 1));
        assert_false(ds_acpi_layout_known(&d, cpus - 1));
        assert_false(ds_acpi_layout_known(&d, 256));
        assert_false(ds_acpi_layout_known(&d, UINT32_MAX));
        d.loader[47] ^= 1;
        assert_false(ds_acpi_layout_known(&d, cpus));
        d.loader[47] ^= 1;
        d.rsdp[0] ^= 1;
        assert_false(ds_acpi_layout_known(&d, cpus));
    }
}

/* ---- tables that the test makes ------------------------------------------------- */

typedef struct {
    uint8_t p[0x3000];
    size_t n;
} blob;

static void
put_table(blob *b, const char *name, uint32_t length)
{
    memcpy(b->p + b->n, name, 4);
    for (unsigned i = 0; i < 4; i++)
        b->p[b->n + 4 + i] = (uint8_t)(length >> 8 * i);
    b->n += length;
}

/* With a DSDT that puts the RSDT where the first machine has it. */
static void
make_tables(blob *b)
{
    memset(b, 0, sizeof *b);
    put_table(b, "FACS", 64);
    put_table(b, "DSDT", 0x22e3 - 64 - 244 - 238 - 60 - 40);
    put_table(b, "FACP", 244);
    for (uint8_t i = 0; i < 2; i++) {
        uint8_t *cpu = b->p + b->n + 44 + 8 * i;

        cpu[1] = 8;
        cpu[2] = cpu[3] = i;
        cpu[4] = 1;
    }
    /* What stands behind the CPUs: one entry of the rest's length. */
    b->p[b->n + 60] = 2;
    b->p[b->n + 61] = 178;
    put_table(b, "APIC", 238);
    put_table(b, "MCFG", 60);
    put_table(b, "WAET", 40);
    put_table(b, "RSDT", 52);
    b->n = 0x3000;
}

static void
test_acpi_tables(void **state)
{
    blob *b = calloc(1, sizeof *b);
    ds_acpi_digests d;
    uint8_t want[48];
    uint32_t cpus;
    dstack_error err;

    (void)state;
    assert_non_null(b);
    make_tables(b);
    assert_int_equal(
        ds_acpi_tables_read(ds_view_of(b->p, b->n), &d, &cpus, &err), 0);
    assert_int_equal(cpus, 2);
    assert_digest(d.rsdp, machines[0].rsdp);
    assert_digest(d.loader, machines[0].loader);
    assert_true(
        ds_hash(DS_SHA384, ds_view_of(b->p, b->n), ds_view_of(NULL, 0), want));
    assert_memory_equal(d.tables, want, 48);
    free(b);
}

static void
refuse_tables(const blob *b, size_t n)
{
    ds_acpi_digests d;
    uint32_t cpus;
    dstack_error err;
    uint8_t *copy = malloc(n + 1);

    assert_non_null(copy);
    memcpy(copy, b->p, n);
    assert_int_equal(ds_acpi_tables_read(ds_view_of(copy, n), &d, &cpus, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.stage, DSTACK_STAGE_IMAGE);
    assert_int_equal(err.reason, DSTACK_REASON_ACPI_TABLES);
    free(copy);
}

static void
test_acpi_tables_refused(void **state)
{
    static const size_t madt = 0x22e3 - 40 - 60 - 238;
    static const struct {
        size_t at;
        uint8_t value;
    } cases[] = {{0, 'X'}, {4, 65}, {4, 7}, {4, 0}, {64, 'd'}, {68, 35},
        {71, 0x80}, {madt - 244 + 4, 243}, {madt + 45, 9}, {madt + 45, 1},
        {madt + 45, 0}, {madt + 61, 179}, {madt + 61, 177}, {madt + 4, 43},
        {0x22e3 + 52, 1}, {0x2fff, 1}};
    blob *b = calloc(1, sizeof *b);

    (void)state;
    assert_non_null(b);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_tables(b);
        b->p[cases[i].at] = cases[i].value;
        refuse_tables(b, b->n);
    }
    make_tables(b);
    for (size_t n = 0; n < 0x22e3 + 52; n += n < 80 ? 1 : 97)
        refuse_tables(b, n);
    refuse_tables(b, 0x22e3 + 51);
    free(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_witness),
        cmocka_unit_test(test_witness_refused),
        cmocka_unit_test(test_layout_sorted),
        cmocka_unit_test(test_hob),
        cmocka_unit_test(test_hob_bytes),
        cmocka_unit_test(test_registers),
        cmocka_unit_test(test_acpi_layout),
        cmocka_unit_test(test_acpi_search),
        cmocka_unit_test(test_acpi_tables),
        cmocka_unit_test(test_acpi_tables_refused),
    };

    return cmocka_run_group_tests_name("image_register", tests, NULL, NULL);
}

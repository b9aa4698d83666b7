/* SPDX-License-Identifier: Apache-2.0
 * Judge a TDX quote against one expected MRTD, and say why it was refused:
 *     verify_quote QUOTE COLLATERAL UNIX_TIME MRTD_HEX
 *
 * check: "$VECTORS/tdx/v4.quote" "$VECTORS/tdx/v4.collateral.json" 1750414563 91eb2b44d141d4ece09f0c75c2c53d247a3c68edd7fafe8a3520c942a604a407de03ae6dc5f87f27428b2538873118b7 => 0
 * check: "$VECTORS/tdx/v4.quote" "$VECTORS/tdx/v4.collateral.json" 1750414563 00eb2b44d141d4ece09f0c75c2c53d247a3c68edd7fafe8a3520c942a604a407de03ae6dc5f87f27428b2538873118b7 => 1
 * check: => 2
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dstack/dstack.h>

static uint8_t quote[65536];
static uint8_t bundle[1 << 20];

static size_t
read_file(const char *name, uint8_t *out, size_t max)
{
    FILE *f = fopen(name, "rb");
    size_t n = f ? fread(out, 1, max, f) : 0;

    return f && fclose(f) == 0 ? n : 0;
}

static int
hex_to_bytes(const char *hex, uint8_t *out, size_t n)
{
    size_t i;

    if (strlen(hex) != 2 * n || strspn(hex, "0123456789abcdef") != 2 * n)
        return -1;
    for (i = 0; i < n; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

        out[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return 0;
}

int
main(int argc, char **argv)
{
    dstack_verifier *verifier = NULL;
    dstack_collateral *collateral = NULL;
    dstack_policy *policy = NULL;
    dstack_report *report = NULL;
    dstack_error err;
    uint8_t mr_td[48];
    int rc; /* sticks: after a failure nothing below runs */

    if (argc != 5 || hex_to_bytes(argv[4], mr_td, sizeof mr_td) != 0) {
        fprintf(stderr, "usage: verify_quote QUOTE COLLATERAL TIME MRTD\n");
        return 2;
    }
    rc = dstack_verifier_new(&verifier, &err);
    if (rc == DSTACK_OK)
        rc = dstack_collateral_parse(bundle,
            read_file(argv[2], bundle, sizeof bundle), &collateral, &err);
    if (rc == DSTACK_OK)
        rc = dstack_policy_new(&policy, &err);
    if (rc == DSTACK_OK)
        rc = dstack_policy_expect_field(
            policy, "mr_td", mr_td, sizeof mr_td, &err);
    if (rc == DSTACK_OK)
        rc = dstack_verifier_verify_quote(verifier, quote,
            read_file(argv[1], quote, sizeof quote), collateral, policy,
            strtoll(argv[3], NULL, 10), &report, &err);
    if (rc == DSTACK_OK)
        printf("genuine, and the expected code: %s\n", argv[1]);
    else
        printf("NO: %s: %s\n", dstack_reason_name(err.reason), err.message);
    dstack_report_free(report);
    dstack_policy_free(policy);
    dstack_collateral_free(collateral);
    dstack_verifier_free(verifier);
    return rc == DSTACK_OK ? 0 : 1;
}

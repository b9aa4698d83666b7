/* SPDX-License-Identifier: Apache-2.0
 * The app's signing key, the same on every instance and after every restart:
 *     derive_key PATH [ENDPOINT]
 *
 * check: signing/receipts "$AGENT" => 0
 * check: signing/receipts unix:/nonexistent/dstack.sock => 1
 */
#include <stdio.h>

#include <dstack/dstack.h>

static void
print_hex(const char *label, const uint8_t *p, size_t n)
{
    size_t i;

    printf("%-14s", label);
    for (i = 0; i < n; i++)
        printf("%02x", p[i]);
    printf("\n");
}

int
main(int argc, char **argv)
{
    dstack_client *client = NULL;
    dstack_key *key = NULL;
    dstack_error err;
    const uint8_t *p;
    size_t n, i;
    int rc;

    if (argc < 2)
        return 2;
    rc = dstack_client_new(&client, &err);
    if (rc == DSTACK_OK && argc > 2)
        rc = dstack_client_set_endpoint(client, argv[2], &err);
    if (rc == DSTACK_OK)
        rc = dstack_client_derive_key(
            client, argv[1], "receipts", DSTACK_KEY_SECP256K1, &key, &err);
    if (rc != DSTACK_OK) {
        fprintf(stderr, "%s: %s\n", dstack_error_name(rc), err.message);
        dstack_client_free(client);
        return 1;
    }
    /* dstack_key_secret() lends the 32 bytes to sign with; they stay in locked
     * memory and are wiped by dstack_key_free(). Never print them. */
    p = dstack_key_public(key, &n);
    print_hex("public key", p, n);
    for (i = 0; i < dstack_key_chain_count(key); i++) {
        p = dstack_key_chain(key, i, &n);
        print_hex(i == 0 ? "signed by app" : "signed by KMS", p, n);
    }
    dstack_key_free(key);
    dstack_client_free(client);
    return 0;
}

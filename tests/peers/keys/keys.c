/* SPDX-License-Identifier: Apache-2.0 */
/* Answers a line with a line, for the scripts beside it. Bytes are hex, "-"
 * where there are none:
 *
 *   encrypt PUBLIC NAME VALUE [NAME VALUE]...   what is sealed
 *   decrypt SECRET SEALED                       the JSON
 *   envkey APP_ID ROOT PUBLIC SIGNATURE TIME NOW   "ok"; TIME "-": legacy
 *   compose JSON                                the canonical form's hash
 *   eth PUBLIC                                  the address
 *
 * A refusal is the name of its reason or code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dstack/dstack.h>

enum {
    WORDS = 128
};

typedef struct {
    unsigned char *p;
    size_t n;
} bytes;

static bytes
hex(const char *text)
{
    bytes b = {calloc(1, strlen(text) / 2 + 1), 0};

    if (!b.p)
        exit(1);
    for (; text[0] && text[1]; text += 2) {
        const char two[3] = {text[0], text[1], 0};

        b.p[b.n++] = (unsigned char)strtoul(two, NULL, 16);
    }
    return b;
}

static void
print_hex(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        printf("%02x", p[i]);
    putchar('\n');
}

static void
refuse(const dstack_error *err)
{
    puts(err->reason ? dstack_reason_name(err->reason)
                     : dstack_error_name(err->code));
}

static void
encrypt(char **word, int count)
{
    bytes public = hex(word[1]);
    dstack_env *env = NULL;
    dstack_error err = {0};
    unsigned char *sealed = NULL;
    size_t n;
    int rc = dstack_env_new(&env, &err);

    for (int i = 2; rc == DSTACK_OK && i + 1 < count; i += 2) {
        bytes value = hex(word[i + 1]);

        rc = dstack_env_set(env, word[i], value.p, value.n, &err);
        free(value.p);
    }
    if (rc == DSTACK_OK)
        rc = dstack_env_encrypt(env, public.p, public.n, &sealed, &n, &err);
    if (rc == DSTACK_OK)
        print_hex(sealed, n);
    else
        refuse(&err);
    dstack_free(sealed);
    dstack_env_free(env);
    free(public.p);
}

/* What does not read as an environment by the guest's rules is refused too. */
static void
decrypt(char **word)
{
    bytes secret = hex(word[1]), sealed = hex(word[2]);
    dstack_secret *plain = NULL;
    dstack_env *env = NULL;
    dstack_error err;
    size_t n;
    int rc = dstack_env_decrypt(
        secret.p, secret.n, sealed.p, sealed.n, &plain, &err);
    const unsigned char *p = dstack_secret_bytes(plain, &n);

    if (rc == DSTACK_OK)
        rc = dstack_env_parse(p, n, &env, &err);
    if (rc == DSTACK_OK)
        print_hex(p, n);
    else
        refuse(&err);
    dstack_env_free(env);
    dstack_secret_free(plain);
    free(secret.p);
    free(sealed.p);
}

static void
env_key(char **word)
{
    bytes id = hex(word[1]), root = hex(word[2]), public = hex(word[3]),
          signature = hex(word[4]);
    dstack_kms_trust *trust = NULL;
    dstack_error err;
    int rc = dstack_kms_trust_new(id.p, id.n, &trust, &err);

    if (rc == DSTACK_OK)
        rc = dstack_kms_trust_add_root(trust, root.p, root.n, &err);
    if (rc == DSTACK_OK && word[5][0] == '-')
        rc = dstack_env_key_accept_legacy(
            trust, public.p, public.n, signature.p, signature.n, &err);
    else if (rc == DSTACK_OK)
        rc = dstack_env_key_verify(trust, public.p, public.n, signature.p,
            signature.n, strtoull(word[5], NULL, 10),
            strtoll(word[6], NULL, 10), &err);
    if (rc == DSTACK_OK)
        puts("ok");
    else
        refuse(&err);
    dstack_kms_trust_free(trust);
    free(id.p);
    free(root.p);
    free(public.p);
    free(signature.p);
}

static void
compose(char **word)
{
    bytes text = hex(word[1]);
    unsigned char hash[32];
    dstack_error err;
    char *json = NULL;
    size_t n;
    int rc = dstack_compose_canonical(text.p, text.n, 1, &json, &n, NULL, &err);

    if (rc == DSTACK_OK)
        rc = dstack_compose_hash((unsigned char *)json, n, hash, 32, &err);
    if (rc == DSTACK_OK)
        print_hex(hash, 32);
    else
        refuse(&err);
    dstack_free(json);
    free(text.p);
}

static void
eth(char **word)
{
    bytes public = hex(word[1]);
    char address[43];
    dstack_error err;

    if (dstack_wallet_eth_address(public.p, public.n, address, 43, &err) ==
        DSTACK_OK)
        puts(address);
    else
        refuse(&err);
    free(public.p);
}

static int
answer(char **word, int count)
{
    if (strcmp(word[0], "encrypt") == 0 && count >= 2)
        encrypt(word, count);
    else if (strcmp(word[0], "decrypt") == 0 && count == 3)
        decrypt(word);
    else if (strcmp(word[0], "envkey") == 0 && count == 7)
        env_key(word);
    else if (strcmp(word[0], "compose") == 0 && count == 2)
        compose(word);
    else if (strcmp(word[0], "eth") == 0 && count == 2)
        eth(word);
    else
        return 1;
    return fflush(stdout);
}

int
main(void)
{
    static char line[1 << 20];

    while (fgets(line, sizeof line, stdin)) {
        char *word[WORDS], *rest = NULL;
        int count = 0;

        for (char *w = strtok_r(line, " \n", &rest); w && count < WORDS;
             w = strtok_r(NULL, " \n", &rest))
            word[count++] = w;
        if (count == 0 || answer(word, count) != 0)
            return 1;
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 * A TLS server whose certificate the app's CA has issued, with OpenSSL. It
 * answers one connection on 127.0.0.1: tls_server PORT [ENDPOINT]
 *
 * libs: -lssl -lcrypto
 */
#include <stdio.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <dstack/dstack.h>

static int
get_key(const char *endpoint, dstack_tls_key **key, dstack_error *err)
{
    dstack_client *client = NULL;
    dstack_cert_request *request = NULL;
    int rc = dstack_client_new(&client, err);

    if (rc == DSTACK_OK && endpoint)
        rc = dstack_client_set_endpoint(client, endpoint, err);
    if (rc == DSTACK_OK)
        rc = dstack_cert_request_new(&request, err);
    if (rc == DSTACK_OK)
        rc = dstack_cert_request_set_subject(request, "localhost", err);
    if (rc == DSTACK_OK)
        rc = dstack_cert_request_add_alt_name(request, "localhost", err);
    if (rc == DSTACK_OK)
        rc = dstack_cert_request_set_usage(request, DSTACK_USAGE_SERVER_AUTH);
    if (rc == DSTACK_OK)
        rc = dstack_client_get_tls_key(client, request, key, err);
    dstack_cert_request_free(request);
    dstack_client_free(client);
    return rc;
}

static int
use_key(SSL_CTX *ctx, const dstack_tls_key *key)
{
    size_t i, n;
    const uint8_t *p = dstack_tls_key_der(key, &n);
    int good = SSL_CTX_use_PrivateKey_ASN1(EVP_PKEY_EC, ctx, p, (long)n) == 1;

    for (i = 0; good && i < dstack_tls_key_cert_count(key); i++) {
        const unsigned char *der = dstack_tls_key_cert_der(key, i, &n);
        X509 *cert = d2i_X509(NULL, &der, (long)n);

        good = cert && (i == 0 ? SSL_CTX_use_certificate(ctx, cert)
                               : SSL_CTX_add1_chain_cert(ctx, cert)) == 1;
        X509_free(cert);
    }
    return good;
}

int
main(int argc, char **argv)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    BIO *listener = BIO_new_accept("127.0.0.1:0");
    BIO *tls = NULL;
    dstack_tls_key *key = NULL;
    dstack_error err;
    int bad = 1;

    if (argc < 2 || BIO_set_accept_port(listener, argv[1]) != 1)
        return 2;
    if (get_key(argc > 2 ? argv[2] : NULL, &key, &err) != DSTACK_OK)
        fprintf(stderr, "%s\n", err.message);
    else if (use_key(ctx, key) && BIO_do_accept(listener) == 1 &&
             BIO_do_accept(listener) == 1) {
        tls = BIO_push(BIO_new_ssl(ctx, 0), BIO_pop(listener));
        bad = BIO_puts(tls, "hello from the TEE\n") <= 0 || BIO_flush(tls) <= 0;
    }
    dstack_tls_key_free(key);
    BIO_free_all(tls);
    BIO_free(listener);
    SSL_CTX_free(ctx);
    return bad;
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_RECEIPT_H
#define TESTS_RECEIPT_H

#include "dstack/dstack.h"
#include "receipt/identity.h"

#define RECEIPT_NOW INT64_C(1790000000)
/* The first vector of ../shared/vectors/vin/receipts.json, made with the npm
 * packages of the reference node. */
#define SEED "9f1f2574065793160d2b8e930f3c15d0ea925ffa7b67a6fa6ea9fedc7bfbc214"
#define REQUEST \
    "{\"schema\":\"vin.action_request.v0\",\"request_id\":\"r-1\"," \
    "\"action_type\":\"compose_post\",\"policy_id\":\"P0_COMPOSE_POST_V1\"," \
    "\"inputs\":{\"prompt\":\"hello\"},\"constraints\":{\"max_chars\":280}," \
    "\"llm\":{\"provider\":\"anthropic\",\"model_id\":\"m\"}}"
#define OUTPUT \
    "{\"schema\":\"vin.output.v0\",\"format\":\"plain\"," \
    "\"text\":\"Hello there\",\"clean_text\":\"Hello there\"}"
#define NONE "{\"type\":\"none\"}"
#define RECEIPT \
    "{\"schema\":\"vin.receipt.v0\",\"version\":\"0.1\"," \
    "\"node_pubkey\":\"C7nkjp-D6Dfftns7VjObSKYgZ5MahXTFSBipVuKfK6o\"," \
    "\"request_id\":\"r-1\",\"action_type\":\"compose_post\"," \
    "\"policy_id\":\"P0_COMPOSE_POST_V1\",\"inputs_commitment\":" \
    "\"8a44725210b9dcd4fefd9f0eca07b70ae45e69274a3105fb25eb426a2cf8bbf4\"," \
    "\"constraints_commitment\":" \
    "\"63c48fd83a3305280373876be9b3ed654bfa0121ec8bba4d0de60ea22fa1ccdf\"," \
    "\"llm_commitment\":" \
    "\"f74789ad61e78ee49a8bd363b293b656debde0f32cbf36787fe1376f134e88c5\"," \
    "\"output_clean_hash\":" \
    "\"4e47826698bb4630fb4451010062fadbf85d61427cbdfaed7ad0f23f239bed89\"," \
    "\"output_transport_hash\":" \
    "\"4e47826698bb4630fb4451010062fadbf85d61427cbdfaed7ad0f23f239bed89\"," \
    "\"iat\":1790000000,\"exp\":1790000600,\"nonce\":" \
    "\"3q4kc0PajRAHH0NJEyNW7w\",\"attestation\":" NONE ",\"payment\":" NONE \
    ",\"sig\":\"wGyNuXQ75sRCSIu4Vaxb5uAzqHeVfADlcaAAiuSogP0GTB7K7vRrN6VEKD" \
    "SdX3Y66ZgVZmwrgZBp_loSYAEYCg\"}"
/* SHA-256 of "payload", by Python's hashlib. */
#define PAID "239f59ed55e737c77147cf55ad0c1b030b6d7ee748a7426952f9b852d5a935e5"
/* 32 bytes each: the hash of the peer's evidence, and what it measured. */
#define AB "abababababababababababababababababababababababababababababababab"
#define CD "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
#define REFERENCE(hash, measurement) \
    "{\"type\":\"dstack\",\"report_hash\":\"" hash \
    "\",\"measurement\":\"" measurement "\"}"

/* The first vectors of ../shared/vectors/vin/sealed.json, made with the npm
 * packages of the reference node: "hello", for the key of this secret. */
#define SEALED_SECRET \
    "67e61d37e3ff80042fb7bc898046d932355e4c0812c9649270269e2ba1679e54"
#define SEALED_FOR \
    "03c440c6aafc76ec03b37b390ca2a3c6863ed40ce35c4f5f2a3e0ddf676771ae25"
#define SEALED_EPHEMERAL \
    "90f3c71cebb873dbba4f9b3c0a359aa878abfaa61aa37beb8b873c03ae0bc94f"
#define SEALED_POINT \
    "03e27feca98a573a33007fd1251cb01a2ad0aaa031c4b56c3495ca9529425cf85d"
#define SEALED_HELLO \
    "{\"ciphertext\":\"SrMdgRbmFRDgUMOBnX9XBueUX09r\"," \
    "\"ephemeral_pubkey\":\"" SEALED_POINT "\"," \
    "\"nonce\":\"5dbf21226a0676689b9df585\"}"

typedef struct {
    uint8_t seed[32];
    dstack_exchange *exchange; /* of REQUEST and OUTPUT */
    /* Level 0, any node, and an empty store. */
    dstack_receipt_policy *policy;
    dstack_replay_memory *memory;
    dstack_peer peer; /* that has the seed's key; valid until RECEIPT_NOW */
    uint8_t nonce[16];
} receipt_case;

void
receipt_begin(receipt_case *c);
void
receipt_end(receipt_case *c);
/* NULL: without. */
dstack_exchange *
receipt_exchange(const char *request, const char *output);
void
receipt_set_exchange(receipt_case *c, const char *request, const char *output);
/* The code. Report and error agree, nothing runs behind what failed, and what
 * is refused has used up no nonce. */
int
receipt_verify(
    receipt_case *c, const char *receipt, int64_t now, dstack_error *err);
/* A receipt by the seed with these objects and times, and a nonce of its own:
 * free with dstack_free(). */
char *
receipt_made(receipt_case *c, const char *attestation, const char *payment,
    int64_t iat, int64_t exp);
/* The text with one part of it, that is there, replaced; static. */
const char *
receipt_edited(const char *text, const char *from, const char *to);

#endif

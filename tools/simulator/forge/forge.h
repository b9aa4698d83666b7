/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FORGE_FORGE_H
#define FORGE_FORGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/mem.h"

/* The forge makes a complete Intel-like SGX/TDX PKI and signed evidence from
 * a seed: the same seed and the same fields give the same bytes, always. Its
 * root is its own, so nothing it makes verifies under Intel's.
 *
 *     forge *f = forge_new(FORGE_TDX_V4, "a seed");
 *     f->tcb_info.levels[0].status = "Revoked";     change what you like
 *     if (forge_build(f)) fail(f->error);           sign it all
 *     use(f->out.quote.p, f->out.quote.n);          take the bytes
 *     forge_free(f);
 *
 * Everything in `forge` up to `out` is an input with a default; the defaults
 * are evidence of the chosen kind that is valid in every respect at FORGE_NOW.
 * A change is signed again by everybody who signs over it, and by nobody
 * else: an edited TCB info has a good signature unless its `sig` says
 * otherwise. forge_build may be called again and again; signatures over
 * unchanged bytes are remembered, so a second build costs only what changed.
 *
 * Rules that hold everywhere:
 * - A ds_view member replaces something generated when its p is not NULL
 *   (p not NULL and n 0 replaces it with nothing). It is borrowed until the
 *   last build: string literals, other outputs copied with forge_keep, or
 *   bytes from forge_hex.
 * - `sig` members say how the signature over that part is spoilt.
 * - `edits` replace text; an edit whose text is not found fails the build, so
 *   that a test cannot pass by changing nothing.
 * - A field means what is written, never what is checked: a name changed in a
 *   CA's subject is not changed in its children's issuer.
 * - A part, bit, certificate or key that does not exist fails the build, as
 *   does a mistake made before it (forge_hex of something else than hex).
 *
 * Recipes (q is f->quote):
 * - body changed and signed by a new key that the QE never saw:
 *       q.ak = q.signer = FORGE_KEY_ROGUE; q.bound_ak = FORGE_KEY_AK;
 * - the same, and the QE report made to fit, but not signed by the PCK key:
 *       q.ak = q.signer = q.qe_signer = FORGE_KEY_ROGUE;
 * - right quote, wrong body signer:  q.signer = FORGE_KEY_ROGUE;
 * - another enclave poses as the QE: q.qe.mr_signer[0] ^= 1;
 * - another platform's PCK chain in the bundle:
 *       f->chain[FORGE_CHAIN_EXTERNAL].certs[0] = FORGE_CERT_EXTRA;
 *       f->bundle.members[FORGE_M_PCK_CHAIN].omit = false;
 * - a PCK certificate that signs another: EXTRA takes the CA's place,
 *       cert[EXTRA].issuer = cert[ROOT].subject, .signer = FORGE_KEY_ROOT;
 *       cert[PCK].issuer = cert[EXTRA].subject, .signer = FORGE_KEY_SPARE;
 *       chain[FORGE_CHAIN_QUOTE].certs[1] = FORGE_CERT_EXTRA;
 * - another copy of the CA in the CRL's chain:
 *       cert[EXTRA] = cert[PLATFORM]; change it;
 *       chain[FORGE_CHAIN_CRL].certs[0] = FORGE_CERT_EXTRA;
 * - the root CRL in the PCK CRL's place:  f->crl[FORGE_CRL_PCK] =
 *       f->crl[FORGE_CRL_ROOT];
 * - a processor's CRL for a platform's leaf: crl[FORGE_CRL_PCK].issuer =
 *       cert[PROCESSOR].subject, .signer = FORGE_KEY_PROCESSOR;
 * - one document's signature on the other: build, then tcb_info.doc.signature
 *       = forge_keep_buf(f, &f->out.qe_identity_signature);
 * - a whole foreign PKI with the same names: forge_new with another seed.
 * - bytes that JSON strings cannot hold (NUL, broken UTF-8) in a document: the
 *       answers and `flat` carry them as they are; the bundle writes control
 *       characters as escapes and broken UTF-8 raw. */

/* 2026-09-21T14:13:20Z */
#define FORGE_NOW INT64_C(1790000000)
#define FORGE_DAY INT64_C(86400)

enum {
    FORGE_SGX_V3 = 0,
    FORGE_SGX_V4,
    FORGE_SGX_V5,
    FORGE_TDX_V4,    /* TD report 1.0 */
    FORGE_TDX_V5_10, /* body type 2: TD report 1.0 */
    FORGE_TDX_V5_15, /* body type 3: TD report 1.5 */
    FORGE_TDX_V5_EX, /* body type 4: TD report 1.5 extended; td_attributes has
                        SERVTD_EXT, which a policy may have to allow */
    FORGE_KINDS
};

/* Keys. All are P-256 but the last two; private scalars are
 * SHA-256(seed || label), SHA-384 for P-384. */
enum {
    FORGE_KEY_ROOT = 0,
    FORGE_KEY_PLATFORM,
    FORGE_KEY_PROCESSOR,
    FORGE_KEY_PCK,
    FORGE_KEY_TCB,   /* both signed documents, as at Intel */
    FORGE_KEY_AK,    /* the quote's attestation key */
    FORGE_KEY_ROGUE, /* an attacker's */
    FORGE_KEY_SPARE,
    FORGE_KEY_P384,
    FORGE_KEY_RSA, /* a fixed public RSA-2048 key; cannot sign */
    FORGE_KEYS
};

/* ---- signatures ---------------------------------------------------------- */

enum {
    FORGE_SIG_GOOD = 0,
    FORGE_SIG_NEGATED, /* s replaced by n - s: also a valid signature */
    FORGE_SIG_ZERO,    /* r = s = 0 */
    FORGE_SIG_R_ZERO,
    FORGE_SIG_S_ZERO,
    FORGE_SIG_ONES, /* r = s = 1 */
    FORGE_SIG_R_N,  /* r = n, s good */
    FORGE_SIG_S_N,
    FORGE_SIG_FF, /* every byte 0xff */
    FORGE_SIG_DER /* raw places only: the ECDSA-Sig-Value, cut to fit */
};

typedef struct forge_sig {
    int form;    /* FORGE_SIG_* */
    int flip;    /* 1 + the number of a bit of r || s to flip, 0 for none;
                    bit 0 is the lowest of the first byte */
    ds_view raw; /* r || s instead; in a certificate or CRL the contents of
                    the BIT STRING instead */
} forge_sig;

/* A piece of text replaced by another: the first occurrence, or every one.
 * A NULL `find` ends a list early. */
typedef struct forge_edit {
    const char *find;
    const char *put; /* NULL: nothing, the text is removed */
    bool all;
} forge_edit;
#define FORGE_EDITS 8

/* A length field: the true value, or another one. */
typedef struct forge_len {
    bool set; /* write `value` instead of the true length */
    uint32_t value;
    int64_t delta; /* added to the true length when not `set` */
} forge_len;

/* ---- names, extensions, certificates ------------------------------------- */

/* A Name of single-valued RDNs in Intel's order CN, O, L, ST, C. A NULL
 * attribute is left out. C is a PrintableString, the others UTF8String. */
typedef struct forge_name {
    const char *cn, *o, *l, *st, *c;
    ds_view der; /* the whole Name instead */
} forge_name;

/* An extension that the forge does not know. */
typedef struct forge_extension {
    const char *oid; /* dotted; NULL ends the list */
    bool critical;
    ds_view value; /* what the OCTET STRING holds */
} forge_extension;
#define FORGE_EXTENSIONS 6

/* A known one. */
typedef struct forge_known_ext {
    bool on;
    bool critical;
    bool twice;
    ds_view value; /* what the OCTET STRING holds, instead */
} forge_known_ext;

enum {
    FORGE_ALG_SHA256 = 0, /* ecdsa-with-SHA256 */
    FORGE_ALG_SHA384,     /* ecdsa-with-SHA384 */
    FORGE_ALG_SHA1,       /* ecdsa-with-SHA1 */
    FORGE_ALG_RSA         /* says sha256WithRSAEncryption; still ECDSA */
};

enum {
    FORGE_POINT_GOOD = 0,   /* 04 || X || Y */
    FORGE_POINT_COMPRESSED, /* 02 or 03 || X */
    FORGE_POINT_BARE,       /* X || Y without the first byte */
    FORGE_POINT_FIRST_BYTE, /* 05 || X || Y */
    FORGE_POINT_HYBRID,     /* 06 or 07 || X || Y */
    FORGE_POINT_OFF_CURVE,  /* 04 || X || Y with Y's lowest bit flipped */
    FORGE_POINT_ZERO        /* 04 || 0 || 0 */
};

/* keyUsage bits as RFC 5280 numbers them. */
enum {
    FORGE_KU_DIGITAL_SIGNATURE = 1 << 0,
    FORGE_KU_NON_REPUDIATION = 1 << 1,
    FORGE_KU_KEY_CERT_SIGN = 1 << 5,
    FORGE_KU_CRL_SIGN = 1 << 6
};

enum {
    FORGE_CERT_ROOT = 0,
    FORGE_CERT_PLATFORM,  /* PCK Platform CA */
    FORGE_CERT_PROCESSOR, /* PCK Processor CA */
    FORGE_CERT_PCK,
    FORGE_CERT_TCB,   /* TCB signing, TCB info's chain */
    FORGE_CERT_QE,    /* TCB signing, QE identity's chain: the same bytes as
                         FORGE_CERT_TCB until one of them is changed */
    FORGE_CERT_EXTRA, /* in no chain; at first a second PCK certificate with
                         another key (FORGE_KEY_SPARE) and serial */
    FORGE_CERTS
};

typedef struct forge_cert {
    /* Make it although no chain names it; off by default, because every key
     * and signature costs a millisecond. */
    bool make;
    int version; /* 3; 1 leaves out version and extensions */
    /* Contents of the INTEGER. A 0x00 is put in front where the top bit is
     * set, unless serial_exact. */
    uint8_t serial[32];
    size_t serial_n;
    bool serial_exact;
    forge_name subject, issuer;
    int64_t not_before, not_after; /* UTCTime before 2050 */
    int key;                       /* whose public key it holds */
    int signer;                    /* whose key signs it */
    int alg_inner, alg_outer;      /* FORGE_ALG_*; outer chooses the hash */
    int point;                     /* FORGE_POINT_* */
    ds_view spki;                  /* whole SubjectPublicKeyInfo instead */
    forge_known_ext aki, cdp, ski, ku, bc;
    const char *cdp_url;
    ds_view ski_id; /* default: the first 20 bytes of SHA-256 of the point */
    ds_view aki_id; /* default: the same of the signer's key */
    unsigned ku_bits;
    bool is_ca;
    int path_len; /* -1: absent */
    bool sgx;     /* carries forge.sgx */
    forge_extension extra[FORGE_EXTENSIONS];
    forge_sig sig;
    ds_view append; /* after the DER */
    ds_view der;    /* the whole certificate instead */
} forge_cert;

/* ---- the SGX extension (spec 2.7) ---------------------------------------- */

/* What is wrong with it. Where one TCB component or one top-level entry is
 * concerned, forge_sgx.at chooses it (0 = the first). */
enum {
    FORGE_EXT_GOOD = 0,
    FORGE_EXT_MISSING,       /* no such extension */
    FORGE_EXT_TWICE,         /* two equal extensions */
    FORGE_EXT_WRONG_OID,     /* 1.2.840.113741.1.13.2 */
    FORGE_EXT_DROP,          /* top-level entry `at` left out */
    FORGE_EXT_DUPLICATE,     /* top-level entry `at` twice, the last left out */
    FORGE_EXT_EXTRA,         /* one more top-level entry, .8 */
    FORGE_EXT_WRONG_TAG,     /* top-level entry `at`: value tagged 0x0c */
    FORGE_EXT_TCB_DROP,      /* TCB entry `at` left out: 17 */
    FORGE_EXT_TCB_EXTRA,     /* a 19th TCB entry, .2.19 */
    FORGE_EXT_TCB_DUPLICATE, /* TCB entry `at` has its neighbour's OID */
    FORGE_EXT_COMP_256,      /* component `at` (16 is PCESVN): 02 02 01 00 */
    FORGE_EXT_COMP_NEGATIVE, /* 02 01 ff */
    FORGE_EXT_COMP_FIVE,     /* 02 05 00 00 00 00 01 */
    FORGE_EXT_COMP_EMPTY,    /* 02 00 */
    FORGE_EXT_COMP_PADDED,   /* 02 02 00 01: not minimal */
    FORGE_EXT_PCESVN_65536,  /* 02 03 01 00 00 */
    FORGE_EXT_NESTED,        /* an .8 entry of 16 nested SEQUENCEs */
    FORGE_EXT_INDEFINITE,    /* outer SEQUENCE as 30 80 ... 00 00 */
    FORGE_EXT_OVERLONG,      /* outer length with a leading zero octet */
    FORGE_EXT_LENGTH_PAST,   /* outer length one more than there is */
    FORGE_EXT_LENGTH_SHORT,  /* outer length one less than there is */
    FORGE_EXT_LENGTH_4G,     /* outer length 84 ff ff ff ff */
    FORGE_EXT_LENGTH_WRAP,   /* outer length 88 ff ff ff ff ff ff ff ff */
    FORGE_EXT_BOOL_01,       /* configuration entry `at`: 01 01 01 */
    FORGE_EXT_BOOL_TWO,      /* 01 02 00 ff */
    FORGE_EXT_TRAILING,      /* 05 00 after the outer SEQUENCE */
    FORGE_EXT_EMPTY          /* the OCTET STRING is empty */
};

enum {
    FORGE_UNDEFINED = -1,
    FORGE_FALSE = 0,
    FORGE_TRUE = 1
};

/* Lengths may be changed up to the arrays' sizes. */
typedef struct forge_sgx {
    uint8_t ppid[20];
    size_t ppid_n; /* 16 */
    uint8_t comps[16];
    uint16_t pcesvn;
    uint8_t cpusvn[20]; /* used when own_cpusvn; else the components */
    bool own_cpusvn;
    size_t cpusvn_n; /* 16 */
    uint8_t pceid[4];
    size_t pceid_n; /* 2 */
    uint8_t fmspc[8];
    size_t fmspc_n; /* 6 */
    uint64_t type;  /* 0 standard, 1 scalable, 2 scalable with integrity */
    bool instance;  /* Platform CA certificates have the next two */
    uint8_t instance_id[20];
    size_t instance_id_n; /* 16 */
    bool configuration;
    int dynamic_platform, cached_keys, smt; /* FORGE_UNDEFINED leaves out */
    int malform;                            /* FORGE_EXT_* */
    unsigned at;
    bool critical;
    ds_view value; /* what the OCTET STRING holds, instead */
} forge_sgx;

/* ---- CRLs ---------------------------------------------------------------- */

typedef struct forge_revoked {
    uint8_t serial[32]; /* as forge_cert.serial: 0x00 added for a top bit;
                           leading zeros that you put stay */
    size_t serial_n;
    int64_t date; /* 0: this_update */
    int reason;   /* 0: no reason extension; else the CRLReason */
} forge_revoked;
#define FORGE_REVOKED 8

enum {
    FORGE_CRL_ROOT = 0,
    FORGE_CRL_PCK,
    FORGE_CRLS
};

typedef struct forge_crl {
    int version; /* 2; 1 leaves out version and extensions */
    forge_name issuer;
    int64_t this_update, next_update;
    bool no_next_update;
    bool number_on;
    int64_t number;
    bool aki_on;
    ds_view aki_id; /* default: the signer's */
    forge_revoked revoked[FORGE_REVOKED];
    size_t revoked_n;
    size_t filler; /* that many made-up serials (20 bytes, beginning 7e) are
                      listed before `revoked` */
    bool delta;    /* deltaCRLIndicator 1, critical */
    bool idp;      /* issuingDistributionPoint, onlyContainsUserCerts,
                      critical */
    forge_extension extra[FORGE_EXTENSIONS];
    int signer;
    int alg_inner, alg_outer;
    forge_sig sig;
    ds_view append; /* after the DER */
    ds_view der;    /* the whole CRL instead */
} forge_crl;

/* ---- the signed documents (spec 2.5) ------------------------------------- */

typedef struct forge_doc {
    ds_view text; /* the inner object's text instead of the generated one;
                     it is signed like the other */
    forge_edit edits[FORGE_EDITS]; /* before signing */
    int signer;
    forge_sig sig;
    ds_view signature;            /* the hex text instead */
    bool pretty;                  /* white space added after signing */
    forge_edit late[FORGE_EDITS]; /* after signing (and after `pretty`) */
    /* The service's answer {"<name>":<text>,"signature":"<hex>"}. */
    const char *name;
    forge_edit answer[FORGE_EDITS]; /* applied to the whole answer */
} forge_doc;

#define FORGE_ADVISORIES 15
#define FORGE_LEVELS 8
#define FORGE_ISV_LEVELS 6
#define FORGE_MODULES 6

/* A level by isvsvn: of a module identity or of the QE identity. */
typedef struct forge_isv_level {
    int64_t isvsvn;
    const char *date;                             /* tcbDate's text */
    const char *status;                           /* tcbStatus's text */
    const char *advisories[FORGE_ADVISORIES + 1]; /* NULL ends; none: the
                                                     member is left out */
} forge_isv_level;

/* A platform level. */
typedef struct forge_level {
    int64_t sgx[20];
    size_t sgx_n; /* 16 */
    int64_t tdx[20];
    size_t tdx_n; /* 16 */
    bool no_tdx;  /* the array is left out, as in SGX documents */
    int64_t pcesvn;
    const char *date;
    const char *status;
    const char *advisories[FORGE_ADVISORIES + 1];
} forge_level;

typedef struct forge_module {
    const char *id;
    uint8_t mrsigner[48];
    uint8_t attributes[8];
    uint8_t mask[8];
    forge_isv_level levels[FORGE_ISV_LEVELS];
    size_t level_n;
} forge_module;

typedef struct forge_tcb_info {
    const char *id;  /* "SGX" or "TDX"; NULL leaves it out */
    int64_t version; /* 3, or 2: flat component names and no id */
    int64_t issue_date, next_update;
    const char *issue_text, *next_text; /* instead */
    uint8_t fmspc[6];
    const char *fmspc_text; /* instead */
    uint8_t pceid[2];
    const char *pceid_text; /* instead */
    int64_t tcb_type;
    int64_t eval_number;
    bool module_on;      /* "tdxModule" */
    forge_module module; /* its id and levels are not used */
    bool modules_on;     /* "tdxModuleIdentities" */
    forge_module modules[FORGE_MODULES];
    size_t module_n;
    forge_level levels[FORGE_LEVELS];
    size_t level_n;
    forge_doc doc;
} forge_tcb_info;

typedef struct forge_qe_identity {
    const char *id; /* "QE", "TD_QE", "QVE" */
    int64_t version;
    int64_t issue_date, next_update;
    const char *issue_text, *next_text;
    int64_t eval_number;
    uint8_t miscselect[4], miscselect_mask[4];
    uint8_t attributes[16], attributes_mask[16];
    uint8_t mrsigner[32];
    int64_t isvprodid;
    forge_isv_level levels[FORGE_ISV_LEVELS];
    size_t level_n;
    forge_doc doc;
} forge_qe_identity;

/* ---- the quote (spec 1) --------------------------------------------------- */

/* SGX enclave report, 384 bytes; also the QE's. Little-endian on the wire. */
typedef struct forge_report {
    uint8_t cpu_svn[16];
    uint32_t misc_select;
    uint8_t reserved1[12];
    uint8_t isv_ext_prod_id[16];
    uint64_t flags; /* attributes, first half */
    uint64_t xfrm;  /* second half */
    uint8_t mr_enclave[32];
    uint8_t reserved2[32];
    uint8_t mr_signer[32];
    uint8_t reserved3[32];
    uint8_t config_id[64];
    uint16_t isv_prod_id;
    uint16_t isv_svn;
    uint16_t config_svn;
    uint8_t reserved4[42];
    uint8_t isv_family_id[16];
    uint8_t report_data[64];
} forge_report;

/* TD report; the parts behind report_data only in the bodies that have
 * them. */
typedef struct forge_td {
    uint8_t tee_tcb_svn[16];
    uint8_t mr_seam[48];
    uint8_t mr_signer_seam[48];
    uint8_t seam_attributes[8];
    uint64_t td_attributes;
    uint64_t xfam;
    uint8_t mr_td[48];
    uint8_t mr_config_id[48];
    uint8_t mr_owner[48];
    uint8_t mr_owner_config[48];
    uint8_t rtmr[4][48];
    uint8_t report_data[64];
    /* 1.5 */
    uint8_t tee_tcb_svn2[16];
    uint8_t mr_service_td[48];
    /* extended */
    uint8_t vm_id;
    uint8_t td_id[32];
    uint8_t dev_info[48];
    uint8_t init_servtd_hash[48];
    uint64_t init_servtd_attributes;
    uint8_t init_cpu_svn[16];
    uint8_t init_tee_tcb_svn[16];
    uint8_t init_tee_fmspc[12];
    uint8_t servtd_hash[48];
    uint64_t servtd_attributes;
} forge_td;

enum {
    FORGE_BODY_SGX = 1, /* the v5 body type numbers */
    FORGE_BODY_TD10 = 2,
    FORGE_BODY_TD15 = 3,
    FORGE_BODY_TDEX = 4
};

/* Parts of a built quote. */
enum {
    FORGE_PART_HEADER = 0,
    FORGE_PART_DESCRIPTOR, /* v5: body type and size; else empty */
    FORGE_PART_BODY,
    FORGE_PART_SIG_LEN,
    FORGE_PART_SIG,
    FORGE_PART_AK,
    FORGE_PART_OUTER, /* v4, v5: outer type and size; else empty */
    FORGE_PART_QE_REPORT,
    FORGE_PART_QE_SIG,
    FORGE_PART_AUTH_LEN,
    FORGE_PART_AUTH,
    FORGE_PART_INNER, /* certification data's type and size */
    FORGE_PART_CERT_DATA,
    FORGE_PART_INSIDE,   /* forge_quote.inside */
    FORGE_PART_TRAILING, /* behind the signature data */
    FORGE_PARTS
};

typedef struct forge_part {
    size_t off, n;
} forge_part;

/* A bit flipped after everything is signed. */
typedef struct forge_flip {
    bool on;
    int part;   /* FORGE_PART_* */
    size_t bit; /* bit 0 is the lowest of the part's first byte */
} forge_flip;
#define FORGE_FLIPS 4

typedef struct forge_quote {
    /* How it is laid out, whatever the fields claim. */
    int form; /* 3, 4, 5 */
    int body; /* FORGE_BODY_* */
    /* Header */
    uint16_t version;
    uint16_t key_type;
    uint32_t tee_type;
    uint16_t qe_svn, pce_svn; /* offsets 8 and 10 */
    uint8_t vendor[16];
    uint8_t user_data[20];
    /* v5 descriptor */
    uint16_t body_type;
    forge_len body_size;
    /* Body: the one that `body` names */
    forge_report sgx;
    forge_td td;
    ds_view body_raw; /* the whole body instead */
    /* Signature data */
    forge_len sig_len;
    int ak;                       /* the attestation key that is written ... */
    int signer;                   /* ... and the one that signs */
    ds_view ak_raw;               /* 64 bytes written instead */
    bool sign_without_descriptor; /* v5: the 6 bytes are not hashed */
    forge_sig sig;
    uint16_t outer_type; /* 6 */
    forge_len outer_size;
    forge_report qe;
    bool bind;    /* qe.report_data[0..31] = H(bound key || bound auth data);
                  the rest, or all when off, is what qe says */
    int bound_ak; /* key hashed; -1: the bytes that are written */
    ds_view bound_auth; /* hashed instead of `auth` */
    int qe_signer;
    forge_sig qe_sig;
    ds_view auth; /* default: 00 01 ... 1f */
    forge_len auth_len;
    int cert_type;        /* which certification data is made: 1 to 5, or 7 */
    ds_view cert_data;    /* instead */
    forge_len inner_type; /* the type that is claimed */
    forge_len inner_size;
    ds_view inside;   /* behind the certification data, counted in sig_len
                         (and in the outer size) only */
    ds_view trailing; /* behind the signature data */
    forge_flip flips[FORGE_FLIPS];
} forge_quote;

/* ---- chains and the bundle (spec 2.1, 2.2) ------------------------------- */

enum {
    FORGE_CHAIN_QUOTE = 0, /* type 5 certification data: PCK, CA, root */
    FORGE_CHAIN_EXTERNAL,  /* pck_certificate_chain */
    FORGE_CHAIN_CRL,       /* CA, root */
    FORGE_CHAIN_TCB,       /* TCB signing, root */
    FORGE_CHAIN_QE,
    FORGE_CHAINS
};

typedef struct forge_chain {
    int certs[8]; /* FORGE_CERT_*, in order */
    size_t n;
    bool crlf;
    ds_view text; /* the PEM text instead */
    forge_edit edits[FORGE_EDITS];
    ds_view tail; /* behind it; the quote's has one NUL by default */
} forge_chain;

/* Members of the JSON bundle, in the order in which they are written. */
enum {
    FORGE_M_PCK_CRL_CHAIN = 0,
    FORGE_M_ROOT_CRL,
    FORGE_M_PCK_CRL,
    FORGE_M_TCB_CHAIN,
    FORGE_M_TCB_INFO,
    FORGE_M_TCB_SIGNATURE,
    FORGE_M_QE_CHAIN,
    FORGE_M_QE_IDENTITY,
    FORGE_M_QE_SIGNATURE,
    FORGE_M_PCK_CHAIN, /* omitted by default */
    FORGE_MEMBERS
};

typedef struct forge_member {
    bool omit;
    ds_view text; /* the string's content instead, before JSON escapes */
    ds_view json; /* the JSON value instead, as it stands */
} forge_member;

typedef struct forge_bundle {
    forge_member members[FORGE_MEMBERS];
    const char *extra; /* put in front of the closing brace: ",\"a\":1" */
    bool upper_hex;
    forge_edit edits[FORGE_EDITS]; /* on the whole text */
    ds_view json;                  /* the whole text instead */
} forge_bundle;

/* The flattened form. Blobs in the order pck_crl_issuer_chain, root_ca_crl,
 * pck_crl, tcb_info_issuer_chain, tcb_info, qe_identity_issuer_chain,
 * qe_identity. */
enum {
    FORGE_CRL_AS_DER = 0,
    FORGE_CRL_AS_HEX,
    FORGE_CRL_AS_PEM
};
#define FORGE_FLAT_BLOBS 7
typedef struct forge_flat {
    uint32_t version;  /* 4 */
    uint32_t tee_type; /* from the kind */
    int crl_form;
    bool no_nul; /* text blobs without their NUL */
    forge_len sizes[FORGE_FLAT_BLOBS];
    ds_view append;
} forge_flat;

/* ---- what is made -------------------------------------------------------- */

typedef struct forge_out {
    ds_buf quote;
    forge_part part[FORGE_PARTS]; /* where what is in `quote` */
    ds_buf cert[FORGE_CERTS];     /* DER */
    ds_buf cert_tbs[FORGE_CERTS]; /* the signed part of each */
    ds_buf crl[FORGE_CRLS];       /* DER */
    ds_buf crl_tbs[FORGE_CRLS];
    ds_buf root_pem;
    ds_buf chain[FORGE_CHAINS]; /* PEM text, tail included */
    ds_buf tcb_info;            /* the inner object as it is delivered */
    ds_buf tcb_info_signature;  /* hex text */
    ds_buf tcb_info_answer;     /* {"tcbInfo":...,"signature":"..."} */
    ds_buf qe_identity;
    ds_buf qe_identity_signature;
    ds_buf qe_identity_answer;
    ds_buf collateral; /* the JSON bundle */
    ds_buf flat;       /* the flattened form */
} forge_out;

typedef struct forge_inner forge_inner;

typedef struct forge {
    int kind;
    forge_cert cert[FORGE_CERTS];
    forge_sgx sgx;       /* the PCK certificate's extension */
    forge_sgx extra_sgx; /* FORGE_CERT_EXTRA's */
    forge_crl crl[FORGE_CRLS];
    forge_tcb_info tcb_info;
    forge_qe_identity qe_identity;
    forge_quote quote;
    forge_chain chain[FORGE_CHAINS];
    forge_bundle bundle;
    forge_flat flat;
    forge_out out;
    char error[160]; /* why the last call failed */
    forge_inner *inner;
} forge;

/* A forge with the defaults of a kind (FORGE_SGX_V3 ...); NULL when out of
 * memory or when the PSA API does not work. */
forge *
forge_new(int kind, const char *seed);
void
forge_free(forge *f);
/* All inputs back to the defaults of a kind; keys and remembered signatures
 * stay, so that this is far cheaper than another forge_new. */
void
forge_reset(forge *f, int kind);
/* Fill f->out. 0, or -1 with f->error. */
int
forge_build(forge *f);

/* The platform belongs to the Processor CA: PCK issuer, signer, CDP, five
 * entries in the SGX extension, chains and PCK CRL. */
void
forge_use_processor_ca(forge *f);

/* Bytes that live as long as the forge. */
ds_view
forge_hex(forge *f, const char *hex);
ds_view
forge_keep(forge *f, const void *p, size_t n);
static inline ds_view
forge_keep_buf(forge *f, const ds_buf *b)
{
    return forge_keep(f, b->p, b->n);
}
/* List a certificate's serial in a CRL; reason as in forge_revoked. */
void
forge_revoke(forge *f, int crl, int cert, int reason);

/* quote.bin, collateral.json, root.pem and root.der into a directory that
 * exists. After forge_build. 0, or -1 with f->error. */
int
forge_write_dir(forge *f, const char *dir);

/* ---- parts, for mutators and benches -------------------------------------- */

/* X || Y (64 bytes, 96 for P-384); empty for the RSA key or on failure. */
ds_view
forge_public(forge *f, int key);
/* Generated text of the inner objects, edits not applied, appended. */
void
forge_tcb_info_text(const forge *f, ds_buf *b);
void
forge_qe_identity_text(const forge *f, ds_buf *b);
/* PEM of one DER object, appended; label "CERTIFICATE" or "X509 CRL". */
void
forge_pem(ds_view der, const char *label, bool crlf, ds_buf *out);

/* Sign data by `key`: r || s into out (64 bytes; 96 for P-384). */
int
forge_resign_raw(forge *f, int key, ds_view data, uint8_t *out);
/* A whole certificate or CRL from the bytes of its tbs part, appended. */
int
forge_resign_tbs(forge *f, int key, int alg, ds_view tbs, ds_buf *out);
/* The signature's hex text (128 characters, no NUL) for a document,
 * appended. */
int
forge_resign_doc(forge *f, int key, ds_view text, ds_buf *out);
/* Sign a changed copy of f->out.quote in place. What: any of these, done in
 * this order. n is the length of the copy; parts must lie where
 * f->out.part says. */
enum {
    FORGE_RESIGN_BIND = 1, /* key and auth data hash into the QE report */
    FORGE_RESIGN_QE = 2,   /* QE report, by quote.qe_signer */
    FORGE_RESIGN_BODY = 4, /* header and body, by quote.signer */
    FORGE_RESIGN_ALL = 7
};
int
forge_resign_quote(forge *f, uint8_t *quote, size_t n, unsigned what);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_BASE_LIMITS_H
#define DS_BASE_LIMITS_H

/* The cap of every input, in bytes unless it says otherwise. */
#define DS_MAX_QUOTE (1u << 20)
#define DS_MAX_AUTH_DATA 1024u
#define DS_MAX_COLLATERAL (8u << 20)
#define DS_MAX_DOCUMENT (1u << 20) /* TCB info, QE identity */
#define DS_MAX_CRL (1u << 20)
#define DS_MAX_CHAIN (64u << 10)        /* PEM text of a certificate chain */
#define DS_MAX_CERT (16u << 10)         /* DER */
#define DS_MAX_EVIDENCE_CERT (1u << 20) /* the same with evidence inside */
#define DS_MAX_CHAIN_CERTS 8            /* certificates in one PEM text */
#define DS_MAX_POLICY (1u << 20)
#define DS_MAX_POLICY_ITEMS 1024 /* entries of one list */
#define DS_MAX_JSON_DEPTH 32     /* levels */
#define DS_MAX_JSON_TOKENS 200000
#define DS_MAX_DER_DEPTH 10 /* levels */
#define DS_MAX_TCB_LEVELS 256
#define DS_MAX_MODULE_IDENTITIES 64
#define DS_MAX_ADVISORIES 1024 /* of one level */
#define DS_MAX_ADVISORY_ID 64
#define DS_MAX_SEALED_PLAIN (16u << 20)
#define DS_MAX_SEALED (24u << 20) /* a sealed payload's JSON text */
#define DS_MAX_RECEIPT (16u << 20)
#define DS_MAX_EXCHANGE (16u << 20) /* a request or an output */
#define DS_MAX_NODES 1024           /* keys that receipts may have */
#define DS_MAX_IDENTITY (32u << 20)
#define DS_MAX_IDENTITY_EVIDENCE (16u << 20)
#define DS_MAX_IDENTITY_KEYS 8
#define DS_MAX_REPLAY (1u << 24)       /* nonces */
#define DS_MAX_REPORT_JSON (64u << 20) /* holds all of an event log */
#define DS_MAX_ENDPOINT 2048
#define DS_MAX_SOCKET_PATH 107u /* what sockaddr_un holds */
#define DS_MAX_HTTP_PATH 2048
#define DS_MAX_HTTP_HEAD (64u << 10)   /* all headers of an answer */
#define DS_MAX_HTTP_ERROR (64u << 10)  /* body of an answer that is not 2xx */
#define DS_MAX_EVIDENCE (24u << 20)    /* a body with an attestation in hex */
#define DS_MAX_ATTESTATION (10u << 20) /* the container */
#define DS_MAX_PLATFORM_QUOTE (64u << 10) /* a quote in a container */
#define DS_MAX_COSE (32u << 10)           /* a document of a Nitro platform */
#define DS_SNP_REPORT_SIZE 1184u          /* exactly */
#define DS_MAX_CONFIG (1u << 20)          /* vm_config and its like */
#define DS_MAX_MR_CONFIG (64u << 10)
#define DS_MAX_EVENTS 4096 /* of one log */
#define DS_MAX_RUNTIME_EVENTS 1024
#define DS_MAX_EVENT_NAME 1024
#define DS_MAX_EVENT_DIGEST 64
#define DS_MAX_EVENT_PAYLOAD (1u << 20)
#define DS_MAX_EVENT_PREIMAGE (3u << 20) /* holds name and payload in hex */
#define DS_MAX_EVENT_LOG_JSON (16u << 20)
#define DS_MAX_BINARY_LOG (1u << 20)      /* a firmware's own */
#define DS_MAX_EVENT_LOG_TEXT (64u << 20) /* one that is written */
#define DS_MAX_TPM_BLOB (16u << 10)
#define DS_MAX_TPM_PCRS 64
#define DS_MAX_AGENT_ATTESTATION (16u << 20) /* answers with evidence */
#define DS_MAX_AGENT_ANSWER (4u << 20)       /* any other, and data sent */
#define DS_MAX_AGENT_PATH (64u << 10)        /* a key's path, purpose, domain */
#define DS_MAX_CERT_NAME 1024u               /* subject, alternative name */
#define DS_MAX_ALT_NAMES 256
#define DS_MAX_GPU_BUNDLES 64
#define DS_MAX_IMAGE_MANIFEST (64u << 10)
#define DS_MAX_IMAGE_DOCUMENT (64u << 10) /* measurements, metadata */
#define DS_MAX_IMAGE_FILES 64             /* lines of a manifest */
#define DS_MAX_IMAGE_NAME 64u
#define DS_MAX_IMAGE_VERSION 64
#define DS_MAX_IMAGE_KERNEL (64u << 20)
#define DS_MAX_IMAGES 64 /* that one verifier knows */
#define DS_MAX_VM_MEMORY (UINT64_C(1) << 52)
#define DS_MAX_ACPI_TABLES (1u << 20)
#define DS_MAX_ACPI_ENTRIES 256 /* tables that are known */
#define DS_MAX_TD_PAGES 8192u   /* of 4 KiB, that a launch measures */
#define DS_MAX_TD_RANGES 32     /* memory that firmware accepted */
#define DS_MAX_ENVS 1024        /* what a guest takes, as are the next three */
#define DS_MAX_ENV_NAME 255u
#define DS_MAX_ENV_VALUE (128u << 10)
#define DS_MAX_ENV_TOTAL (1u << 20)
#define DS_MAX_ENV_JSON (8u << 20)    /* an environment before encryption */
#define DS_MAX_ENV_FILE (4u << 20)    /* NAME=VALUE lines */
#define DS_MAX_APP_COMPOSE (4u << 20) /* an app-compose file */

#endif

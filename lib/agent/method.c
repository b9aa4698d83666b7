/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/method.h"

#include "base/limits.h"

#define ANSWER DS_MAX_AGENT_ANSWER
#define EVIDENCE DS_MAX_AGENT_ATTESTATION

/* Guest API, sections 1.3 and 2. */
/* clang-format off */
const ds_method ds_methods[DS_METHOD_COUNT] = {
    [DS_V0_GET_TLS_KEY] = {"GetTlsKey", "/GetTlsKey", "0.4.2", "key",
        ANSWER, true},
    [DS_V0_GET_KEY] = {"GetKey", "/GetKey", "0.4.2", "key", ANSWER, true},
    [DS_V0_GET_QUOTE] = {"GetQuote", "/GetQuote", "0.4.2", "quote",
        EVIDENCE, false},
    [DS_V0_ATTEST] = {"Attest", "/Attest", "0.5.6", "attestation",
        EVIDENCE, false},
    [DS_V0_EMIT_EVENT] = {"EmitEvent", "/EmitEvent", "0.5.0", NULL,
        ANSWER, false},
    [DS_V0_INFO] = {"Info", "/Info", "0.4.2", "app_id", ANSWER, false},
    [DS_V0_SIGN] = {"Sign", "/Sign", "0.5.6", "signature", ANSWER, false},
    [DS_V0_VERIFY] = {"Verify", "/Verify", "0.5.6", "valid", ANSWER, false},
    [DS_V0_VERSION] = {"Version", "/Version", "0.5.7", "version",
        ANSWER, false},

    [DS_V1_ISSUE_CERT] = {"v1.IssueCert", "/v1/IssueCert", "0.6.0", "key",
        ANSWER, true},
    [DS_V1_GET_KEY] = {"v1.GetKey", "/v1/GetKey", "0.6.0", "key",
        ANSWER, true},
    [DS_V1_ATTEST] = {"v1.Attest", "/v1/Attest", "0.6.0", "attestation",
        EVIDENCE, false},
    [DS_V1_ATTEST_GPU] = {"v1.AttestGpu", "/v1/AttestGpu", "0.6.0", "bundles",
        EVIDENCE, false},
    [DS_V1_INFO] = {"v1.Info", "/v1/Info", "0.6.0", "app_id", ANSWER, false},
    [DS_V1_VERSION] = {"v1.Version", "/v1/Version", "0.6.0", "version",
        ANSWER, false},

    [DS_TAPPD_DERIVE_KEY] = {"Tappd.DeriveKey", "/prpc/Tappd.DeriveKey",
        "0.3.1", "key", ANSWER, true},
    [DS_TAPPD_DERIVE_K256_KEY] = {"Tappd.DeriveK256Key",
        "/prpc/Tappd.DeriveK256Key", "0.4.2", "k256_key", ANSWER, true},
    [DS_TAPPD_TDX_QUOTE] = {"Tappd.TdxQuote", "/prpc/Tappd.TdxQuote",
        "0.3.1", "quote", EVIDENCE, false},
    [DS_TAPPD_RAW_QUOTE] = {"Tappd.RawQuote", "/prpc/Tappd.RawQuote",
        "0.3.4", "quote", EVIDENCE, false},
    [DS_TAPPD_INFO] = {"Tappd.Info", "/prpc/Tappd.Info", "0.3.4", "app_id",
        ANSWER, false},
    [DS_TAPPD_VERSION] = {"Tappd.Version", "/prpc/Tappd.Version", "0.5.7",
        "version", ANSWER, false},

    [DS_WORKER_INFO] = {"Worker.Info", "/prpc/Worker.Info", "0.3.1", "app_id",
        ANSWER, false},
    [DS_WORKER_VERSION] = {"Worker.Version", "/prpc/Worker.Version", "0.3.4",
        "version", ANSWER, false},
    [DS_WORKER_APP_KEY] = {"Worker.GetAttestationForAppKey",
        "/prpc/Worker.GetAttestationForAppKey", "0.5.6", "quote",
        EVIDENCE, false},
    [DS_WORKER_V1_INFO] = {"Worker v1.Info", "/prpc/v1/Info", "0.6.0",
        "app_id", ANSWER, false},
    [DS_WORKER_V1_VERSION] = {"Worker v1.Version", "/prpc/v1/Version", "0.6.0",
        "version", ANSWER, false},
    [DS_WORKER_V1_HEALTH] = {"Worker v1.Health", "/prpc/v1/Health", "0.6.0",
        "healthy", ANSWER, false},
};
/* clang-format on */

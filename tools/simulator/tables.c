/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc.h"

/* Every message and method, by version (spec 2). */

/* ---- v0 and Tappd -------------------------------------------------------- */

static const sim_schema tls_key_args = {
    "GetTlsKeyArgs", {
                         {"subject", 1, SIM_STRING, ON_ALL, NULL},
                         {"alt_names", 2, SIM_STRINGS, ON_ALL, NULL},
                         {"usage_ra_tls", 3, SIM_BOOL, ON_ALL, NULL},
                         {"usage_server_auth", 4, SIM_BOOL, ON_ALL, NULL},
                         {"usage_client_auth", 5, SIM_BOOL, ON_ALL, NULL},
                         {"not_before", 6, SIM_U64, SINCE_0511, NULL},
                         {"not_after", 7, SIM_U64, SINCE_0511, NULL},
                         {"with_app_info", 8, SIM_BOOL, SINCE_0511, NULL},
                     }};

static const sim_schema derive_key_args = {
    "DeriveKeyArgs", {
                         {"path", 1, SIM_STRING, ON_ALL, NULL},
                         {"subject", 2, SIM_STRING, ON_ALL, NULL},
                         {"alt_names", 3, SIM_STRINGS, ON_ALL, NULL},
                         {"usage_ra_tls", 4, SIM_BOOL, SINCE_055, NULL},
                         {"usage_server_auth", 5, SIM_BOOL, SINCE_055, NULL},
                         {"usage_client_auth", 6, SIM_BOOL, SINCE_055, NULL},
                         {"random_seed", 7, SIM_BOOL, SINCE_055, NULL},
                     }};

static const sim_schema tls_key = {"GetTlsKeyResponse",
    {
        {"key", 1, SIM_STRING, ON_ALL, NULL},
        {"certificate_chain", 2, SIM_STRINGS, ON_ALL, NULL},
    }};

static const sim_schema key_args = {
    "GetKeyArgs", {
                      {"path", 1, SIM_STRING, ON_ALL, NULL},
                      {"purpose", 2, SIM_STRING, ON_ALL, NULL},
                      {"algorithm", 3, SIM_STRING, SINCE_0511, NULL},
                  }};

static const sim_schema key = {
    "GetKeyResponse", {
                          {"key", 1, SIM_BYTES, ON_ALL, NULL},
                          {"signature_chain", 2, SIM_BYTES_LIST, ON_ALL, NULL},
                      }};

static const sim_schema k256_key = {"DeriveK256KeyResponse",
    {
        {"k256_key", 1, SIM_BYTES, ON_ALL, NULL},
        {"k256_signature_chain", 2, SIM_BYTES_LIST, ON_ALL, NULL},
    }};

static const sim_schema raw_quote_args = {
    "RawQuoteArgs", {
                        {"report_data", 1, SIM_BYTES, ON_ALL, NULL},
                    }};

static const sim_schema quote = {
    "GetQuoteResponse", {
                            {"quote", 1, SIM_BYTES, ON_ALL, NULL},
                            {"event_log", 2, SIM_STRING, ON_ALL, NULL},
                            {"report_data", 3, SIM_BYTES, ON_ALL, NULL},
                            {"vm_config", 4, SIM_STRING, ON_ALL, NULL},
                        }};

static const sim_schema attestation = {
    "AttestResponse", {
                          {"attestation", 1, SIM_BYTES, ON_ALL, NULL},
                      }};

static const sim_schema tdx_quote_args = {
    "TdxQuoteArgs", {
                        {"report_data", 1, SIM_BYTES, ON_ALL, NULL},
                        {"hash_algorithm", 2, SIM_STRING, ON_ALL, NULL},
                        {"prefix", 3, SIM_STRING, ON_ALL, NULL},
                    }};

static const sim_schema tdx_quote = {
    "TdxQuoteResponse", {
                            {"quote", 1, SIM_BYTES, ON_ALL, NULL},
                            {"event_log", 2, SIM_STRING, ON_ALL, NULL},
                            {"hash_algorithm", 3, SIM_STRING, ON_ALL, NULL},
                            {"prefix", 4, SIM_STRING, ON_ALL, NULL},
                        }};

static const sim_schema event_args = {
    "EmitEventArgs", {
                         {"event", 1, SIM_STRING, ON_ALL, NULL},
                         {"payload", 2, SIM_BYTES, ON_ALL, NULL},
                     }};

static const sim_schema sign_args = {
    "SignRequest", {
                       {"algorithm", 1, SIM_STRING, ON_ALL, NULL},
                       {"data", 2, SIM_BYTES, ON_ALL, NULL},
                   }};

static const sim_schema signature = {
    "SignResponse", {
                        {"signature", 1, SIM_BYTES, ON_ALL, NULL},
                        {"signature_chain", 2, SIM_BYTES_LIST, ON_ALL, NULL},
                        {"public_key", 3, SIM_BYTES, ON_ALL, NULL},
                    }};

static const sim_schema verify_args = {
    "VerifyRequest", {
                         {"algorithm", 1, SIM_STRING, ON_ALL, NULL},
                         {"data", 2, SIM_BYTES, ON_ALL, NULL},
                         {"signature", 3, SIM_BYTES, ON_ALL, NULL},
                         {"public_key", 4, SIM_BYTES, ON_ALL, NULL},
                     }};

static const sim_schema verdict = {
    "VerifyResponse", {
                          {"valid", 1, SIM_BOOL, ON_ALL, NULL},
                      }};

static const sim_schema version = {
    "WorkerVersion", {
                         {"version", 1, SIM_STRING, ON_ALL, NULL},
                         {"rev", 2, SIM_STRING, ON_ALL, NULL},
                     }};

static const sim_schema app_info = {
    "AppInfo", {
                   {"app_id", 1, SIM_BYTES, ON_ALL, NULL},
                   {"instance_id", 2, SIM_BYTES, ON_ALL, NULL},
                   {"app_cert", 3, SIM_STRING, ON_ALL, NULL},
                   {"tcb_info", 4, SIM_STRING, ON_ALL, NULL},
                   {"app_name", 5, SIM_STRING, ON_ALL, NULL},
                   {"device_id", 8, SIM_BYTES, ON_ALL, NULL},
                   {"mr_aggregated", 9, SIM_BYTES, ON_ALL, NULL},
                   {"os_image_hash", 10, SIM_BYTES, ON_ALL, NULL},
                   {"key_provider_info", 12, SIM_STRING, ON_ALL, NULL},
                   {"compose_hash", 13, SIM_BYTES, ON_ALL, NULL},
                   {"vm_config", 14, SIM_STRING, ON_ALL, NULL},
                   {"cloud_vendor", 15, SIM_STRING, SINCE_0511, NULL},
                   {"cloud_product", 16, SIM_STRING, SINCE_0511, NULL},
               }};

/* 0.3.6, where identities are text already. */
static const sim_schema worker_info = {
    "WorkerInfo", {
                      {"app_id", 1, SIM_STRING, ON_ALL, NULL},
                      {"instance_id", 2, SIM_STRING, ON_ALL, NULL},
                      {"app_cert", 3, SIM_STRING, ON_ALL, NULL},
                      {"tcb_info", 4, SIM_STRING, ON_ALL, NULL},
                      {"app_name", 5, SIM_STRING, ON_ALL, NULL},
                      {"public_logs", 6, SIM_BOOL, ON_ALL, NULL},
                      {"public_sysinfo", 7, SIM_BOOL, ON_ALL, NULL},
                  }};

static const sim_schema app_key_args = {"GetAttestationForAppKeyRequest",
    {
        {"algorithm", 1, SIM_STRING, ON_ALL, NULL},
    }};

static const sim_method v0[] = {
    {"GetTlsKey", SINCE_055, &tls_key_args, &tls_key, sim_call_get_tls_key},
    {"GetKey", SINCE_055, &key_args, &key, sim_call_get_key},
    {"GetQuote", SINCE_055, &raw_quote_args, &quote, sim_call_get_quote},
    {"Attest", SINCE_0511, &raw_quote_args, &attestation, sim_call_attest},
    {"EmitEvent", SINCE_055, &event_args, NULL, sim_call_emit_event},
    {"Info", SINCE_055, NULL, &app_info, sim_call_info},
    {"Sign", SINCE_0511, &sign_args, &signature, sim_call_sign},
    {"Verify", SINCE_0511, &verify_args, &verdict, sim_call_verify},
    {"Version", SINCE_0511, NULL, &version, sim_call_version},
    {NULL, 0, NULL, NULL, NULL},
};

static const sim_method tappd[] = {
    {"DeriveKey", ON_ALL, &derive_key_args, &tls_key, sim_call_derive_key},
    {"DeriveK256Key", SINCE_055, &key_args, &k256_key,
        sim_call_derive_k256_key},
    {"TdxQuote", ON_ALL, &tdx_quote_args, &tdx_quote, sim_call_tdx_quote},
    {"RawQuote", ON_ALL, &raw_quote_args, &tdx_quote, sim_call_raw_quote},
    {"Info", ON_036, NULL, &worker_info, sim_call_info},
    {"Info", SINCE_055, NULL, &app_info, sim_call_info},
    {"Version", SINCE_0511, NULL, &version, sim_call_version},
    {NULL, 0, NULL, NULL, NULL},
};

static const sim_method worker[] = {
    {"Info", ON_036, NULL, &worker_info, sim_call_info},
    {"Info", SINCE_055, NULL, &app_info, sim_call_info},
    {"Version", ON_ALL, NULL, &version, sim_call_version},
    {"GetAttestationForAppKey", SINCE_0511, &app_key_args, &quote,
        sim_call_app_key_attestation},
    {NULL, 0, NULL, NULL, NULL},
};

/* ---- v1 ------------------------------------------------------------------ */

static const sim_schema v1_cert_args = {
    "IssueCertRequest", {
                            {"subject", 1, SIM_STRING, ON_060, NULL},
                            {"alt_names", 2, SIM_STRINGS, ON_060, NULL},
                            {"usage_ra_tls", 3, SIM_BOOL, ON_060, NULL},
                            {"usage_server_auth", 4, SIM_BOOL, ON_060, NULL},
                            {"usage_client_auth", 5, SIM_BOOL, ON_060, NULL},
                            {"not_before", 6, SIM_U64, ON_060, NULL},
                            {"not_after", 7, SIM_U64, ON_060, NULL},
                            {"with_app_info", 8, SIM_BOOL, ON_060, NULL},
                        }};

static const sim_schema v1_key_args = {
    "GetKeyRequest", {
                         {"domain", 1, SIM_STRING, ON_060, NULL},
                         {"algorithm", 2, SIM_STRING, ON_060, NULL},
                     }};

static const sim_schema v1_key = {
    "GetKeyResponse", {
                          {"key", 1, SIM_BYTES, ON_060, NULL},
                          {"public_key", 2, SIM_BYTES, ON_060, NULL},
                          {"signature_chain", 3, SIM_BYTES_LIST, ON_060, NULL},
                      }};

static const sim_schema v1_attest_args = {"AttestRequest",
    {
        {"report_data", 1, SIM_BYTES, ON_060, NULL},
        {"include_boottime_gpu_evidence", 2, SIM_BOOL, ON_060, NULL},
    }};

static const sim_schema v1_gpu_args = {
    "AttestGpuRequest", {
                            {"nonce", 1, SIM_BYTES, ON_060, NULL},
                        }};

static const sim_schema v1_bundle = {
    "GpuEvidenceBundle", {
                             {"vendor", 1, SIM_STRING, ON_060, NULL},
                             {"format", 2, SIM_STRING, ON_060, NULL},
                             {"evidence", 3, SIM_BYTES, ON_060, NULL},
                         }};

static const sim_schema v1_attestation = {"AttestResponse",
    {
        {"attestation", 1, SIM_BYTES, ON_060, NULL},
        {"boottime_gpu_evidence", 2, SIM_MESSAGES, ON_060, &v1_bundle},
    }};

static const sim_schema v1_bundles = {
    "AttestGpuResponse", {
                             {"bundles", 1, SIM_MESSAGES, ON_060, &v1_bundle},
                         }};

static const sim_schema v1_info = {
    "InfoResponse", {
                        {"app_id", 1, SIM_BYTES, ON_060, NULL},
                        {"app_name", 2, SIM_STRING, ON_060, NULL},
                        {"compose_hash", 3, SIM_BYTES, ON_060, NULL},
                        {"app_compose", 4, SIM_STRING, ON_060, NULL},
                        {"instance_id", 5, SIM_BYTES, ON_060, NULL},
                        {"device_id", 6, SIM_BYTES, ON_060, NULL},
                        {"os_image_hash", 7, SIM_BYTES, ON_060, NULL},
                        {"mr_aggregated", 8, SIM_BYTES, ON_060, NULL},
                        {"vm_config", 9, SIM_STRING, ON_060, NULL},
                        {"key_provider_info", 10, SIM_STRING, ON_060, NULL},
                        {"cloud_vendor", 11, SIM_STRING, ON_060, NULL},
                        {"cloud_product", 12, SIM_STRING, ON_060, NULL},
                    }};

static const sim_schema v1_unhealthy = {
    "UnhealthyContainer", {
                              {"name", 1, SIM_STRING, ON_060, NULL},
                              {"status", 2, SIM_STRING, ON_060, NULL},
                          }};

static const sim_schema v1_health = {
    "HealthResponse", {
                          {"healthy", 1, SIM_BOOL, ON_060, NULL},
                          {"unhealthy", 2, SIM_MESSAGES, ON_060, &v1_unhealthy},
                          {"error", 3, SIM_STRING, ON_060, NULL},
                      }};

static const sim_method v1[] = {
    {"IssueCert", ON_060, &v1_cert_args, &tls_key, sim_call_get_tls_key},
    {"GetKey", ON_060, &v1_key_args, &v1_key, sim_call_v1_get_key},
    {"Attest", ON_060, &v1_attest_args, &v1_attestation, sim_call_v1_attest},
    {"AttestGpu", ON_060, &v1_gpu_args, &v1_bundles, sim_call_v1_attest_gpu},
    {"Info", ON_060, NULL, &v1_info, sim_call_v1_info},
    {"Version", ON_060, NULL, &version, sim_call_version},
    {NULL, 0, NULL, NULL, NULL},
};

static const sim_method worker_v1[] = {
    {"Info", ON_060, NULL, &v1_info, sim_call_v1_info},
    {"Version", ON_060, NULL, &version, sim_call_version},
    {"Health", ON_060, NULL, &v1_health, sim_call_v1_health},
    {NULL, 0, NULL, NULL, NULL},
};

const sim_surface sim_surfaces[SIM_SURFACES] = {
    [SIM_V0] = {NULL, v0},
    [SIM_V1] = {NULL, v1},
    [SIM_TAPPD] = {"Tappd.", tappd},
    [SIM_WORKER] = {"Worker.", worker},
    [SIM_WORKER_V1] = {"Worker.", worker_v1},
};

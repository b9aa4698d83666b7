/* SPDX-License-Identifier: Apache-2.0 */
#include "dstack/quote.h"

/* Bit names: Intel TDX module ABI (ATTRIBUTES), Intel SDM volume 1 chapter 13
 * (XCR0 and IA32_XSS) and volume 3D (SECS.ATTRIBUTES). */

const char *
dstack_td_attribute_name(uint32_t bit)
{
    static const char *const names[64] = {[0] = "DEBUG",
        [4] = "HGS_PLUS_PROF",
        [5] = "PERF_PROF",
        [6] = "PMT_PROF",
        [16] = "ICSSD",
        [17] = "SERVTD_EXT",
        [27] = "LASS",
        [28] = "SEPT_VE_DISABLE",
        [29] = "MIGRATABLE",
        [30] = "PKS",
        [31] = "KL",
        [62] = "TPA",
        [63] = "PERFMON"};

    return bit < 64 && names[bit] ? names[bit] : "";
}

const char *
dstack_sgx_attribute_name(uint32_t bit)
{
    static const char *const names[64] = {[0] = "INIT",
        [1] = "DEBUG",
        [2] = "MODE64BIT",
        [4] = "PROVISIONKEY",
        [5] = "EINITTOKENKEY",
        [6] = "CET",
        [7] = "KSS",
        [10] = "AEXNOTIFY"};

    return bit < 64 && names[bit] ? names[bit] : "";
}

const char *
dstack_xfam_name(uint32_t bit)
{
    static const char *const names[64] = {[0] = "X87",
        [1] = "SSE",
        [2] = "AVX",
        [3] = "MPX_BNDREGS",
        [4] = "MPX_BNDCSR",
        [5] = "AVX512_OPMASK",
        [6] = "AVX512_ZMM_HI256",
        [7] = "AVX512_HI16_ZMM",
        [8] = "PT",
        [9] = "PKRU",
        [10] = "PASID",
        [11] = "CET_U",
        [12] = "CET_S",
        [13] = "HDC",
        [14] = "UINTR",
        [15] = "LBR",
        [16] = "HWP",
        [17] = "AMX_TILECFG",
        [18] = "AMX_TILEDATA",
        [19] = "APX"};

    return bit < 64 && names[bit] ? names[bit] : "";
}

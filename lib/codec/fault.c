/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/fault.h"

const char *
ds_fault_text(int fault)
{
    static const char *const texts[] = {
        [DS_FAULT_NONE] = "nothing wrong",
        [DS_FAULT_TRUNCATED] = "the bytes end early",
        [DS_FAULT_TRAILING] = "bytes follow the end",
        [DS_FAULT_FORM] = "no valid encoding",
        [DS_FAULT_TYPE] = "a value of the wrong type",
        [DS_FAULT_RANGE] = "a number, length or count out of range",
        [DS_FAULT_DEPTH] = "too many levels",
        [DS_FAULT_DUPLICATE] = "a key twice in one map",
        [DS_FAULT_MISSING] = "a field is missing",
        [DS_FAULT_UTF8] = "text that is not UTF-8, or has a NUL",
        [DS_FAULT_LENGTH] = "a length other than the one it must have",
        [DS_FAULT_KIND] = "none of the known kinds",
    };

    if (fault < 0 || fault >= (int)(sizeof texts / sizeof texts[0]))
        return "unknown";
    return texts[fault];
}

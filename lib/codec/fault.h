/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CODEC_FAULT_H
#define DS_CODEC_FAULT_H

/* What is wrong with a binary document; the room that knows which document it
 * is turns it into a reason. */
enum {
    DS_FAULT_NONE = 0,
    DS_FAULT_TRUNCATED, /* ends inside a value, or claims more than is left */
    DS_FAULT_TRAILING,  /* bytes after the document */
    DS_FAULT_FORM,      /* not a valid, or not the shortest, encoding */
    DS_FAULT_TYPE,      /* another type than the field has */
    DS_FAULT_RANGE,     /* a number, length or count that is not allowed */
    DS_FAULT_DEPTH,
    DS_FAULT_DUPLICATE, /* a map key twice */
    DS_FAULT_MISSING,   /* a field that must be there */
    DS_FAULT_UTF8,
    DS_FAULT_LENGTH, /* a field of a fixed length has another */
    DS_FAULT_KIND    /* none of the known kinds */
};

/* "ends early", "bytes after the end"...; static. */
const char *
ds_fault_text(int fault);

#endif

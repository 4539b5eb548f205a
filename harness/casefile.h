/* casefile.h: reads the case files that reference/casefile.py writes. Untrusted input.
 *
 * Little-endian: "TLCASE\0\0", u32 version 2, u32 cases; per case: text op, text class, u64 m, k, n, g, u64
 * seed, u32 arrays; per array: text name, u32 dtype (0 int8, 1 int32, 2 float32, 3 uint8, 4 uint16), u64 count,
 * data. A text is a u32 length and its bytes. Last a u32 CRC-32 (zlib's) of all before. Op "layout_<name>"
 * holds "w" and "packed".
 */
#ifndef TL_CASEFILE_H
#define TL_CASEFILE_H

#include "harness/cli.h"
#include "harness/parity.h"

/* Adds the cases of a file, or of every *.tlc in a folder (at least one). TL_GO_ON or TL_BAD (printed). */
int tl_cases_read(const char *path, tl_cases *);
void tl_cases_free(tl_cases *);

#endif

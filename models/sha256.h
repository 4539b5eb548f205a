/* sha256.h: SHA-256 (FIPS 180-4), a piece at a time. */
#ifndef TM_SHA256_H
#define TM_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct tm_sha256 {
    uint32_t h[8];
    uint8_t block[64];
    uint64_t n;
} tm_sha256;

void tm_sha256_start(tm_sha256 *);
void tm_sha256_add(tm_sha256 *, const void *, size_t);
void tm_sha256_end(tm_sha256 *, char out[65]); /* hexadecimal, lower case */

#endif

/* fetch.h: files from the network into a cache folder: resumed where they broke off, checked before they count.
 */
#ifndef TM_FETCH_H
#define TM_FETCH_H

#include "models/text.h"

#include <stdint.h>

typedef struct tm_fetch {
    const char *url; /* http, https or file */
    const char
        *to; /* the file; "<to>.part" while it is not whole, and "<to>.part.from": what it is a part of */
    const char *sha256; /* 64 hexadecimal digits, or NULL: not checked */
    const char *token;  /* sent as "Authorization: Bearer", to the first host only; NULL: none */
    unsigned retries;   /* after a broken connection, each goes on where the last one ended */
    void (*progress)(void *ctx, uint64_t done, uint64_t total); /* total 0: not known. NULL: none */
    void *ctx;
    const volatile int *interrupt;
} tm_fetch_request;

/* Downloads. A file that is there already is kept, checked if there is a checksum. False: err; "<to>.part"
 * stays for the next try unless its checksum is wrong. It is gone on with only if it came from the same
 * address, and the server still has the same there by ETag, date or size; otherwise the download begins anew.
 * libcurl is loaded here and nowhere else. */
bool tm_fetch_file(const tm_fetch_request *, tm_error *err);

/* SHA-256 (FIPS 180-4) of a file as 64 digits and a zero. */
bool tm_sha256_file(const char *path, char out[65], tm_error *err);

#endif

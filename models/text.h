/* text.h: counted strings and one-line errors, what all of models/ shares. Nothing below the program prints or
 * exits: a function that can fail fills a tm_error and says so by its return value. */
#ifndef TM_TEXT_H
#define TM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Bytes that somebody else owns: any value, no terminator. */
typedef struct tm_str {
    const char *p;
    size_t n;
} tm_str;

static inline tm_str tm_str_of(const char *s) {
    return (tm_str){s, strlen(s)};
}
static inline bool tm_str_is(tm_str a, const char *s) {
    return a.n == strlen(s) && !memcmp(a.p, s, a.n);
}

/* FNV-1a, 64 bits, going on from h: of a first text from TM_FNV. */
#define TM_FNV 0xcbf29ce484222325u
uint64_t tm_str_hash(uint64_t h, tm_str);

/* "<file or place>: <what was expected>, <what was found>" */
typedef struct tm_error {
    char text[512];
} tm_error;

/* Writes the text (control characters and bytes above 126 as '?', so that a file cannot write to a terminal)
 * and returns false. err may be NULL. */
__attribute__((format(printf, 2, 3))) bool tm_fail(tm_error *err, const char *format, ...);

/* Copies at most n - 1 bytes of s for a message, unprintable ones as '?'. Returns out. */
const char *tm_printable(char *out, size_t n, tm_str s);

/* A growing array of bytes. All zero is empty. */
typedef struct tm_buffer {
    char *p;
    size_t n, room;
} tm_buffer;
bool tm_buffer_add(tm_buffer *, const void *bytes, size_t n); /* false: no memory; the buffer stays as it was */
bool tm_buffer_zeros(tm_buffer *, size_t n);
void tm_buffer_free(tm_buffer *);

/* Opens a regular file for reading; never waits for the writer of a pipe. NULL: err. */
FILE *tm_open_file(const char *path, tm_error *err);
/* Appends a whole regular file (or, for "-", standard input). False: err. */
bool tm_read_file(const char *path, tm_buffer *, tm_error *err);

#endif

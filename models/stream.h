/* stream.h: new tokens as text: whole UTF-8 characters, stop tokens, stop texts that are never shown. */
#ifndef TM_STREAM_H
#define TM_STREAM_H

#include "models/generate.h"
#include "models/tokenizer/tokenizer.h"

typedef struct tm_stream {
    tm_tokenizer *tokenizer;
    const tm_str *stops; /* texts that end it */
    size_t nstops;
    bool ignore_stops;                                    /* go on behind stop tokens */
    bool (*emit)(void *ctx, const char *bytes, size_t n); /* false ends it; NULL: none */
    void *ctx;
    /* its own, all zero at the start */
    tm_utf8 utf8;
    tm_buffer held; /* text that may be the beginning of a stop */
} tm_stream;

/* For tm_generation: its `token`, with the stream as `ctx`. */
bool tm_stream_token(void *stream, uint32_t id, tm_reason *);
/* The rest of the text, unless a stop text ended it. Frees what the stream holds. */
void tm_stream_end(tm_stream *, tm_reason);

enum { TM_MOST_STOPS = 16 };
/* "a|b" to texts, in place; \n and \t are a line end and a tab. Returns how many there are; of more than
 * TM_MOST_STOPS only the first ones are told. */
size_t tm_stream_stops(char *text, tm_str stops[TM_MOST_STOPS]);

#endif

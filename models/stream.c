/* stream.c: see stream.h. */
#include "models/stream.h"

static bool emit(tm_stream *s, const char *p, size_t n) {
    return !n || !s->emit || s->emit(s->ctx, p, n);
}

/* Where the stop text begins that is whole first, the longest if several are; n: there is none. So a text ends
 * at the same place however it is cut into tokens. */
static size_t whole_stop(const tm_stream *s, const char *p, size_t n) {
    for (size_t end = 1; end <= n; end++) {
        size_t most = 0;
        for (size_t i = 0; i < s->nstops; i++) {
            const tm_str stop = s->stops[i];
            if (stop.n > most && stop.n <= end && !memcmp(p + end - stop.n, stop.p, stop.n))
                most = stop.n;
        }
        if (most)
            return end - most;
    }
    return n;
}

/* Where the first text begins that may yet become a stop; n: there is none. */
static size_t begun_stop(const tm_stream *s, const char *p, size_t n) {
    for (size_t at = 0; at < n; at++)
        for (size_t i = 0; i < s->nstops; i++)
            if (n - at < s->stops[i].n && !memcmp(p + at, s->stops[i].p, n - at))
                return at;
    return n;
}

/* Passes on what cannot be part of a stop text. False: a stop was found, or the listener has enough. */
static bool pass_on(tm_stream *s, tm_reason *why) {
    const char *p = s->held.p;
    const size_t n = s->held.n, stop = whole_stop(s, p, n);
    if (stop < n) {
        *why = TM_AT_STOP_TEXT;
        emit(s, p, stop);
        return false;
    }
    const size_t safe = begun_stop(s, p, n);
    const bool good = emit(s, p, safe);
    memmove(s->held.p, s->held.p + safe, n - safe);
    s->held.n = n - safe;
    return good;
}

bool tm_stream_token(void *stream, uint32_t id, tm_reason *why) {
    tm_stream *s = stream;
    char chunk[1028];
    tm_buffer text = {0};
    if (!s->ignore_stops && tm_is_stop(s->tokenizer, id)) {
        *why = TM_AT_STOP_TOKEN;
        return false;
    }
    bool good = id >= tm_vocab(s->tokenizer) || tm_decode_next(s->tokenizer, id, false, &text);
    for (size_t at = 0; good && at < text.n; at += 1024) {
        const size_t n = text.n - at < 1024 ? text.n - at : 1024;
        good = tm_buffer_add(&s->held, chunk, tm_utf8_push(&s->utf8, text.p + at, n, chunk));
    }
    tm_buffer_free(&text);
    *why = TM_INTERRUPTED;
    return good && (!s->held.n || pass_on(s, why)) && (*why = TM_AT_LIMIT, true);
}

void tm_stream_end(tm_stream *s, tm_reason why) {
    char rest[4];
    if (why != TM_AT_STOP_TEXT) {
        emit(s, s->held.p, s->held.n);
        emit(s, rest, tm_utf8_flush(&s->utf8, rest));
    }
    tm_buffer_free(&s->held);
}

size_t tm_stream_stops(char *text, tm_str stops[TM_MOST_STOPS]) {
    size_t n = 0;
    char *to = text;
    tm_str one = {text, 0};
    for (const char *p = text;; p++) {
        if (!*p || *p == '|') {
            one.n = (size_t)(to - one.p);
            if (one.n && n++ < TM_MOST_STOPS)
                stops[n - 1] = one;
            if (!*p)
                return n;
            one.p = to;
        } else if (*p == '\\' && p[1]) {
            p++;
            *to++ = *p == 'n' ? '\n' : *p == 't' ? '\t' : *p;
        } else
            *to++ = *p;
    }
}

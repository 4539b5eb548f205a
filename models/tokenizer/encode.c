/* encode.c: text to ids: special tokens, pieces, merges; ids to text. */
#include "models/tokenizer/inside.h"

#include <math.h>
#include <stdlib.h>

/* ---- merging a piece --------------------------------------------------------------------------------------
 * Parts are a list over the piece; neighbours that may become one wait in a heap, the best first and of equals
 * the leftmost. A merge leaves stale entries behind, which are told by their length. O(n log n). */
typedef struct part {
    uint32_t at, n;       /* n = 0: merged away */
    int32_t before, next; /* -1: none */
    int64_t id;           /* TM_NO_TOKEN: a character that SentencePiece has no token for */
} part;

typedef struct candidate {
    double rank;
    uint32_t left, length; /* of both together, when it was put here */
} candidate;

typedef struct merger {
    tm_tokenizer *t;
    const char *p;
    part *parts;
    candidate *heap;
    size_t waiting;
} merger;

static bool before(const candidate *a, const candidate *b) {
    return a->rank < b->rank || (a->rank == b->rank && a->left < b->left);
}

static void push(merger *m, candidate c) {
    size_t i = m->waiting++;
    for (; i && before(&c, &m->heap[(i - 1) / 2]); i = (i - 1) / 2)
        m->heap[i] = m->heap[(i - 1) / 2];
    m->heap[i] = c;
}

static candidate pop(merger *m) {
    const candidate top = m->heap[0], last = m->heap[--m->waiting];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < m->waiting; i = child) {
        if (child + 1 < m->waiting && before(&m->heap[child + 1], &m->heap[child]))
            child++;
        if (!before(&m->heap[child], &last))
            break;
        m->heap[i] = m->heap[child];
    }
    m->heap[i] = last;
    return top;
}

static bool pair_rank(const tm_tokenizer *t, int64_t left, int64_t right, double *rank) {
    uint64_t i = ((uint64_t)left << 32 | (uint64_t)right) * 0x9e3779b97f4a7c15u >> 20;
    for (; t->pairs && t->pairs[i & t->pair_mask].rank; i++) {
        const struct tm_pair *p = &t->pairs[i & t->pair_mask];
        if (p->left == left && p->right == right) {
            *rank = p->rank;
            return true;
        }
    }
    return false;
}

static void consider(merger *m, int32_t left) {
    const int32_t right = left < 0 ? -1 : m->parts[left].next;
    if (right < 0)
        return;
    const part *a = &m->parts[left], *b = &m->parts[right];
    const int64_t id = tm_lookup(m->t, m->p + a->at, a->n + b->n);
    double rank = (double)id;
    if (id < 0 || (m->t->merging == TM_BY_LIST && !pair_rank(m->t, a->id, b->id, &rank)))
        return;
    if (m->t->merging == TM_BY_SCORE)
        rank = -(double)m->t->tokens[id].score;
    push(m, (candidate){rank, (uint32_t)left, a->n + b->n});
}

static size_t character(const char *p, size_t n) {
    const unsigned char c = (unsigned char)*p;
    const size_t length = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    return length < n ? length : n;
}

static size_t cut_parts(merger *m, size_t n) {
    size_t count = 0;
    for (size_t at = 0; at < n; count++) {
        const size_t length = m->t->merging == TM_BY_SCORE ? character(m->p + at, n - at) : 1;
        const int64_t id = length > 1 || m->t->merging == TM_BY_SCORE
                               ? tm_lookup(m->t, m->p + at, length)
                               : (int64_t)m->t->byte[(unsigned char)m->p[at]];
        m->parts[count] = (part){(uint32_t)at, (uint32_t)length, (int32_t)count - 1, (int32_t)count + 1, id};
        at += length;
    }
    m->parts[count - 1].next = -1;
    return count;
}

static void merge_all(merger *m) {
    while (m->waiting) {
        const candidate c = pop(m);
        part *a = &m->parts[c.left];
        if (!a->n || a->next < 0 || a->n + m->parts[a->next].n != c.length)
            continue; /* stale: one of the two has changed since */
        part *b = &m->parts[a->next];
        a->n += b->n;
        a->id = tm_lookup(m->t, m->p + a->at, a->n);
        a->next = b->next;
        b->n = 0;
        if (a->next >= 0)
            m->parts[a->next].before = (int32_t)c.left;
        consider(m, a->before);
        consider(m, (int32_t)c.left);
    }
}

static bool emit(const merger *m, const part *p, tm_ids *ids) {
    if (p->id >= 0)
        return tm_ids_add(ids, (uint32_t)p->id);
    for (size_t i = 0; i < p->n; i++)
        if (!tm_ids_add(ids, m->t->byte[(unsigned char)m->p[p->at + i]]))
            return false;
    return true;
}

bool tm_merge_piece(tm_tokenizer *t, const char *p, size_t n, tm_ids *ids) {
    const size_t bytes = n * (sizeof(part) + 3 * sizeof(candidate));
    if (n > INT32_MAX)
        return false;
    if (bytes > t->parts_room) {
        free(t->parts);
        t->parts = malloc(bytes);
        t->parts_room = t->parts ? bytes : 0;
    }
    if (!t->parts)
        return false;
    merger m = {.t = t,
                .p = p,
                .heap = t->parts,
                .parts = (part *)(void *)((char *)t->parts + 3 * n * sizeof(candidate))};
    const size_t count = cut_parts(&m, n);
    for (size_t i = 0; i + 1 < count; i++)
        consider(&m, (int32_t)i);
    merge_all(&m);
    for (int32_t i = 0; i >= 0; i = m.parts[i].next)
        if (!emit(&m, &m.parts[i], ids))
            return false;
    return true;
}

/* ---- text ------------------------------------------------------------------------------------------------ */
static bool encode_pieces(tm_tokenizer *t, const char *p, size_t n, tm_ids *ids) {
    tm_split_start(t->split);
    while (n) {
        const size_t length = tm_split_next(t->split, p, n);
        const int64_t id = t->ignore_merges || length == 1 ? tm_lookup(t, p, length) : TM_NO_TOKEN;
        if (!(id >= 0 ? tm_ids_add(ids, (uint32_t)id) : tm_merge_piece(t, p, length, ids)))
            return false;
        p += length;
        n -= length;
    }
    return true;
}

/* SentencePiece: spaces are U+2581, one more of them in front. */
static bool encode_sentence(tm_tokenizer *t, const char *p, size_t n, bool first, tm_ids *ids) {
    tm_buffer b = {0};
    bool good = !n || !first || !t->space_prefix || tm_buffer_add(&b, "\xe2\x96\x81", 3);
    for (size_t i = 0; good && i < n; i++)
        good = p[i] == ' ' ? tm_buffer_add(&b, "\xe2\x96\x81", 3) : tm_buffer_add(&b, p + i, 1);
    good = good && (!b.n || tm_merge_piece(t, b.p, b.n, ids));
    tm_buffer_free(&b);
    return good;
}

/* The special token that starts here: the longest. */
static int64_t special_at(const tm_tokenizer *t, const char *p, size_t n) {
    for (size_t i = 0; t->starts[(unsigned char)*p] && i < t->nspecials; i++) {
        const tm_str s = tm_token_text(t, t->specials[i]);
        if (s.n <= n && !memcmp(s.p, p, s.n))
            return t->specials[i];
    }
    return TM_NO_TOKEN;
}

bool tm_encode(tm_tokenizer *t, tm_str text, unsigned flags, tm_ids *ids) {
    size_t from = 0;
    if (flags & TM_BOS && t->add_bos && t->bos >= 0 && !tm_ids_add(ids, (uint32_t)t->bos))
        return false;
    for (size_t at = 0; at <= text.n; at++) {
        const int64_t id =
            at < text.n && flags & TM_SPECIALS ? special_at(t, text.p + at, text.n - at) : TM_NO_TOKEN;
        if (id < 0 && at < text.n)
            continue;
        if (!(t->split ? encode_pieces(t, text.p + from, at - from, ids)
                       : encode_sentence(t, text.p + from, at - from, !from && !(flags & TM_CONTINUE), ids)))
            return false;
        if (id >= 0) {
            if (!tm_ids_add(ids, (uint32_t)id))
                return false;
            from = at + tm_token_text(t, (uint32_t)id).n;
            at = from - 1;
        }
    }
    return true;
}

static int hex(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* SentencePiece: <0xNN> is a byte, U+2581 a space. */
static bool add_sentence(const tm_tokenizer *t, uint32_t id, tm_buffer *out) {
    const tm_str s = tm_token_text(t, id);
    if (t->tokens[id].type == TM_BYTE && s.n == 6) {
        const char byte = (char)(hex(s.p[3]) * 16 + hex(s.p[4]));
        return tm_buffer_add(out, &byte, 1);
    }
    bool good = true;
    for (size_t i = 0; good && i < s.n; i++) {
        const bool space = s.n - i >= 3 && !memcmp(s.p + i, "\xe2\x96\x81", 3);
        good = tm_buffer_add(out, space ? " " : s.p + i, 1);
        i += space ? 2 : 0;
    }
    return good;
}

bool tm_decode_next(const tm_tokenizer *t, uint32_t id, bool specials, tm_buffer *out) {
    const tm_str s = tm_token_text(t, id);
    if (id >= t->count)
        return false;
    if ((t->tokens[id].type == TM_CONTROL || t->tokens[id].type == TM_UNKNOWN) && !specials)
        return true;
    return t->merging == TM_BY_SCORE ? add_sentence(t, id, out) : tm_buffer_add(out, s.p, s.n);
}

/* SentencePiece's blank in front is no part of the text. */
bool tm_decode(const tm_tokenizer *t, const uint32_t *ids, size_t n, bool specials, tm_buffer *out) {
    const size_t start = out->n;
    for (size_t i = 0; i < n; i++)
        if (!tm_decode_next(t, ids[i], specials, out))
            return false;
    if (t->merging == TM_BY_SCORE && t->space_prefix && out->n > start && out->p[start] == ' ') {
        memmove(out->p + start, out->p + start + 1, out->n - start - 1);
        out->n--;
    }
    return true;
}

/* ---- streams --------------------------------------------------------------------------------------------- */
static size_t expected(unsigned char c) {
    return c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 1;
}

size_t tm_utf8_push(tm_utf8 *u, const char *bytes, size_t n, char *out) {
    size_t written = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        if (u->n && (c & 0xc0) != 0x80) /* not its continuation: it never will be whole */
            written += tm_utf8_flush(u, out + written);
        u->held[u->n++] = bytes[i];
        if (u->n >= expected((unsigned char)u->held[0]))
            written += tm_utf8_flush(u, out + written);
    }
    return written;
}

size_t tm_utf8_flush(tm_utf8 *u, char *out) {
    const size_t n = u->n;
    memcpy(out, u->held, n);
    u->n = 0;
    return n;
}

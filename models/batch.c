/* batch.c: see batch.h. */
#include "models/batch.h"
#include "models/steps.h"

#include <stdlib.h>

typedef struct place { /* a sequence and the generation that has it */
    bool live;
    tm_batch_row row;
    tm_run run;
    tm_error err;
    uint32_t *window;     /* what is read anew after the context was full; else NULL */
    const uint32_t *next; /* ids that have to be read before its next token */
    size_t left, now;     /* how many, and how many of them in this pass */
} place;

typedef struct crowd {
    tm_session *s;
    const tm_batch *b;
    place *places;
    unsigned n, live;
    tm_item *items;
    float *logits; /* [n][vocab] */
    bool more;     /* may `next` have one? */
} crowd;

static void finish(crowd *c, place *p, const tm_error *why) {
    free(p->window);
    p->window = NULL;
    p->live = false;
    c->live--;
    if (!c->b->end(c->b->ctx, p->run.sequence, why)) {
        c->more = false;
        c->live = 0;
    }
}

/* Gives a free sequence to the next generation. */
static void begin(crowd *c, unsigned sequence) {
    place *p = &c->places[sequence];
    *p = (place){0};
    c->more = c->b->next(c->b->ctx, sequence, &p->row);
    if (!c->more)
        return;
    p->run = (tm_run){.s = c->s,
                      .sequence = sequence,
                      .sampler = p->row.sampler,
                      .how = &p->row.how,
                      .stats = p->row.stats,
                      .err = &p->err};
    p->live = true;
    c->live++;
    tm_session_cut(c->s, sequence, 0);
    p->next = p->row.ids->p;
    p->left = p->row.ids->n;
    if (!tm_run_begin(&p->run, p->row.ids, 0))
        finish(c, p, &p->err);
}

/* All that had to be read is read: the next token. */
static void advance(crowd *c, place *p) {
    tm_ids *ids = p->row.ids;
    bool more;
    free(p->window);
    p->window = NULL;
    if (!tm_run_take(&p->run, ids, &more)) {
        finish(c, p, &p->err);
        return;
    }
    if (!more) {
        finish(c, p, NULL);
        return;
    }
    p->next = ids->p + ids->n - 1;
    p->left = 1;
    if (!tm_run_full(&p->run))
        return;
    p->next = p->window = tm_run_window(&p->run, ids, &p->left);
    if (!p->window)
        finish(c, p, &p->err);
    else
        tm_session_cut(c->s, p->run.sequence, 0);
}

/* The items of a pass: a token of each at least; what room is left goes to those that have more to read. */
static size_t gather(crowd *c) {
    const size_t pass = tm_session_pass(c->s);
    size_t n = 0, room = pass > c->live ? pass - c->live : 0;
    for (unsigned i = 0; i < c->n; i++) {
        place *p = &c->places[i];
        if (!p->live)
            continue;
        p->now = p->left - 1 < room ? p->left : room + 1;
        room -= p->now - 1;
        for (size_t t = 0; t < p->now; t++)
            c->items[n++] = (tm_item){p->next[t], i, t + 1 == p->left, tm_sampler_needs(p->row.sampler)};
    }
    return n;
}

static bool step(crowd *c, tm_error *err) {
    const size_t n = gather(c);
    float *logits = c->logits;
    if (!tm_session_eval(c->s, c->items, n, logits, err))
        return false;
    for (unsigned i = 0; i < c->n && c->live; i++) {
        place *p = &c->places[i];
        if (!p->live)
            continue;
        p->next += p->now;
        p->left -= p->now;
        if (p->left)
            continue;
        p->run.logits = logits;
        logits += tm_session_vocab(c->s);
        advance(c, p);
    }
    return true;
}

bool tm_batch_run(tm_session *s, const tm_batch *b, tm_error *err) {
    crowd c = {.s = s, .b = b, .n = tm_session_sequences(s), .more = true};
    c.places = calloc(c.n, sizeof *c.places);
    c.items = malloc((c.n + tm_session_pass(s)) * sizeof *c.items);
    c.logits = malloc((size_t)c.n * tm_session_vocab(s) * sizeof *c.logits);
    bool good = (c.places && c.items && c.logits) ||
                tm_fail(err, "batch: memory for the logits of %u sequences was expected, found none", c.n);
    while (good) {
        for (unsigned i = 0; i < c.n; i++)
            while (c.more && !c.places[i].live)
                begin(&c, i);
        if (!c.live)
            break;
        good = step(&c, err);
    }
    for (unsigned i = 0; c.places && i < c.n; i++)
        free(c.places[i].window);
    free(c.places);
    free(c.items);
    free(c.logits);
    return good;
}

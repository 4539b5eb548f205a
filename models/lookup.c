/* lookup.c: see lookup.h. */
#include "models/lookup.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { LONGEST = 3, ORDERS = 2 }; /* runs of 3 and 2 ids */
enum { LEAST_BITS = 8, MOST_BITS = 18 };

struct tm_lookup {
    tm_session *s;
    size_t most;
    bool always;
    float *logits; /* [most + 1][vocab]: of the id that was read, and of each that was foreseen */
    uint32_t draft[TM_LOOKUP_MOST];
    size_t foreseen, read, at; /* ids of the draft; of them in the cache; of them that came true so far */
    /* Of each order, [1 << bits], by hash: the place behind the latest run of ids; 0: none. Another run with
     * the same hash takes its place, so what is found there is compared. */
    uint32_t *latest[ORDERS];
    int bits;
    size_t known;                                         /* ids that were entered */
    int order;                                            /* that foresaw the draft */
    double rate[ORDERS], plain, cost[TM_LOOKUP_MOST + 1]; /* plain: seconds of a pass of one id */
    double spare;                                         /* time that may be lost, in such passes */
    tm_lookup_counts counts;
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- what is foreseen ------------------------------------------------------------------------------------ */
static size_t run_of(int order) {
    return (size_t)(LONGEST - order);
}

/* The place of the run that ends before `end`. */
static uint32_t *place(const tm_lookup *l, int order, const uint32_t *end) {
    uint64_t hash = 0;
    for (const uint32_t *p = end - run_of(order); p < end; p++)
        hash = (hash ^ *p) * 0x9e3779b97f4a7c15u;
    return &l->latest[order][hash >> (64 - l->bits)];
}

/* Enters what has been added, and fills the draft. A run that repeats right away goes on repeating. */
static bool foresee(tm_lookup *l, const uint32_t *ids, size_t n, size_t most) {
    for (; l->known < n; l->known++)
        for (int o = 0; o < ORDERS; o++)
            if (l->known >= run_of(o))
                *place(l, o, ids + l->known) = (uint32_t)l->known;
    for (int o = 0; o < ORDERS; o++) {
        const size_t run = run_of(o), from = n >= run ? *place(l, o, ids + n) : 0;
        if (!from || memcmp(ids + from - run, ids + n - run, run * sizeof *ids) != 0)
            continue;
        for (size_t i = 0; i < most; i++)
            l->draft[i] = from + i < n ? ids[from + i] : l->draft[from + i - n];
        l->order = o;
        return true;
    }
    return false;
}

/* ---- how much of it is read ------------------------------------------------------------------------------ */
static double guess(size_t d) {
    return 1 + 0.4 * (double)d;
}

/* Few lengths, so that each is measured often. */
static bool is_length(const tm_lookup *l, size_t d) {
    return !(d & (d + 1)) || d == l->most;
}

static size_t choose(const tm_lookup *l, size_t most) {
    const double rate = l->rate[l->order];
    double true_so_far = 1, ids = 1, best = 1.05;
    size_t chosen = 0;
    if (l->always || l->spare < 0)
        return l->always ? most : 0;
    for (size_t d = 1; d <= most; d++) {
        true_so_far *= rate;
        ids += true_so_far;
        if (is_length(l, d) && ids / l->cost[d] > best) {
            best = ids / l->cost[d];
            chosen = d;
        }
    }
    return chosen;
}

/* A pass that was disturbed counts as one of twice the time at most, and costs drift back to their guess, so
 * that a length that did not pay is tried again after some hundreds of passes. */
static void learn(tm_lookup *l, size_t d, double seconds) {
    for (size_t i = 1; i <= l->most; i++)
        l->cost[i] += (guess(i) - l->cost[i]) / 512;
    l->spare = fmin(l->spare + 1.0 / 64, 2); /* what was won long ago is no licence to lose */
    if (d) {
        const double cost = fmin(seconds / l->plain, 2 * l->cost[d]);
        l->cost[d] += (cost - l->cost[d]) / 4;
        l->spare -= cost - 1;
    } else
        l->plain = l->plain > 0 ? l->plain + (fmin(seconds, 2 * l->plain) - l->plain) / 4 : seconds;
}

/* ---- the outside ----------------------------------------------------------------------------------------- */
tm_lookup *tm_lookup_new(tm_session *s, size_t most, bool always) {
    tm_lookup *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->s = s;
    l->always = always;
    l->most = most < tm_session_pass(s) ? most : tm_session_pass(s) - 1;
    l->logits = malloc((l->most + 1) * tm_session_vocab(s) * sizeof *l->logits);
    bool good = l->logits != NULL;
    for (l->bits = LEAST_BITS; l->bits < MOST_BITS && 1u << l->bits < 2 * tm_session_context(s);)
        l->bits++;
    for (int o = 0; o < ORDERS && l->most && good; o++)
        good = (l->latest[o] = calloc((size_t)1 << l->bits, sizeof *l->latest[o])) != NULL;
    for (size_t d = 1; d <= l->most; d++)
        l->cost[d] = guess(d);
    if (good)
        return l;
    tm_lookup_free(l);
    return NULL;
}

void tm_lookup_free(tm_lookup *l) {
    for (int o = 0; l && o < ORDERS; o++)
        free(l->latest[o]);
    if (l)
        free(l->logits);
    free(l);
}

float *tm_lookup_logits(tm_lookup *l) {
    return l->logits + l->at * tm_session_vocab(l->s);
}

bool tm_lookup_accept(tm_lookup *l, uint32_t id) {
    if (l->at < l->foreseen) {
        const bool came_true = l->draft[l->at] == id;
        l->rate[l->order] += (came_true - l->rate[l->order]) / 8;
        if (came_true && l->at < l->read) {
            l->at++;
            l->spare++;
            l->counts.accepted++;
            return true;
        }
    }
    tm_lookup_cut(l);
    return false;
}

bool tm_lookup_read(tm_lookup *l, const uint32_t *ids, size_t n, size_t most, uint32_t best, tm_error *err) {
    const size_t room = tm_session_context(l->s) - tm_session_length(l->s, 0);
    tm_item items[TM_LOOKUP_MOST + 1] = {{ids[n - 1], 0, true, best}};
    most = most < l->most ? most : l->most;
    most = most < room ? most : room ? room - 1 : 0;
    const bool any = most && foresee(l, ids, n, most);
    const size_t d = any ? choose(l, most) : 0;
    for (size_t i = 0; i < d; i++)
        items[i + 1] = (tm_item){l->draft[i], 0, true, best};
    const double start = now();
    if (!tm_session_eval(l->s, items, d + 1, l->logits, err))
        return false;
    learn(l, d, now() - start);
    l->foreseen = d ? d : any;
    l->read = d;
    l->counts.passes++;
    l->counts.drafted += d;
    return true;
}

uint32_t tm_lookup_ahead(const tm_lookup *l) {
    return (uint32_t)(l->read - l->at);
}

void tm_lookup_cut(tm_lookup *l) {
    tm_session_cut(l->s, 0, tm_session_length(l->s, 0) - tm_lookup_ahead(l));
    l->foreseen = l->read = l->at = 0;
}

tm_lookup_counts tm_lookup_counted(const tm_lookup *l) {
    return l->counts;
}

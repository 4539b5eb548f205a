/* sampler.c: see sampler.h. */
#include "models/sampler.h"

#include "f32/f32.h"
#include <stdlib.h>

const tm_sampling tm_greedy = {.top_p = 1, .typical_p = 1, .repeat_penalty = 1, .penalty_last = 64};

typedef struct choice {
    float z;
    uint32_t id;
    double p;
} choice;

struct tm_sampler {
    tm_sampling how;
    uint32_t vocab;
    uint64_t random[4];
    uint32_t *recent; /* a ring of penalty_last ids */
    uint64_t seen;
    uint32_t *counts; /* of each id within it */
    float *z;
    choice *all;
};

static uint64_t rotate(uint64_t x, int by) {
    return x << by | x >> (64 - by);
}

static double uniform(tm_sampler *s) { /* [0, 1), 53 bits */
    uint64_t *r = s->random;
    const uint64_t out = rotate(r[1] * 5, 7) * 9, t = r[1] << 17;
    r[2] ^= r[0];
    r[3] ^= r[1];
    r[1] ^= r[2];
    r[0] ^= r[3];
    r[2] ^= t;
    r[3] = rotate(r[3], 45);
    return (double)(out >> 11) * 0x1p-53;
}

static void seed(tm_sampler *s, uint64_t state) {
    for (int i = 0; i < 4; i++) {
        uint64_t z = state += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        s->random[i] = z ^ z >> 31;
    }
}

static bool check(const tm_sampling *h, tm_error *err) {
    const struct {
        const char *name;
        double value, least, most;
    } all[] = {{"temperature", h->temperature, 0, 1e6},
               {"top-p", h->top_p, 0, 1},
               {"min-p", h->min_p, 0, 1},
               {"typical-p", h->typical_p, 0, 1},
               {"repeat-penalty", h->repeat_penalty, 1e-6, 1e6},
               {"frequency-penalty", h->frequency_penalty, -1e6, 1e6},
               {"presence-penalty", h->presence_penalty, -1e6, 1e6}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!(all[i].value >= all[i].least && all[i].value <= all[i].most))
            return tm_fail(err, "--%s: a number from %g to %g was expected, found %g", all[i].name,
                           all[i].least, all[i].most, all[i].value);
    return h->penalty_last <= 1u << 24 ||
           tm_fail(err, "--penalty-last: at most %u tokens were expected, found %llu", 1u << 24,
                   (unsigned long long)h->penalty_last);
}

tm_sampler *tm_sampler_new(const tm_sampling *how, uint32_t vocab, tm_error *err) {
    tm_sampler *s = check(how, err) ? calloc(1, sizeof *s) : NULL;
    if (!s)
        return NULL;
    s->how = *how;
    s->vocab = vocab;
    seed(s, how->seed);
    s->recent = calloc(how->penalty_last + 1, sizeof *s->recent);
    s->counts = calloc(vocab + 1, sizeof *s->counts);
    s->z = malloc((vocab + 1) * sizeof *s->z);
    s->all = malloc((vocab + 1) * sizeof *s->all);
    if (s->recent && s->counts && s->z && s->all)
        return s;
    tm_sampler_free(s);
    tm_fail(err, "sampler: memory for %u tokens was expected, found none", vocab);
    return NULL;
}

void tm_sampler_free(tm_sampler *s) {
    if (!s)
        return;
    free(s->recent);
    free(s->counts);
    free(s->z);
    free(s->all);
    free(s);
}

void tm_sampler_accept(tm_sampler *s, uint32_t id) {
    const uint64_t room = s->how.penalty_last;
    if (!room || id >= s->vocab)
        return;
    if (s->seen >= room)
        s->counts[s->recent[s->seen % room]]--;
    s->recent[s->seen++ % room] = id;
    s->counts[id]++;
}

static void penalise(tm_sampler *s, const float *logits) {
    const tm_sampling *h = &s->how;
    for (uint32_t i = 0; i < s->vocab; i++) {
        float z = isnan(logits[i]) ? -INFINITY : logits[i];
        if (s->counts[i]) {
            z = z > 0 ? z / (float)h->repeat_penalty : z * (float)h->repeat_penalty;
            z -= (float)s->counts[i] * (float)h->frequency_penalty + (float)h->presence_penalty;
        }
        s->z[i] = z;
    }
}

static bool better(const choice *a, const choice *b) {
    return a->z > b->z || (a->z == b->z && a->id < b->id);
}
static int best_first(const void *a, const void *b) {
    return better(a, b) ? -1 : 1;
}

/* The k best, sorted. A heap with the worst of them on top keeps it to one pass. */
static size_t top_k(tm_sampler *s, size_t k) {
    size_t n = 0;
    choice *all = s->all;
    for (uint32_t id = 0; id < s->vocab; id++) {
        choice c = {s->z[id], id, 0};
        size_t i;
        if (c.z == -INFINITY || (n == k && !better(&c, &all[0])))
            continue;
        if (n < k) {
            for (i = n++; i && better(&all[(i - 1) / 2], &c); i = (i - 1) / 2)
                all[i] = all[(i - 1) / 2];
        } else
            for (size_t child = i = 0; (child = 2 * i + 1) < n; i = child) {
                if (child + 1 < n && better(&all[child], &all[child + 1]))
                    child++;
                if (!better(&c, &all[child]))
                    break;
                all[i] = all[child];
            }
        all[i] = c;
    }
    qsort(all, n, sizeof *all, best_first);
    return n;
}

static void softmax(choice *all, size_t n, float temperature) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += all[i].p = (double)f32_exp(all[i].z == all[0].z ? 0 : (all[i].z - all[0].z) / temperature);
    for (size_t i = 0; i < n; i++)
        all[i].p /= sum;
}

static int most_typical(const void *a, const void *b) {
    const choice *x = a, *y = b;
    return x->p != y->p ? (x->p > y->p) - (x->p < y->p) : (x->id > y->id) - (x->id < y->id);
}

/* Keeps those whose surprise is nearest to the entropy, until their probability passes P. */
static size_t typical(choice *all, size_t n, double most) {
    double entropy = 0, sum = 0;
    softmax(all, n, 1);
    for (size_t i = 0; i < n; i++)
        entropy -= all[i].p > 0 ? all[i].p * log(all[i].p) : 0;
    for (size_t i = 0; i < n; i++) {
        const double p = all[i].p;
        all[i].p = fabs(-log(p > 0 ? p : 1e-300) - entropy);
        all[i].z = p > 0 ? all[i].z : -INFINITY;
    }
    const float top = all[0].z;
    double whole = 0;
    for (size_t i = 0; i < n; i++)
        whole += (double)f32_exp(all[i].z - top);
    qsort(all, n, sizeof *all, most_typical);
    size_t kept = 0;
    while (kept < n && sum <= most)
        sum += (double)f32_exp(all[kept++].z - top) / whole;
    qsort(all, kept, sizeof *all, best_first);
    return kept;
}

static size_t candidates(tm_sampler *s, const float *logits) {
    const tm_sampling *h = &s->how;
    penalise(s, logits);
    size_t n = top_k(s, h->temperature <= 0 ? 1 : h->top_k && h->top_k < s->vocab ? h->top_k : s->vocab);
    if (n > 1 && h->typical_p < 1)
        n = typical(s->all, n, h->typical_p);
    if (n > 1 && h->top_p < 1) {
        double sum = 0;
        size_t kept = 0;
        softmax(s->all, n, 1);
        while (kept < n && (!kept || sum < h->top_p))
            sum += s->all[kept++].p;
        n = kept;
    }
    if (n > 1 && h->min_p > 0) {
        size_t kept = 1;
        softmax(s->all, n, 1);
        while (kept < n && s->all[kept].p >= h->min_p * s->all[0].p)
            kept++;
        n = kept;
    }
    if (n)
        softmax(s->all, n, h->temperature > 0 ? (float)h->temperature : 1);
    return n;
}

/* Penalties that only lower logits move at most as many down as they look back at. */
uint32_t tm_sampler_needs(const tm_sampler *s) {
    const tm_sampling *h = &s->how;
    const bool plain = h->repeat_penalty == 1 && h->frequency_penalty == 0 && h->presence_penalty == 0;
    const uint64_t k = h->temperature <= 0 ? 1 : h->top_k, more = plain ? 0 : h->penalty_last;
    const bool lower = h->repeat_penalty >= 1 && h->frequency_penalty >= 0 && h->presence_penalty >= 0;
    return k && lower && k < s->vocab && more < s->vocab - k ? (uint32_t)(k + more) : 0;
}

int64_t tm_sampler_pick(tm_sampler *s, const float *logits) {
    const size_t n = candidates(s, logits);
    if (n <= 1)
        return n ? (int64_t)s->all[0].id : -1;
    double u = uniform(s);
    for (size_t i = 0; i + 1 < n; i++) {
        if (u < s->all[i].p)
            return s->all[i].id;
        u -= s->all[i].p;
    }
    return s->all[n - 1].id;
}

size_t tm_sampler_candidates(tm_sampler *s, const float *logits, uint32_t *ids, double *p, size_t room) {
    const size_t n = candidates(s, logits);
    for (size_t i = 0; i < n && i < room; i++) {
        ids[i] = s->all[i].id;
        p[i] = s->all[i].p;
    }
    return n;
}

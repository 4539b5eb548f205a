/* lookup.c: what is foreseen changes no token.
 *   lookup FILE all         of this model: samplers, caches, threads; ends, full contexts
 *   lookup FILE             the first three
 * Everything that ends, cuts or moves a text is tried with drafts of several lengths, read whether they pay or
 * not, and held against plain decoding: ids, what the listener was told and when, the reason, the cache that is
 * left. */
#include "models/lookup.h"
#include "models/stream.h"

#include <stdio.h>
#include <stdlib.h>

#define CHECK(is, ...)                                                                                         \
    do {                                                                                                       \
        if (!(is)) {                                                                                           \
            fprintf(stderr, __VA_ARGS__);                                                                      \
            fprintf(stderr, " (%s)\n", #is);                                                                   \
            exit(1);                                                                                           \
        }                                                                                                      \
    } while (0)

enum { PROMPT = 36, CONTEXT = 256, MOST = 1024 };

typedef struct trial {
    const char *name;
    tm_session *s;
    tm_tokenizer *t;
    tm_sampling sampling;
    size_t most, enough;   /* the listener has enough after so many tokens; 0: never */
    size_t interrupted;    /* an interrupt comes with this token; 0: none */
    tm_str stop;           /* n 0: none */
    bool slide, repeating; /* the window; the prompt */
    int lengths;           /* of drafts that are tried; 0: all */
} trial;

typedef struct answer {
    tm_ids ids;
    size_t told; /* ids that the listener was given */
    uint32_t heard[MOST], length[2];
    tm_reason reason[2];
    tm_buffer text;
    tm_lookup_counts counts;
} answer;

typedef struct listener {
    const trial *t;
    answer *a;
    tm_stream stream;
    size_t made;
    volatile int interrupt;
} listener;

static bool hear(void *ctx, uint32_t id, tm_reason *why) {
    listener *l = ctx;
    CHECK(l->a->told < MOST, "%s: too many tokens", l->t->name);
    l->a->heard[l->a->told++] = id;
    l->made++;
    l->interrupt = l->made == l->t->interrupted;
    *why = TM_AT_STOP_TOKEN;
    return l->made != l->t->enough && tm_stream_token(&l->stream, id, why);
}

static bool keep_text(void *ctx, const char *bytes, size_t n) {
    return tm_buffer_add(ctx, bytes, n);
}

/* Ids above the tokenizer's are as good as others. */
static void prompt(tm_ids *ids, uint32_t vocab, bool repeating) {
    for (uint32_t i = 0; i < PROMPT; i++)
        CHECK(tm_ids_add(ids, ((repeating ? i % 12 : i) * 2654435761u >> 8) % vocab), "memory");
}

/* Two turns: the second one shows whether the first left the cache as it has to be. */
static void run(const trial *t, size_t lookup, bool always, answer *a) {
    tm_error err;
    *a = (answer){0};
    tm_sampler *sampler = tm_sampler_new(&t->sampling, tm_session_vocab(t->s), &err);
    CHECK(sampler, "%s", err.text);
    tm_session_cut(t->s, 0, 0);
    prompt(&a->ids, tm_session_vocab(t->s), t->repeating);
    for (int turn = 0; turn < 2; turn++) {
        listener l = {.t = t,
                      .a = a,
                      .stream = {.tokenizer = t->t,
                                 .stops = &t->stop,
                                 .nstops = t->stop.n > 0,
                                 .ignore_stops = true,
                                 .emit = keep_text,
                                 .ctx = &a->text}};
        const tm_generation how = {.most = t->most,
                                   .slide = t->slide,
                                   .keep = 4,
                                   .token = hear,
                                   .ctx = &l,
                                   .interrupt = &l.interrupt,
                                   .lookup = lookup,
                                   .lookup_always = always};
        tm_stats stats;
        size_t known = turn ? tm_session_length(t->s, 0) : 0;
        if (turn && t->slide) { /* as in a chat: positions are no longer those of ids */
            tm_session_cut(t->s, 0, 0);
            a->ids.n = CONTEXT / 4;
            known = 0;
        }
        const bool good =
            known == tm_session_context(t->s) || tm_generate(t->s, sampler, &how, &a->ids, known, &stats, &err);
        CHECK(good, "%s: %s", t->name, err.text);
        if (known == tm_session_context(t->s))
            break;
        tm_stream_end(&l.stream, stats.reason);
        a->length[turn] = tm_session_length(t->s, 0);
        a->reason[turn] = stats.reason;
        a->counts.passes += stats.lookup.passes;
        a->counts.drafted += stats.lookup.drafted;
        a->counts.accepted += stats.lookup.accepted;
        free(stats.each);
    }
    tm_sampler_free(sampler);
}

static void answer_free(answer *a) {
    tm_ids_free(&a->ids);
    tm_buffer_free(&a->text);
}

static bool same(const answer *a, const answer *b) {
    return a->ids.n == b->ids.n && !memcmp(a->ids.p, b->ids.p, a->ids.n * sizeof *a->ids.p) &&
           a->told == b->told && !memcmp(a->heard, b->heard, a->told * sizeof *a->heard) &&
           !memcmp(a->length, b->length, sizeof a->length) && !memcmp(a->reason, b->reason, sizeof a->reason) &&
           a->text.n == b->text.n && (!a->text.n || !memcmp(a->text.p, b->text.p, a->text.n));
}

static tm_lookup_counts total; /* of drafts that were read whether they paid or not */
static size_t runs;

static void compare(const trial *t) {
    enum { LENGTHS = 4, ALWAYS = 3 };
    static const size_t lengths[LENGTHS] = {TM_LOOKUP_USUAL, 1, TM_LOOKUP_MOST, TM_LOOKUP_USUAL};
    answer want, got;
    run(t, 0, false, &want);
    CHECK(!want.counts.drafted, "%s: plain decoding foresaw something", t->name);
    for (int i = 0; i < (t->lengths ? t->lengths : LENGTHS); i++, runs++) {
        run(t, lengths[i], i < ALWAYS, &got);
        CHECK(same(&want, &got),
              "%s: other tokens than plain decoding's were found with at most %zu foreseen, %s", t->name,
              lengths[i], tm_reason_names[got.reason[0]]);
        total.drafted += i < ALWAYS ? got.counts.drafted : 0;
        total.accepted += i < ALWAYS ? got.counts.accepted : 0;
        answer_free(&got);
    }
    answer_free(&want);
}

/* ---- samplers -------------------------------------------------------------------------------------------- */
/* The third and the last make any model repeat itself: what was seen is likelier. */
static const struct how {
    const char *name;
    double temperature, repeat, frequency, presence, top_p;
    uint64_t top_k;
} samplers[] = {{"greedy", 0, 1, 0, 0, 1, 0},          {"top-k", 0.9, 1, 0, 0, 1, 40},
                {"rewards", 0, 1, -3, 0, 1, 0},        {"penalties", 0, 1.3, 0.2, 0.1, 1, 0},
                {"top-p", 1, 1, 0, 0, 0.9, 0},         {"two likeliest", 0.5, 1, 0, 0, 1, 2},
                {"drawn rewards", 1, 0.5, -1, 0, 1, 8}};
enum { SAMPLERS = sizeof samplers / sizeof *samplers };

static tm_sampling sampling(size_t i) {
    tm_sampling s = tm_greedy;
    const struct how *h = &samplers[i];
    s.temperature = h->temperature;
    s.repeat_penalty = h->repeat;
    s.frequency_penalty = h->frequency;
    s.presence_penalty = h->presence;
    s.top_p = h->top_p;
    s.top_k = h->top_k;
    s.penalty_last = 32;
    s.seed = 3;
    return s;
}

/* ---- ends ------------------------------------------------------------------------------------------------ */
/* A stop text out of the middle of what is said anyway. */
static void try_stops(trial t) {
    answer a;
    run(&t, 0, false, &a);
    for (size_t n = 1; n < 8 && a.text.n > 8; n += 3)
        for (size_t at = a.text.n / 8; at + n < a.text.n / 2; at += a.text.n / 8) {
            t.stop = (tm_str){a.text.p + at, n};
            compare(&t);
        }
    answer_free(&a);
}

static void try_ends(trial t) {
    for (size_t n = 1; n <= 12; n++) {
        trial at = t;
        at.name = "limit";
        at.most = n;
        compare(&at);
        at = t;
        at.name = "enough";
        at.enough = n;
        compare(&at);
        at = t;
        at.name = "interrupt";
        at.interrupted = n;
        compare(&at);
    }
    t.name = "stop text";
    try_stops(t);
}

/* Every third sampler, so that three sessions meet all. */
static void try_session(const tm_model *m, tm_tokenizer *tokenizer, tm_session_options o, unsigned turn) {
    tm_error err;
    trial t = {.t = tokenizer, .most = 16};
    t.s = tm_session_new(m, &o, &err);
    CHECK(t.s, "%s", err.text);
    for (size_t i = turn % 3; i < SAMPLERS; i += 3)
        for (int repeating = 0; repeating < 2; repeating++) {
            t.name = samplers[i].name;
            t.sampling = sampling(i);
            t.repeating = repeating;
            compare(&t);
        }
    tm_session_free(t.s);
}

/* To the end of the context and past it, by every number of tokens that are left. */
static void try_full(const tm_model *m, tm_tokenizer *tokenizer) {
    tm_error err;
    for (uint32_t more = 1; more <= 12; more++) {
        trial t = {.name = "full", .t = tokenizer, .most = 40, .sampling = sampling(2), .repeating = true};
        t.s = tm_session_new(m, &(tm_session_options){.threads = 1, .context = PROMPT + more}, &err);
        CHECK(t.s, "%s", err.text);
        compare(&t);
        tm_session_free(t.s);
    }
    trial t = {.name = "slide", .t = tokenizer, .most = 160, .sampling = sampling(2), .slide = true};
    t.s = tm_session_new(m, &(tm_session_options){.threads = 2, .context = CONTEXT / 3}, &err);
    CHECK(t.s, "%s", err.text);
    compare(&t);
    t.sampling = sampling(6);
    compare(&t);
    tm_session_free(t.s);
}

static void try_all_ends(const tm_model *m, tm_tokenizer *tokenizer) {
    tm_error err;
    trial t = {.t = tokenizer, .most = 24, .repeating = true, .lengths = 1};
    t.s = tm_session_new(m, &(tm_session_options){.threads = 2, .context = CONTEXT}, &err);
    CHECK(t.s, "%s", err.text);
    for (size_t i = 2; i < SAMPLERS; i += 4) {
        t.sampling = sampling(i);
        try_ends(t);
    }
    tm_session_free(t.s);
    try_full(m, tokenizer);
}

/* ---- how much -------------------------------------------------------------------------------------------- */
static void try_gain(const tm_model *m, tm_tokenizer *tokenizer) {
    tm_error err;
    trial t = {.name = "gain", .t = tokenizer, .most = 200, .sampling = sampling(2), .repeating = true};
    t.s = tm_session_new(m, &(tm_session_options){.threads = 2, .context = 2 * MOST}, &err);
    CHECK(t.s, "%s", err.text);
    answer a;
    run(&t, TM_LOOKUP_USUAL, true, &a);
    const double gain = (double)a.counts.accepted / (double)a.counts.passes;
    CHECK(gain >= 1.5, "at least 1.5 tokens a pass that came true were expected, found %.2f", gain);
    printf("note: %zu runs like plain decoding; %zu of %zu foreseen tokens came true; repeating, %.2f a pass\n",
           runs, total.accepted, total.drafted, gain);
    answer_free(&a);
    tm_session_free(t.s);
}

int main(int argc, char **argv) {
    tm_error err;
    CHECK(argc >= 2, "a model's file was expected");
    tm_model *m = tm_model_load(argv[1], &(tm_model_options){0}, &err);
    CHECK(m, "%s", err.text);
    tm_tokenizer *tokenizer = tm_tokenizer_from_gguf(m->file, &err);
    CHECK(tokenizer, "%s", err.text);
    for (unsigned i = 0; i < (argc > 2 ? 6 : 3); i++)
        try_session(m, tokenizer,
                    (tm_session_options){.threads = 1 + i % 3,
                                         .context = CONTEXT,
                                         .cache = i % 2 ? TM_CACHE_I8 : TM_CACHE_F16,
                                         .pass = i == 4 ? 3 : 0},
                    i / 3 + i);
    if (argc > 2)
        try_all_ends(m, tokenizer);
    CHECK(total.accepted > 50 && total.drafted > total.accepted + 50,
          "of %zu foreseen tokens %zu came true: too few of either kind", total.drafted, total.accepted);
    try_gain(m, tokenizer);
    tm_tokenizer_free(tokenizer);
    tm_model_free(m);
    return 0;
}

/* text.c: tokenizer, templates, streams and sampler from C. `text sampler SEED` writes lines for
 * reference/model/sampling.py; `text tokenizer FILE SEED` checks round trips of any bytes; `text sentence FILE`
 * checks chats with SentencePiece. */
#include "models/sampler.h"
#include "models/stream.h"
#include "models/tokenizer/template.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t state;
static uint64_t next(void) {
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}
static double uniform(void) {
    return (double)(next() >> 11) * 0x1p-53;
}

#define CHECK(is, ...)                                                                                         \
    do {                                                                                                       \
        if (!(is)) {                                                                                           \
            fprintf(stderr, __VA_ARGS__);                                                                      \
            fprintf(stderr, " (%s)\n", #is);                                                                   \
            exit(1);                                                                                           \
        }                                                                                                      \
    } while (0)

/* ---- sampler --------------------------------------------------------------------------------------------- */
enum { VOCAB = 40 };

static void print_numbers(const char *name, const double *x, size_t n) {
    printf("\"%s\": [", name);
    for (size_t i = 0; i < n; i++)
        printf(i ? ", %.17g" : "%.17g", x[i]);
    printf("], ");
}

static void one_setting(void) {
    tm_sampling how = tm_greedy;
    float logits[VOCAB];
    double copy[VOCAB], history[30], ids_out[VOCAB], p[VOCAB];
    uint32_t ids[VOCAB];
    tm_error err;
    how.temperature = next() % 8 ? 0.2 + 2 * uniform() : 0;
    how.top_k = next() % 2 ? 1 + next() % VOCAB : 0;
    how.top_p = next() % 2 ? uniform() : 1;
    how.min_p = next() % 3 ? 0 : 0.5 * uniform();
    how.typical_p = next() % 3 ? 1 : uniform();
    how.repeat_penalty = next() % 2 ? 1 : 0.5 + uniform();
    how.frequency_penalty = next() % 2 ? 0 : uniform();
    how.presence_penalty = next() % 2 ? 0 : uniform();
    how.penalty_last = next() % 20;
    tm_sampler *s = tm_sampler_new(&how, VOCAB, &err);
    CHECK(s, "%s", err.text);
    for (size_t i = 0; i < VOCAB; i++)
        copy[i] = (double)(logits[i] = (float)(12 * uniform() - 6));
    const size_t seen = next() % 30;
    for (size_t i = 0; i < seen; i++) {
        history[i] = (double)(next() % VOCAB);
        tm_sampler_accept(s, (uint32_t)history[i]);
    }
    const size_t n = tm_sampler_candidates(s, logits, ids, p, VOCAB);
    for (size_t i = 0; i < n; i++)
        ids_out[i] = ids[i];
    printf("{");
    print_numbers("logits", copy, VOCAB);
    print_numbers("history", history, seen);
    print_numbers("ids", ids_out, n);
    print_numbers("p", p, how.temperature > 0 ? n : (p[0] = 1, n));
    printf("\"settings\": {\"temperature\": %.17g, \"top_k\": %llu, \"top_p\": %.17g, \"min_p\": %.17g, "
           "\"typical_p\": %.17g, "
           "\"repeat_penalty\": %.17g, \"frequency_penalty\": %.17g, \"presence_penalty\": %.17g, "
           "\"penalty_last\": %llu}}\n",
           how.temperature, (unsigned long long)how.top_k, how.top_p, how.min_p, how.typical_p,
           (double)(float)how.repeat_penalty, (double)(float)how.frequency_penalty,
           (double)(float)how.presence_penalty, (unsigned long long)how.penalty_last);
    tm_sampler_free(s);
}

/* 100,000 draws against the probabilities: chi-square with 9 degrees of freedom stays below 40 (p < 1e-5). */
static void draws(void) {
    enum { N = 10, DRAWS = 100000 };
    tm_sampling how = tm_greedy;
    tm_error err;
    float logits[N];
    uint32_t ids[N];
    double p[N], count[N] = {0}, chi = 0;
    how.temperature = 0.8;
    how.seed = 5;
    tm_sampler *s = tm_sampler_new(&how, N, &err), *twin = tm_sampler_new(&how, N, &err);
    for (size_t i = 0; i < N; i++)
        logits[i] = (float)(3 * uniform());
    CHECK(tm_sampler_candidates(s, logits, ids, p, N) == N, "candidates");
    for (size_t i = 0; i < DRAWS; i++) {
        const int64_t id = tm_sampler_pick(s, logits);
        CHECK(id == tm_sampler_pick(twin, logits), "the same seed, the same draws");
        count[id]++;
    }
    for (size_t i = 0; i < N; i++)
        chi += (count[ids[i]] - DRAWS * p[i]) * (count[ids[i]] - DRAWS * p[i]) / (DRAWS * p[i]);
    CHECK(chi < 40, "chi-square %.1f", chi);
    tm_sampler_free(s);
    tm_sampler_free(twin);
}

static void corners(void) {
    tm_error err;
    tm_sampling how = tm_greedy;
    const float ties[4] = {1, 3, 3, 2}, nans[4] = {NAN, -1, NAN, -2}, none[4] = {NAN, -INFINITY, NAN, NAN},
                equal[4] = {0, 0, 0, 0};
    tm_sampler *s = tm_sampler_new(&how, 4, &err);
    CHECK(tm_sampler_pick(s, ties) == 1 && tm_sampler_pick(s, nans) == 1 && tm_sampler_pick(s, none) == -1 &&
              tm_sampler_pick(s, equal) == 0,
          "greedy corners");
    tm_sampler_free(s);
    how.temperature = 1;
    how.top_p = 1e-9;
    s = tm_sampler_new(&how, 4, &err);
    CHECK(tm_sampler_pick(s, ties) == 1, "a tiny top-p keeps the best");
    tm_sampler_free(s);
    how.top_p = NAN;
    CHECK(!tm_sampler_new(&how, 4, &err), "a NaN is refused");
    how.top_p = 1;
    how.min_p = 1.5;
    CHECK(!tm_sampler_new(&how, 4, &err), "min-p above 1 is refused");
    how = tm_greedy;
    how.temperature = 1;
    how.repeat_penalty = 2;
    how.top_k = UINT64_MAX;
    s = tm_sampler_new(&how, 4, &err);
    CHECK(tm_sampler_needs(s) == 0, "a top-k above the vocabulary needs all logits");
    tm_sampler_free(s);
}

/* ---- tokenizer ------------------------------------------------------------------------------------------- */
static void round_trip(tm_tokenizer *t, const char *p, size_t n) {
    tm_ids ids = {0};
    tm_buffer out = {0};
    CHECK(tm_encode(t, (tm_str){p, n}, 0, &ids) && tm_decode(t, ids.p, ids.n, true, &out), "encode, decode");
    CHECK(out.n == n && (!n || !memcmp(out.p, p, n)), "round trip of %zu bytes", n);
    tm_ids_free(&ids);
    tm_buffer_free(&out);
}

/* Whole characters only, and nothing lost, wherever the stream is cut. */
static void streams(void) {
    static const char text[] = "a\xc3\xa9\xe6\x88\x91\xf0\x9f\x9a\x80\xff\xc3z\xe6\x88";
    for (size_t cut = 1; cut < sizeof text - 1; cut++) {
        tm_utf8 u = {0};
        char out[64];
        size_t n = 0;
        for (size_t i = 0; i < sizeof text - 1; i += cut) {
            const size_t some = sizeof text - 1 - i < cut ? sizeof text - 1 - i : cut;
            n += tm_utf8_push(&u, text + i, some, out + n);
            CHECK(u.n < 4, "held back");
        }
        CHECK(n + u.n == sizeof text - 1, "all but an unfinished character");
        n += tm_utf8_flush(&u, out + n);
        CHECK(n == sizeof text - 1 && !memcmp(out, text, n), "the same bytes");
    }
    tm_utf8 u = {0};
    char out[8];
    CHECK(tm_utf8_push(&u, "\xf0\x9f\x9a", 3, out) == 0 && tm_utf8_push(&u, "\x80", 1, out) == 4,
          "a character of four bytes");
}

static bool collect(void *ctx, const char *bytes, size_t n) {
    return tm_buffer_add(ctx, bytes, n);
}

/* What is shown of a text, whose bytes are tokens, before a stop text; the one that is whole first counts. */
static void stop_texts(tm_tokenizer *t) {
    static const struct {
        const char *stops, *text, *shown;
        tm_reason why;
    } cases[] = {{"b c d!|c", "a b c d", "a b ", TM_AT_STOP_TEXT},
                 {"b c d!|c", "a b d", "a b d", TM_AT_LIMIT},
                 {"bcd|cd", "abcd", "a", TM_AT_STOP_TEXT},
                 {"abcd|bc", "abcd", "a", TM_AT_STOP_TEXT},
                 {"aab", "aaab", "a", TM_AT_STOP_TEXT},
                 {"x\\|y", "ax|yb", "a", TM_AT_STOP_TEXT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        tm_str stops[TM_MOST_STOPS];
        tm_buffer shown = {0};
        tm_ids ids = {0};
        tm_reason why = TM_AT_LIMIT;
        snprintf(text, sizeof text, "%s", cases[i].stops);
        tm_stream s = {.tokenizer = t,
                       .stops = stops,
                       .nstops = tm_stream_stops(text, stops),
                       .emit = collect,
                       .ctx = &shown};
        CHECK(tm_encode(t, tm_str_of(cases[i].text), 0, &ids), "encode");
        for (size_t j = 0; j < ids.n && tm_stream_token(&s, ids.p[j], &why); j++)
            ;
        tm_stream_end(&s, why);
        CHECK(why == cases[i].why && tm_str_is((tm_str){shown.p, shown.n}, cases[i].shown),
              "\"%s\", stops \"%s\": \"%s\" was expected, found \"%.*s\"", cases[i].text, cases[i].stops,
              cases[i].shown, (int)shown.n, shown.p);
        tm_ids_free(&ids);
        tm_buffer_free(&shown);
    }
    char many[] = "a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q||r", few[] = "|a||b|";
    tm_str stops[TM_MOST_STOPS];
    CHECK(tm_stream_stops(many, stops) == 18 && tm_stream_stops(few, stops) == 2, "all stop texts are counted");
}

static void speed(tm_tokenizer *t) {
    static const char sentence[] =
        "The quick brown fox jumps over the lazy dog, and 42 other animals don't mind at all. ";
    tm_buffer text = {0};
    tm_ids ids = {0};
    while (text.n < 4 << 20)
        tm_buffer_add(&text, sentence, sizeof sentence - 1);
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    CHECK(tm_encode(t, (tm_str){text.p, text.n}, 0, &ids), "encode");
    clock_gettime(CLOCK_MONOTONIC, &b);
    const double s = (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec);
    printf("note: %.1f MB/s of English, %.2f bytes a token\n", (double)text.n / 1e6 / s,
           (double)text.n / (double)ids.n);
    tm_ids_free(&ids);
    tm_buffer_free(&text);
}

static void tokenizer(const char *path) {
    tm_error err;
    tm_tokenizer *t = tm_tokenizer_from_file(path, &err);
    char text[600];
    CHECK(t, "%s", err.text);
    for (int i = 0; i < 3000; i++) {
        const size_t n = next() % (i % 10 ? 60 : sizeof text);
        static const char *const parts[] = {" ",
                                            "\n",
                                            "\t",
                                            "a",
                                            "the",
                                            "\xc3\xa9",
                                            "\xe6\x88\x91",
                                            "'s",
                                            "123",
                                            "\xff",
                                            "\xf0\x9f\x9a\x80",
                                            "\xe2\x80\x83",
                                            "<|eot_id|>"};
        size_t at = 0;
        while (at < n) {
            const char *p = parts[next() % (sizeof parts / sizeof *parts)];
            for (; *p && at < n; p++)
                text[at++] = i % 3 ? *p : (char)next();
        }
        round_trip(t, text, n);
    }
    char *blanks = malloc(1 << 20);
    memset(blanks, ' ', 1 << 20);
    round_trip(t, blanks, 1 << 20); /* long pieces end in time */
    memset(blanks, 'a', 1 << 20);
    round_trip(t, blanks, 1 << 20);
    free(blanks);
    stop_texts(t);
    speed(t);
    tm_tokenizer_free(t);
}

static void expect(tm_tokenizer *t, tm_template style, const tm_message *chat, size_t messages,
                   const uint32_t *want, size_t n) {
    tm_ids ids = {0};
    tm_error err;
    CHECK(tm_template_render(style, t, chat, messages, true, true, &ids, &err), "%s", err.text);
    for (size_t i = 0; i < ids.n; i++)
        CHECK(i >= n || ids.p[i] == want[i], "%s, id %zu: %u was expected, found %u", tm_template_names[style],
              i, want[i], ids.p[i]);
    CHECK(ids.n == n, "%s: %zu ids were expected, found %zu", tm_template_names[style], n, ids.n);
    tm_ids_free(&ids);
}

/* Ids of LLaMA-3; what a user writes is text: "<|eot_id|>" there is not the token 128009. */
static void templates(const char *path) {
    static const uint32_t llama3[] = {128000, 128006, 9125,   128007, 271,    2675,  1520,   13, 128009,
                                      128006, 882,    128007, 271,    9906,   27,    91,     68, 354,
                                      851,    91,     29,     128009, 128006, 78191, 128007, 271};
    static const uint32_t bitnet[] = {128000, 2374, 25,  1472, 1520, 13, 128009, 1502,  25, 22691, 27,
                                      91,     68,   354, 851,  91,   29, 128009, 72803, 25, 220};
    const tm_message chat[] = {{tm_str_of("system"), tm_str_of(" You help. ")},
                               {tm_str_of("user"), tm_str_of("Hello<|eot_id|>")}};
    tm_error err;
    tm_tokenizer *t = tm_tokenizer_from_file(path, &err);
    CHECK(t, "%s", err.text);
    expect(t, TM_TEMPLATE_LLAMA3, chat, 2, llama3, sizeof llama3 / sizeof *llama3);
    expect(t, TM_TEMPLATE_BITNET, chat, 2, bitnet, sizeof bitnet / sizeof *bitnet);
    tm_tokenizer_free(t);
}

/* With SentencePiece a chat of no special tokens has the ids of its whole text: one blank in front, none where
 * its pieces meet. */
static void sentence(const char *path) {
    static const char text[] = "User: hi you\nAssistant:";
    const tm_message user = {tm_str_of("user"), tm_str_of("hi you")};
    tm_error err;
    tm_tokenizer *t = tm_tokenizer_from_file(path, &err);
    tm_ids ids = {0}, want = {0};
    CHECK(t, "%s", err.text);
    CHECK(tm_encode(t, (tm_str){text, sizeof text - 1}, TM_BOS, &want), "encode");
    expect(t, TM_TEMPLATE_PLAIN, &user, 1, want.p, want.n);
    CHECK(tm_encode(t, tm_str_of("hi"), TM_CONTINUE, &ids) && ids.n == 1 &&
              tm_str_is(tm_token_text(t, ids.p[0]), "hi"),
          "no blank in front of what goes on");
    tm_ids_free(&ids);
    tm_ids_free(&want);
    tm_tokenizer_free(t);
}

/* However an answer ended, the next turn finds an end of the template's. The stop text may begin within a
 * token. */
static void turns(const char *path) {
    static const struct {
        tm_template style;
        const char *answer, *want;
    } all[] = {{TM_TEMPLATE_LLAMA3, "five", "five<|eot_id|>"},
               {TM_TEMPLATE_LLAMA3, "five<|eot_id|>", "five<|eot_id|>"},
               {TM_TEMPLATE_BITNET, "five<|end_of_text|>", "five<|eot_id|>"},
               {TM_TEMPLATE_PLAIN, "five<|eot_id|>", "five\n"},
               {TM_TEMPLATE_PLAIN, "five", "five\n"},
               {TM_TEMPLATE_PLAIN, "\nUser:\nfive.\nUser:", "\nUser:\nfive.\n"},
               {TM_TEMPLATE_PLAIN, "\nUser:", "\n"}};
    tm_error err;
    tm_tokenizer *t = tm_tokenizer_from_file(path, &err);
    CHECK(t, "%s", err.text);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const tm_str answer = tm_str_of(all[i].answer), stop = tm_str_of(tm_template_stop(TM_TEMPLATE_PLAIN));
        const bool at_text = answer.n >= stop.n && !memcmp(answer.p + answer.n - stop.n, stop.p, stop.n);
        tm_ids before = {0}, ids = {0}, want = {0};
        size_t kept;
        CHECK(tm_encode(t, answer, TM_SPECIALS, &before) && tm_encode(t, answer, TM_SPECIALS, &ids),
              "no memory");
        CHECK(tm_encode(t, tm_str_of(all[i].want), TM_SPECIALS, &want), "no memory");
        CHECK(tm_template_close(all[i].style, t, &ids, 0, at_text, &kept, &err), "%s", err.text);
        CHECK(ids.n == want.n && !memcmp(ids.p, want.p, ids.n * sizeof *ids.p), "turn %zu: %zu ids", i, ids.n);
        CHECK(kept <= ids.n && !memcmp(ids.p, before.p, kept * sizeof *ids.p), "turn %zu", i);
        tm_ids_free(&before);
        tm_ids_free(&ids);
        tm_ids_free(&want);
    }
    tm_tokenizer_free(t);
}

int main(int argc, char **argv) {
    state = argc > 2 ? strtoull(argv[argc - 1], NULL, 10) : 1;
    if (argc == 3 && !strcmp(argv[1], "sampler")) {
        for (int i = 0; i < 400; i++)
            one_setting();
        draws();
        corners();
    } else if (argc == 4 && !strcmp(argv[1], "tokenizer")) {
        streams();
        tokenizer(argv[2]);
    } else if (argc == 4 && !strcmp(argv[1], "templates"))
        templates(argv[2]);
    else if (argc == 3 && !strcmp(argv[1], "sentence"))
        sentence(argv[2]);
    else if (argc == 4 && !strcmp(argv[1], "turns"))
        turns(argv[2]);
    else
        return 2;
    return 0;
}

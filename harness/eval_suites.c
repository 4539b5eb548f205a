/* eval_suites.c: see eval.h. */
#include "harness/eval.h"
#include "harness/npy.h"
#include "models/generate.h"
#include "models/json.h"
#include "models/stream.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- figures --------------------------------------------------------------------------------------------- */
static bool add_figure(tl_figures *f, tl_figure x) {
    if (f->n == f->room) {
        const size_t room = f->room ? 2 * f->room : 32;
        tl_figure *p = realloc(f->p, room * sizeof *p);
        if (!p)
            return false;
        f->p = p;
        f->room = room;
    }
    f->p[f->n++] = x;
    return true;
}

bool tl_figure_mean(tl_figures *f, tl_figure x, double sum, double squares) {
    const double n = (double)x.n, variance = n > 1 ? (squares - sum * sum / n) / (n - 1) : NAN;
    x.value = sum / n;
    x.error = sqrt((variance < 0 ? 0 : variance) / n); /* NAN: of one value nothing is known */
    x.low = x.value - 1.96 * x.error;
    x.high = x.value + 1.96 * x.error;
    return add_figure(f, x);
}

bool tl_figure_share(tl_figures *f, tl_figure x, size_t good) {
    const double n = (double)x.n, p = (double)good / n, z = 1.96,
                 middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    x.value = p;
    x.error = sqrt(p * (1 - p) / n);
    x.low = fmax(middle - half, 0);
    x.high = fmin(middle + half, 1);
    return add_figure(f, x);
}

static int read_data(const char *path, tm_buffer *b) {
    tm_error err;
    return tm_read_file(path, b, &err) ? TL_GO_ON : tl_refused(&err);
}

/* ln p of token id: in double, the largest first taken off. */
static double log_likelihood(const float *logits, uint32_t vocab, uint32_t id) {
    double top = -INFINITY, sum = 0;
    for (uint32_t i = 0; i < vocab; i++)
        top = (double)logits[i] > top ? (double)logits[i] : top;
    for (uint32_t i = 0; i < vocab; i++)
        sum += exp((double)logits[i] - top);
    return (double)logits[id] - top - log(sum);
}

/* ---- perplexity ------------------------------------------------------------------------------------------ */
typedef struct scores {
    double sum, squares, kl, kl_squares;
    size_t n, agree;
} scores;

typedef struct other { /* stored logits */
    FILE *f;
    float *row;
} other;

static uint32_t likeliest(const float *x, uint32_t n) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < n; i++)
        best = x[i] > x[best] ? i : best;
    return best;
}

/* KL(stored || ours) */
static double divergence(const float *p, const float *q, uint32_t n) {
    double tp = -INFINITY, tq = -INFINITY, sp = 0, sq = 0, sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        tp = (double)p[i] > tp ? (double)p[i] : tp;
        tq = (double)q[i] > tq ? (double)q[i] : tq;
    }
    for (uint32_t i = 0; i < n; i++) {
        sp += exp((double)p[i] - tp);
        sq += exp((double)q[i] - tq);
    }
    for (uint32_t i = 0; i < n; i++) {
        const double lp = (double)p[i] - tp - log(sp), lq = (double)q[i] - tq - log(sq);
        sum += exp(lp) * (lp - lq);
    }
    return sum;
}

/* A figure without a number passes every limit and says nothing. */
static int no_number(const tl_eval *e, const char *where) {
    return tl_bad(where, "logits that are numbers were expected of %s, found others (damaged weights?)",
                  e->t.model->file->path);
}

static int score(const tl_eval *e, scores *s, const float *logits, uint32_t next, FILE *save, const other *o,
                 const char *compare) {
    const uint32_t vocab = e->t.model->config.vocab;
    const double loss = -log_likelihood(logits, vocab, next);
    if (!isfinite(loss))
        return no_number(e, "--perplexity");
    s->sum += loss;
    s->squares += loss * loss;
    s->n++;
    if (save)
        fwrite(logits, sizeof *logits, vocab, save);
    if (!o->f)
        return TL_GO_ON;
    if (fread(o->row, sizeof *o->row, vocab, o->f) != vocab)
        return tl_bad(compare,
                      "logits of every scored token were expected, found the end of the file at token %zu",
                      s->n);
    const double kl = divergence(o->row, logits, vocab);
    if (!isfinite(kl))
        return tl_bad(compare, "logits that are numbers were expected, found others at token %zu", s->n);
    s->kl += kl;
    s->kl_squares += kl * kl;
    s->agree += likeliest(o->row, vocab) == likeliest(logits, vocab);
    return TL_GO_ON;
}

/* The header of a .npy file that this program wrote: [rows][vocab] of float32. */
static int open_logits(const char *path, uint32_t vocab, size_t rows, other *o) {
    char head[128] = "", want[64];
    o->f = tm_open_file(path, NULL);
    o->row = malloc(vocab * sizeof *o->row);
    snprintf(want, sizeof want, "'shape': (%zu, %u)", rows, vocab);
    if (!o->f || !o->row || fread(head, 1, 128, o->f) != 128 || memcmp(head, "\x93NUMPY", 6) != 0 ||
        !memmem(head, 128, want, strlen(want)) || !memmem(head, 128, "<f4", 3))
        return tl_bad(
            path, "float32 logits of %zu tokens x %u from --save-logits were expected, found something else",
            rows, vocab);
    return TL_GO_ON;
}

/* ids: with BOS in front where the model wants it; then it stands in place of every window's first token. */
static int run_windows(tl_eval *e, const tm_ids *ids, size_t windows, FILE *save, const other *o,
                       const char *compare, scores *s) {
    const uint32_t vocab = e->t.model->config.vocab;
    const size_t window = e->window, half = window / 2;
    const bool bos = ids->p[0] == (uint64_t)tm_bos(e->t.tokenizer);
    tm_item *items = malloc(window * sizeof *items);
    float *logits = malloc((window - half) * vocab * sizeof *logits);
    tl_progress progress;
    tm_error err;
    int status = items && logits ? TL_GO_ON
                                 : tl_bad("--window", "memory for %zu rows of logits was expected, found none",
                                          window - half);
    tl_progress_start(&progress, "perplexity", windows, e->quiet);
    for (size_t w = 0; w < windows && status == TL_GO_ON; w++) {
        const uint32_t *text = ids->p + w * window;
        for (size_t i = 0; i < window; i++)
            items[i] = (tm_item){!i && bos ? ids->p[0] : text[i], 0, i >= half && i + 1 < window};
        tm_session_cut(e->t.session, 0, 0);
        if (!tm_session_eval(e->t.session, items, window, logits, &err))
            status = tl_refused(&err);
        for (size_t i = half; i + 1 < window && status == TL_GO_ON; i++)
            status = score(e, s, logits + (i - half) * vocab, text[i + 1], save, o, compare);
        tl_progress_step(&progress, w + 1);
    }
    tl_progress_end(&progress);
    free(items);
    free(logits);
    return status;
}

static int add_perplexity(tl_eval *e, const scores *s, size_t of, uint64_t hash, bool compared) {
    tl_figure f = {.suite = "perplexity", .metric = "nll", .topic = "all", .n = s->n, .of = of, .hash = hash};
    bool good = tl_figure_mean(&e->figures, f, s->sum, s->squares);
    if (good) { /* the same, as it is usually given */
        f = e->figures.p[e->figures.n - 1];
        f.metric = "perplexity";
        f.value = exp(f.value);
        f.low = exp(f.low);
        f.high = exp(f.high);
        f.error *= f.value;
        good = add_figure(&e->figures, f);
    }
    f.metric = "kl";
    good = good && (!compared || tl_figure_mean(&e->figures, f, s->kl, s->kl_squares));
    f.metric = "top1";
    good = good && (!compared || tl_figure_share(&e->figures, f, s->agree));
    return good ? TL_GO_ON : tl_bad("eval", "memory was expected, found none");
}

int tl_eval_perplexity(tl_eval *e, const char *path, const char *save, const char *compare) {
    tm_buffer text = {0};
    tm_ids ids = {0};
    scores s = {0};
    other o = {0};
    tl_out *out = NULL;
    const uint32_t vocab = e->t.model->config.vocab;
    int status = read_data(path, &text);
    if (status == TL_GO_ON && !tm_encode(e->t.tokenizer, (tm_str){text.p, text.n}, TM_BOS, &ids))
        status = tl_bad(path, "memory was expected, found none");
    size_t windows = ids.n / e->window;
    const size_t all = windows, each = e->window - 1 - e->window / 2;
    windows = e->limit && e->limit < windows ? e->limit : windows;
    if (status == TL_GO_ON && !windows)
        status = tl_bad(path, "at least %zu tokens (--window) were expected, found %zu", e->window, ids.n);
    if (status == TL_GO_ON && compare)
        status = open_logits(compare, vocab, windows * each, &o);
    if (status == TL_GO_ON && save && !(out = tl_out_open(save)))
        status = TL_BAD;
    if (out)
        tl_npy_header(tl_out_file(out), "<f4", windows * each, vocab);
    if (status == TL_GO_ON)
        status = run_windows(e, &ids, windows, out ? tl_out_file(out) : NULL, &o, compare, &s);
    if (out && status == TL_GO_ON)
        status = tl_out_close(out) == TL_GOOD ? TL_GO_ON : TL_BAD;
    else
        tl_out_discard(out);
    if (status == TL_GO_ON)
        status = add_perplexity(e, &s, all * each, tm_str_hash(TM_FNV, (tm_str){text.p, text.n}), o.f != NULL);
    if (o.f)
        fclose(o.f);
    free(o.row);
    tm_ids_free(&ids);
    tm_buffer_free(&text);
    return status;
}

/* ---- rows of JSONL --------------------------------------------------------------------------------------- */
typedef struct tally {
    char topic[48];
    size_t n, good, normal;
} tally;

typedef struct rows {
    tl_eval *e;
    const char *path;
    char where[300]; /* the row at hand */
    tally *tallies;  /* the first is "all" */
    size_t n;
} rows;

static tally *tally_of(rows *r, tm_str topic) {
    char name[48];
    tm_printable(name, sizeof name, topic);
    for (size_t i = 1; i < r->n; i++)
        if (!strcmp(r->tallies[i].topic, name))
            return &r->tallies[i];
    tally *p = realloc(r->tallies, (r->n + 1) * sizeof *p);
    if (!p)
        return NULL;
    r->tallies = p;
    p[r->n] = (tally){0};
    memcpy(p[r->n].topic, name, sizeof name);
    return &p[r->n++];
}

typedef int judge(rows *, const tm_json *, bool *good, bool *normal);

static int each_row(rows *r, judge *one, size_t *total, uint64_t *hash) {
    tm_buffer text = {0};
    tm_error err;
    tl_progress progress;
    int status = read_data(r->path, &text);
    *hash = tm_str_hash(TM_FNV, (tm_str){text.p, text.n});
    *total = 0;
    for (size_t i = 0; i < text.n; i++)
        *total += (!i || text.p[i - 1] == '\n') && text.p[i] != '\n';
    tl_progress_start(&progress, r->path, *total, r->e->quiet);
    size_t line = 0, done = 0;
    for (size_t at = 0; status == TL_GO_ON && at < text.n && (!r->e->limit || done < r->e->limit); line++) {
        const char *p = text.p + at, *end = memchr(p, '\n', text.n - at);
        const size_t n = end ? (size_t)(end - p) : text.n - at;
        at += n + 1;
        if (!n)
            continue;
        bool good = false, normal = false;
        snprintf(r->where, sizeof r->where, "%s: line %zu", r->path, line + 1);
        tm_json *j = tm_json_parse((tm_str){p, n}, r->where, &err);
        status = j ? one(r, j, &good, &normal) : tl_refused(&err);
        tm_str topic = tm_str_of("other");
        tm_json_str(tm_json_get(j, "topic"), &topic);
        for (int all = 1; all >= 0 && status == TL_GO_ON; all--) {
            tally *t = all ? &r->tallies[0] : tally_of(r, topic);
            if (!t) {
                status = tl_bad("eval", "memory was expected, found none");
                break;
            }
            t->n++;
            t->good += good;
            t->normal += normal;
        }
        tm_json_free(j);
        tl_progress_step(&progress, ++done);
    }
    tl_progress_end(&progress);
    tm_buffer_free(&text);
    if (status == TL_GO_ON && !done)
        status = tl_bad(r->path, "at least one row was expected, found none");
    return status;
}

static int bad_row(const rows *r, const char *expected) {
    return tl_bad(r->where, "%s was expected, found something else", expected);
}

static int refused_row(const rows *r, const tm_error *err) {
    return tl_bad(r->where, "%s", err->text);
}

/* Log-likelihood of `text` behind the context's ids. */
static int likelihood(rows *r, const tm_ids *context, tm_str text, double *sum) {
    tl_text_model *t = &r->e->t;
    const uint32_t vocab = t->model->config.vocab;
    tm_ids ids = {0};
    tm_error err;
    bool good = true;
    for (size_t i = 0; good && i < context->n; i++)
        good = tm_ids_add(&ids, context->p[i]);
    good = good && tm_encode(t->tokenizer, text, TM_CONTINUE, &ids);
    const size_t wanted = ids.n - context->n;
    tm_item *items = malloc((ids.n + 1) * sizeof *items);
    float *logits = malloc((wanted + 1) * vocab * sizeof *logits);
    int status = good && items && logits ? TL_GO_ON : tl_bad("eval", "memory was expected, found none");
    for (size_t i = 0; status == TL_GO_ON && i + 1 < ids.n; i++)
        items[i] = (tm_item){ids.p[i], 0, i + 1 >= context->n};
    tm_session_cut(t->session, 0, 0);
    if (status == TL_GO_ON && !tm_session_eval(t->session, items, ids.n - 1, logits, &err))
        status = refused_row(r, &err);
    *sum = 0;
    for (size_t i = 0; status == TL_GO_ON && i < wanted; i++)
        *sum += log_likelihood(logits + i * vocab, vocab, ids.p[context->n + i]);
    if (status == TL_GO_ON && !isfinite(*sum))
        status = no_number(r->e, r->where);
    free(items);
    free(logits);
    tm_ids_free(&ids);
    return status;
}

static size_t characters(tm_str s) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

static int judge_choice(rows *r, const tm_json *j, bool *good, bool *normal) {
    const tm_json *choices = tm_json_get(j, "choices");
    const size_t n = tm_json_size(choices);
    tm_str context, text;
    int64_t answer, best = 0, best_normal = 0;
    double top = -INFINITY, top_normal = -INFINITY;
    tm_ids ids = {0};
    if (!tm_json_str(tm_json_get(j, "context"), &context) || !tm_json_is_array(choices) || n < 2 ||
        !tm_json_int(tm_json_get(j, "answer"), &answer) || answer < 0 || answer >= (int64_t)n)
        return bad_row(r, "{\"context\": text, \"choices\": [two or more texts], \"answer\": index}");
    int status = tm_encode(r->e->t.tokenizer, context, TM_BOS, &ids) && ids.n
                     ? TL_GO_ON
                     : bad_row(r, "a context with a token");
    for (size_t i = 0; i < n && status == TL_GO_ON; i++) {
        double sum;
        if (!tm_json_str(tm_json_at(choices, i), &text) || !text.n) {
            status = bad_row(r, "choices of text");
            break;
        }
        status = likelihood(r, &ids, text, &sum);
        if (sum > top) {
            top = sum;
            best = (int64_t)i;
        }
        const double normal_sum = sum / (double)characters(text);
        if (normal_sum > top_normal) {
            top_normal = normal_sum;
            best_normal = (int64_t)i;
        }
    }
    *good = best == answer;
    *normal = best_normal == answer;
    tm_ids_free(&ids);
    return status;
}

static int add_shares(rows *r, const char *suite, size_t total, uint64_t hash, bool normal) {
    bool good = true;
    for (size_t i = 0; good && i < r->n; i++) {
        const tally *t = &r->tallies[i];
        tl_figure f = {.suite = suite, .metric = "acc", .n = t->n, .of = total, .hash = hash};
        memcpy(f.topic, t->topic, sizeof f.topic);
        good = tl_figure_share(&r->e->figures, f, t->good);
        f.metric = "acc_norm";
        good = good && (!normal || tl_figure_share(&r->e->figures, f, t->normal));
    }
    return good ? TL_GO_ON : tl_bad("eval", "memory was expected, found none");
}

static int run_suite(tl_eval *e, const char *path, const char *suite, judge *one, bool normal) {
    rows r = {.e = e, .path = path, .tallies = calloc(1, sizeof(tally)), .n = 1};
    size_t total;
    uint64_t hash;
    if (!r.tallies)
        return tl_bad("eval", "memory was expected, found none");
    memcpy(r.tallies[0].topic, "all", 4);
    int status = each_row(&r, one, &total, &hash);
    if (status == TL_GO_ON)
        status = add_shares(&r, suite, total, hash, normal);
    free(r.tallies);
    return status;
}

int tl_eval_choice(tl_eval *e, const char *path) {
    return run_suite(e, path, "choice", judge_choice, true);
}

/* ---- questions and answers ------------------------------------------------------------------------------- */
static bool collect(void *ctx, const char *bytes, size_t n) {
    return tm_buffer_add(ctx, bytes, n);
}

/* The answer begins with the expected text, and no word goes on behind it. */
static bool begins(tm_str got, tm_str want) {
    while (got.n && isspace((unsigned char)*got.p)) {
        got.p++;
        got.n--;
    }
    return want.n && got.n >= want.n && !memcmp(got.p, want.p, want.n) &&
           (got.n == want.n || !isalnum((unsigned char)got.p[want.n]));
}

static int ask(rows *r, tm_str question, tm_buffer *out) {
    tl_eval *e = r->e;
    const tm_message message = {tm_str_of("user"), question};
    const tm_str stop = tm_str_of(e->raw ? "\n" : tm_template_stop(e->t.style));
    tm_ids ids = {0};
    tm_stats stats = {0};
    tm_error err;
    tm_stream stream = {
        .tokenizer = e->t.tokenizer, .stops = &stop, .nstops = stop.n > 0, .emit = collect, .ctx = out};
    const tm_generation how = {.most = e->most, .token = tm_stream_token, .ctx = &stream};
    tm_sampler *sampler = tm_sampler_new(&tm_greedy, e->t.model->config.vocab, &err);
    tm_session_cut(e->t.session, 0, 0);
    bool good = sampler != NULL;
    if (e->raw)
        good = good && (tm_encode(e->t.tokenizer, question, TM_BOS, &ids) || tm_fail(&err, "no memory"));
    else
        good = good && tm_template_render(e->t.style, e->t.tokenizer, &message, 1, true, true, &ids, &err);
    good = good && tm_generate(e->t.session, sampler, &how, &ids, 0, &stats, &err);
    tm_stream_end(&stream, stats.reason);
    free(stats.each);
    tm_sampler_free(sampler);
    tm_ids_free(&ids);
    return good ? TL_GO_ON : refused_row(r, &err);
}

/* The i-th right answer of one or several. */
static bool answer_at(const tm_json *answer, size_t i, tm_str *want) {
    return tm_json_str(tm_json_is_array(answer) ? tm_json_at(answer, i) : answer, want);
}

static int judge_answer(rows *r, const tm_json *j, bool *good, bool *normal) {
    const tm_json *answer = tm_json_get(j, "answer");
    const size_t n = tm_json_is_array(answer) ? tm_json_size(answer) : 1;
    tm_str question, want;
    tm_buffer got = {0};
    bool texts = n && tm_json_str(tm_json_get(j, "question"), &question);
    for (size_t i = 0; i < n; i++)
        texts = texts && answer_at(answer, i, &want);
    if (!texts)
        return bad_row(r, "{\"question\": text, \"answer\": a text or several}");
    const int status = ask(r, question, &got);
    for (size_t i = 0; i < n; i++)
        *good = *good || (answer_at(answer, i, &want) && begins((tm_str){got.p, got.n}, want));
    *normal = *good;
    tm_buffer_free(&got);
    return status;
}

int tl_eval_answers(tl_eval *e, const char *path, const char *suite) {
    return run_suite(e, path, suite, judge_answer, false);
}

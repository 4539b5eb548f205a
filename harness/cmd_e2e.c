/* cmd_e2e.c: the end-to-end benchmark: rounds over thread counts, kernels, prompts, depths and batches,
 * interleaved. */
#include "harness/csv.h"
#include "harness/e2e.h"
#include "harness/machine_info.h"
#include "harness/machine_roof.h"
#include "harness/stats.h"
#include "kernels/registry.h"
#include "version.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_WAYS = 256, MOST_LISTED = 16, MOST_ROUNDS = 1000 };

typedef struct plan {
    tl_model_choice model;
    const char *threads, *prompts, *depths, *batches, *kernels, *csv, *json, *md;
    uint64_t gen, rounds, seed;
    bool quiet;
    size_t prompt[MOST_LISTED], depth[MOST_LISTED], batch[MOST_LISTED], count[MOST_LISTED];
    size_t nprompts, ndepths, nbatches, ncounts;
    char *globs;
    const char *glob[MOST_LISTED];
    size_t nglobs;
} plan;

typedef struct way {
    tl_e2e_way how;
    tm_session *session;
    tl_e2e_round *rounds; /* [plan.rounds] */
} way;

typedef struct bench {
    plan *p;
    tm_model *model;
    double load, file_bytes, peak_rss, cached, large;
    tl_machine machine;
    tl_noise noise;
    way ways[MOST_WAYS];
    size_t n;
    tm_session *sessions[MOST_LISTED * MOST_LISTED];
    size_t nsessions;
    tl_roofs roofs;
} bench;

/* ---- options --------------------------------------------------------------------------------------------- */
static int sizes(const char *option, const char *text, size_t least, size_t most, size_t *out, size_t *n) {
    for (const char *p = text; *p || p == text;) {
        char *end;
        errno = 0;
        const unsigned long long v = strtoull(p, &end, 10);
        if (*p < '0' || *p > '9' || errno || v < least || v > most || (*end && *end != ',') ||
            (*end && !end[1]))
            return tl_bad(option,
                          "numbers from %zu to %zu with commas between them were expected, found \"%s\"", least,
                          most, text);
        if (*n == MOST_LISTED)
            return tl_bad(option, "at most %d numbers were expected, found more", MOST_LISTED);
        out[(*n)++] = v;
        p = *end ? end + 1 : end;
    }
    return TL_GO_ON;
}

static int parse_lists(plan *p) {
    char own[16];
    int status = tl_model_check(&p->model);
    snprintf(own, sizeof own, "%llu", (unsigned long long)p->model.threads);
    if (status == TL_GO_ON)
        status = sizes("--threads", p->threads ? p->threads : own, 1, TL_MAX_THREADS, p->count, &p->ncounts);
    if (status == TL_GO_ON)
        status = sizes("--prompt", p->prompts, 1, 1 << 20, p->prompt, &p->nprompts);
    if (status == TL_GO_ON)
        status = sizes("--depth", p->depths, 0, 1 << 20, p->depth, &p->ndepths);
    if (status == TL_GO_ON)
        status = sizes("--batch", p->batches, 1, 1024, p->batch, &p->nbatches);
    if (status == TL_GO_ON && p->kernels && p->model.sel.kernel)
        return tl_bad("--kernels", "one of --kernel and --kernels was expected, found both");
    p->globs = strdup(p->kernels ? p->kernels : p->model.sel.kernel ? p->model.sel.kernel : "");
    for (char *at = p->globs; at && status == TL_GO_ON;) {
        if (p->nglobs == MOST_LISTED)
            return tl_bad("--kernels", "at most %d globs were expected, found more", MOST_LISTED);
        p->glob[p->nglobs++] = at;
        at = strchr(at, ',');
        if (at)
            *at++ = 0;
    }
    return status;
}

/* ---- sessions, rounds ------------------------------------------------------------------------------------ */
static size_t largest_of(const size_t *x, size_t n) {
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        most = x[i] > most ? x[i] : most;
    return most;
}

static int check_context(plan *p) {
    const size_t longest = largest_of(p->prompt, p->nprompts) + largest_of(p->depth, p->ndepths) + p->gen;
    if (!p->model.context)
        p->model.context = longest;
    return longest <= p->model.context
               ? TL_GO_ON
               : tl_bad("--context", "room for depth, prompt and new tokens (%zu) was expected, found %llu",
                        longest, (unsigned long long)p->model.context);
}

/* All prompts, depths and batches of a session. */
static int add_ways(bench *b, tm_session *s, unsigned threads, const char *kernels) {
    const plan *p = b->p;
    for (size_t i = 0; i < p->nprompts; i++)
        for (size_t j = 0; j < p->ndepths; j++)
            for (size_t k = 0; k < p->nbatches; k++) {
                if (b->n == MOST_WAYS)
                    return tl_bad("e2e", "at most %d ways to run were expected, found more", MOST_WAYS);
                b->ways[b->n++] = (way){{threads, kernels, p->prompt[i], p->depth[j], p->gen, p->batch[k]},
                                        s,
                                        calloc(p->rounds, sizeof(tl_e2e_round))};
            }
    return TL_GO_ON;
}

static int open_sessions(bench *b) {
    plan *p = b->p;
    tm_error err;
    int status = check_context(p);
    for (size_t k = 0; k < p->nglobs && status == TL_GO_ON; k++)
        for (size_t t = 0; t < p->ncounts && status == TL_GO_ON; t++) {
            tm_session_options o = tl_session_options(&p->model, (unsigned)largest_of(p->batch, p->nbatches));
            o.threads = (unsigned)p->count[t];
            o.kernels = *p->glob[k] ? p->glob[k] : NULL;
            tm_session *s = b->sessions[b->nsessions++] = tm_session_new(b->model, &o, &err);
            if (s)
                status = add_ways(b, s, o.threads, o.kernels);
            else if (p->kernels && !strncmp(err.text, "--kernel: ", 10))
                status = tl_bad("--kernels", "%s", err.text + 10);
            else
                status = tl_refused(&err);
        }
    return status;
}

static int run_rounds(bench *b) {
    tm_error err;
    tl_progress progress;
    tl_e2e_round warm = {.each = malloc(b->p->gen * sizeof(double))};
    const tl_e2e_way little = {1, NULL, b->p->prompt[0] < 2 ? 1 : 2, 0, b->p->gen < 2 ? 1 : 2, 1};
    tl_progress_start(&progress, "e2e", b->p->rounds * b->n, b->p->quiet);
    for (size_t i = 0; i < b->nsessions; i++) /* pages, tables, clocks */
        if (!warm.each || !tl_e2e_measure(b->sessions[i], &little, b->p->seed, &warm, &err)) {
            const int status =
                warm.each ? tl_refused(&err) : tl_bad("--gen", "memory was expected, found none");
            free(warm.each);
            return status;
        }
    free(warm.each);
    tl_rng rng;
    tl_rng_seed(&rng, b->p->seed);
    tl_noise_look(&b->noise);
    for (size_t round = 0; round < b->p->rounds; round++) {
        size_t order[MOST_WAYS];
        for (size_t i = 0; i < b->n; i++) {
            const size_t j = tl_rng_below(&rng, i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        for (size_t i = 0; i < b->n; i++) {
            way *w = &b->ways[order[i]];
            tl_e2e_round *r = &w->rounds[round];
            r->each = malloc((w->how.gen + 1) * sizeof *r->each);
            r->load = b->load;
            if (!r->each || !tl_e2e_measure(w->session, &w->how, b->p->seed, r, &err))
                return tl_refused(&err);
            r->span = tl_noise_look(&b->noise);
            tl_progress_step(&progress, round * b->n + i + 1);
        }
    }
    tl_progress_end(&progress);
    tl_noise_end(&b->noise);
    return TL_GO_ON;
}

/* ---- figures --------------------------------------------------------------------------------------------- */
typedef double figure(const bench *, const way *, const tl_e2e_round *);

static double prefill_tps(const bench *b, const way *w, const tl_e2e_round *r) {
    (void)b;
    return (double)(w->how.batch * w->how.prompt) / r->prefill;
}
static double decode_tps(const bench *b, const way *w, const tl_e2e_round *r) {
    (void)b;
    return w->how.gen > 1 ? (double)(w->how.batch * (w->how.gen - 1)) / r->decode : 0;
}
static double each_tps(const bench *b, const way *w, const tl_e2e_round *r) {
    return decode_tps(b, w, r) / (double)w->how.batch;
}
static double ttft(const bench *b, const way *w, const tl_e2e_round *r) {
    (void)b;
    (void)w;
    return 1e3 * r->first;
}
/* Weights and head, once for all sequences, and a cache as it is halfway through the new tokens. */
static double bytes_per_token(const bench *b, const way *w) {
    return ((double)tm_model_matrix_bytes(b->model) + (double)tm_session_head_bytes(w->session)) /
               (double)w->how.batch +
           (double)tm_session_cache_bytes(w->session) * (double)(w->how.depth + w->how.prompt + w->how.gen / 2);
}
/* A model that stays in the caches has nothing to do with the memory's roof. */
static bool in_caches(const bench *b, const way *w) {
    return bytes_per_token(b, w) <= (double)tk_llc_bytes();
}
/* 0: there is none, also where nothing was decoded or the roof not measured. */
static double roof_pct(const bench *b, const way *w, const tl_e2e_round *r) {
    const double roof = tl_roof_dram(&b->roofs, w->how.threads);
    return roof > 0 && !in_caches(b, w) ? 100 * bytes_per_token(b, w) * decode_tps(b, w, r) / 1e9 / roof : 0;
}

static double median_of(const bench *b, const way *w, figure *f, double *low, double *high) {
    double x[MOST_ROUNDS];
    for (size_t i = 0; i < b->p->rounds; i++)
        x[i] = f(b, w, &w->rounds[i]);
    *low = tl_quantile(x, b->p->rounds, 0);
    *high = tl_quantile(x, b->p->rounds, 1);
    return tl_median(x, b->p->rounds);
}

static double token_quantile(const way *w, const tl_e2e_round *r, double q) {
    return w->how.gen > 1 ? 1e3 * tl_quantile(r->each, w->how.gen - 1, q) : 0;
}

/* ---- output ---------------------------------------------------------------------------------------------- */
/* clang-format off */
static const char *const columns[] = {
    TL_RUN_COLUMNS, "model", "file_bytes", "kernels", "threads", "prompt", "depth", "gen", "batch", "round",
    "load_ms", "ttft_ms", "prefill_tps", "decode_tps", "each_tps", "tok_ms_p50", "tok_ms_p95", "tok_ms_p99",
    "peak_rss_mb", "cpu_pct", "joules", "cache", "layout", "bytes_per_token", "read_roof_gbps", "roof_pct",
    "ms_norm_quantise", "ms_qkv", "ms_rope_cache", "ms_attention", "ms_attn_output", "ms_gate_up", "ms_down",
    "ms_head", "head", "cached_pct", "large_pct", TL_NOISE_COLUMNS, "disturbed"};
/* clang-format on */
enum { COLUMNS = sizeof columns / sizeof *columns, CELL = 200 };

static const char *layout_name(const bench *b) {
    return b->model->layers[0].q.layout->name;
}

typedef struct cells {
    char text[COLUMNS][CELL];
    const char *at[COLUMNS];
    int n;
} cells;

__attribute__((format(printf, 2, 3))) static void put(cells *c, const char *format, ...) {
    va_list v;
    va_start(v, format);
    vsnprintf(c->text[c->n], CELL, format, v);
    va_end(v);
    c->at[c->n] = c->text[c->n];
    c->n++;
}

/* Percent; below 0: not known. */
static void put_share(cells *c, double share) {
    if (share < 0)
        put(c, "%s", "");
    else
        put(c, "%.1f", share);
}

static void surroundings(cells *c, const bench *b, const tl_e2e_round *r) {
    tl_noise_row cell;
    char mark[TL_NOISE_TEXT];
    put_share(c, b->cached);
    put_share(c, b->large);
    tl_noise_cells(&b->noise, &b->machine, cell);
    for (int i = 0; i < TL_NOISE_CELLS; i++)
        put(c, "%s", cell[i]);
    put(c, "%s", tl_noise_text(tl_noise_mark(&b->noise, &r->span), mark));
}

static void fill_row(cells *c, const bench *b, const way *w, size_t round) {
    const tl_machine *m = &b->machine;
    const tl_e2e_round *r = &w->rounds[round];
    const double tokens = (double)(w->how.batch * (w->how.gen > 1 ? w->how.gen - 1 : 1));
    const char *file = strrchr(b->model->file->path, '/');
    c->n = 0;
    put(c, TL_E2E_SCHEMA);
    put(c, "%s", m->host);
    put(c, "%s", m->cpu);
    put(c, "%s", TL_COMPILER);
    put(c, "%s", TL_FLAGS);
    put(c, "%s", TL_GIT);
    put(c, "%lld", (long long)time(NULL));
    put(c, "%s", file ? file + 1 : b->model->file->path);
    put(c, "%.0f", b->file_bytes);
    put(c, "%s+%s", tm_session_kernel(w->session, false), tm_session_kernel(w->session, true));
    put(c, "%u", w->how.threads);
    put(c, "%zu", w->how.prompt);
    put(c, "%zu", w->how.depth);
    put(c, "%zu", w->how.gen);
    put(c, "%zu", w->how.batch);
    put(c, "%zu", round);
    put(c, "%.3f", 1e3 * r->load);
    put(c, "%.3f", 1e3 * r->first);
    put(c, "%.3f", prefill_tps(b, w, r));
    put(c, "%.3f", decode_tps(b, w, r));
    put(c, "%.3f", each_tps(b, w, r));
    put(c, "%.4f", token_quantile(w, r, 0.5));
    put(c, "%.4f", token_quantile(w, r, 0.95));
    put(c, "%.4f", token_quantile(w, r, 0.99));
    put(c, "%.1f", b->peak_rss);
    put(c, "%.1f", 100 * r->cpu);
    if (r->joules < 0)
        put(c, "%s", "");
    else
        put(c, "%.3f", r->joules);
    put(c, "%s", b->p->model.cache ? b->p->model.cache : "f16");
    put(c, "%s", layout_name(b));
    put(c, "%.0f", bytes_per_token(b, w));
    const double roof = tl_roof_dram(&b->roofs, w->how.threads);
    if (roof > 0)
        put(c, "%.3f", roof);
    else
        put(c, "%s", "");
    if (roof_pct(b, w, r) > 0)
        put(c, "%.2f", roof_pct(b, w, r));
    else
        put(c, "%s", "");
    for (int i = 0; i < TM_PARTS; i++)
        put(c, "%.4f", 1e3 * r->parts[i] / tokens);
    put(c, "%s", tm_session_head(w->session));
    surroundings(c, b, r);
}

static int write_csv(const bench *b, const char *path) {
    cells *c = malloc(sizeof *c);
    tl_out *out = c ? tl_out_open(path) : NULL;
    if (!out) {
        free(c);
        return TL_BAD;
    }
    int status = tl_csv_write_row(out, columns, COLUMNS);
    for (size_t i = 0; i < b->n && status == TL_GO_ON; i++)
        for (size_t round = 0; round < b->p->rounds && status == TL_GO_ON; round++) {
            fill_row(c, b, &b->ways[i], round);
            status = tl_csv_write_row(out, c->at, COLUMNS);
        }
    free(c);
    if (status == TL_GO_ON)
        return tl_out_close(out);
    tl_out_discard(out);
    return status;
}

static tl_table *summary(const bench *b) {
    static const char *const head[] = {"kernels",  "threads",     "prompt", "depth",      "batch",
                                       "TTFT ms",  "prefill t/s", "range",  "decode t/s", "range",
                                       "each t/s", "p50 ms",      "p95 ms", "p99 ms",     "roof %"};
    tl_table *t = tl_table_new(sizeof head / sizeof *head, head);
    for (size_t i = 0; i < b->n; i++) {
        const way *w = &b->ways[i];
        double low, high;
        double *each = malloc(b->p->rounds * w->how.gen * sizeof *each);
        size_t n = 0;
        for (size_t r = 0; each && r < b->p->rounds; r++)
            for (size_t j = 0; j + 1 < w->how.gen; j++)
                each[n++] = 1e3 * w->rounds[r].each[j];
        tl_table_cell(t, "%s+%s", tm_session_kernel(w->session, false), tm_session_kernel(w->session, true));
        tl_table_cell(t, "%u", w->how.threads);
        tl_table_cell(t, "%zu", w->how.prompt);
        tl_table_cell(t, "%zu", w->how.depth);
        tl_table_cell(t, "%zu", w->how.batch);
        tl_table_cell(t, "%.1f", median_of(b, w, ttft, &low, &high));
        tl_table_cell(t, "%.1f", median_of(b, w, prefill_tps, &low, &high));
        tl_table_cell(t, "%.1f-%.1f", low, high);
        tl_table_cell(t, "%.2f", median_of(b, w, decode_tps, &low, &high));
        tl_table_cell(t, "%.2f-%.2f", low, high);
        tl_table_cell(t, "%.2f", median_of(b, w, each_tps, &low, &high));
        for (int q = 0; q < 3; q++)
            tl_table_cell(t, "%.2f", n ? tl_quantile(each, n, (const double[]){0.5, 0.95, 0.99}[q]) : 0);
        const double roof = median_of(b, w, roof_pct, &low, &high);
        if (roof > 0)
            tl_table_cell(t, "%.1f", roof);
        else
            tl_table_cell(t, "%s", in_caches(b, w) ? "in caches" : "-");
        free(each);
    }
    return t;
}

/* The best way to run of prefill and of decode, apart. */
static void print_best(const bench *b) {
    const way *best[2] = {NULL, NULL};
    double top[2] = {0, 0}, low, high;
    for (size_t i = 0; i < b->n; i++)
        for (int d = 0; d < 2; d++) {
            const double v = median_of(b, &b->ways[i], d ? decode_tps : prefill_tps, &low, &high);
            if (v > top[d]) {
                top[d] = v;
                best[d] = &b->ways[i];
            }
        }
    for (int d = 0; d < 2; d++)
        if (best[d])
            printf("best %s: %.1f tokens/s with %u thread(s), prompt %zu, depth %zu, batch %zu\n",
                   d ? "decode" : "prefill", top[d], best[d]->how.threads, best[d]->how.prompt,
                   best[d]->how.depth, best[d]->how.batch);
}

static void print_time(const bench *b) {
    const way *w = &b->ways[b->n - 1];
    double parts[TM_PARTS] = {0}, sum = 0;
    for (size_t r = 0; r < b->p->rounds; r++)
        for (int i = 0; i < TM_PARTS; i++)
            sum += w->rounds[r].parts[i], parts[i] += w->rounds[r].parts[i];
    if (sum > 0) /* --gen 1 decodes none */
        printf("where a decoded token's time goes (%u thread(s), depth %zu, batch %zu):", w->how.threads,
               w->how.depth, w->how.batch);
    for (int i = 0; i < TM_PARTS && sum > 0; i++)
        printf(" %s %.1f %%%s", tm_part_names[i], 100 * parts[i] / sum, i + 1 < TM_PARTS ? "," : "\n");
    const double batch = (double)w->how.batch;
    printf(
        "%.1f MB a token, of it %.1f MB matrices (%s) and %.1f MB head (%s); peak RSS %.1f MB; load %.1f ms\n",
        bytes_per_token(b, w) / 1e6, (double)tm_model_matrix_bytes(b->model) / 1e6 / batch, layout_name(b),
        (double)tm_session_head_bytes(w->session) / 1e6 / batch, tm_session_head(w->session), b->peak_rss,
        1e3 * b->load);
}

static void print_noise(const bench *b) {
    char text[200];
    size_t disturbed = 0;
    for (size_t i = 0; i < b->n; i++)
        for (size_t r = 0; r < b->p->rounds; r++)
            disturbed += tl_noise_mark(&b->noise, &b->ways[i].rounds[r].span) != 0;
    tl_noise_summary(&b->noise, &b->machine, text, sizeof text);
    printf("noise: %s, %zu of %zu rounds disturbed", text, disturbed, b->n * b->p->rounds);
    if (b->cached >= 0)
        printf("; %.0f %% of the model file was in the page cache", b->cached);
    if (b->large >= 0)
        printf(", %.0f %% of it mapped in pages of 2 MiB", b->large);
    printf("\n");
}

/* Mean and standard deviation of the rounds. */
static double mean_of(const bench *b, const way *w, figure *f, double *deviation) {
    const double n = (double)b->p->rounds;
    double mean = 0, squares = 0;
    for (size_t i = 0; i < b->p->rounds; i++)
        mean += f(b, w, &w->rounds[i]) / n;
    for (size_t i = 0; i < b->p->rounds; i++)
        squares += pow(f(b, w, &w->rounds[i]) - mean, 2);
    *deviation = n > 1 ? sqrt(squares / (n - 1)) : 0;
    return mean;
}

/* Rows that paste next to llama-bench's, and mean the same. */
static int write_md(const bench *b, const char *path) {
    static const char *const head[] = {"model", "size", "params", "backend", "threads", "test", "t/s"};
    tl_table *t = tl_table_new(7, head);
    double weights = 0;
    char name[200], depth[32], batch[32];
    for (size_t i = 0; i < b->model->file->ntensors; i++)
        weights += (double)b->model->file->tensors[i].ne[0] * (double)b->model->file->tensors[i].ne[1];
    snprintf(name, sizeof name, "%s %s", b->model->config.arch, layout_name(b));
    for (size_t i = 0; i < b->n; i++)
        for (int d = 0; d < 2; d++) {
            const way *w = &b->ways[i];
            double deviation;
            const double mean = mean_of(b, w, d ? decode_tps : prefill_tps, &deviation);
            if (d && w->how.gen < 2)
                continue;
            snprintf(depth, sizeof depth, w->how.depth ? " @ d%zu" : "%.0zu", w->how.depth);
            *batch = 0;
            if (w->how.batch > 1)
                snprintf(batch, sizeof batch, " x %zu", w->how.batch);
            tl_table_cell(t, "%s", name);
            tl_table_cell(t, "%.2f MiB", b->file_bytes / 1048576);
            tl_table_cell(t, "%.2f B", weights / 1e9);
            tl_table_cell(t, "CPU");
            tl_table_cell(t, "%u", w->how.threads);
            tl_table_cell(t, "%s%zu%s%s", d ? "tg" : "pp", d ? w->how.gen : w->how.prompt, batch, depth);
            tl_table_cell(t, "%.2f ± %.2f", mean, deviation);
        }
    tl_out *out = tl_out_open(path);
    if (out)
        tl_table_markdown(t, tl_out_file(out));
    tl_table_free(t);
    return out ? tl_out_close(out) : TL_BAD;
}

static int report(const bench *b) {
    tl_table *t = summary(b);
    int status = b->p->csv ? write_csv(b, b->p->csv) : TL_GOOD;
    if (status == TL_GOOD && b->p->json)
        status = tl_table_json(t, b->p->json);
    if (status == TL_GOOD && b->p->md)
        status = write_md(b, b->p->md);
    if (!tl_on_stdout(b->p->csv) && !tl_on_stdout(b->p->json) && !tl_on_stdout(b->p->md)) {
        tl_table_print(t, stdout);
        print_best(b);
        print_time(b);
        print_noise(b);
    }
    tl_table_free(t);
    return status;
}

static int measure_roofs(bench *b) {
    unsigned counts[TL_ROOF_THREADS], n = 0;
    for (size_t i = 0; i < b->p->ncounts && n < TL_ROOF_THREADS; i++)
        counts[n++] = (unsigned)b->p->count[i];
    return tl_roofs_measure(&b->roofs, counts, n, true, NULL, NULL)
               ? TL_GO_ON
               : tl_bad("--threads", "threads and memory for the roofs were expected, found none");
}

static int measure(bench *b) {
    tl_machine_read(&b->machine);
    b->cached = b->p->model.model ? tl_noise_cached(b->p->model.model) : -1; /* the built-in one is no file */
    tl_noise_begin(&b->noise, false);
    const double start = tl_seconds();
    int status = tl_model_open(&b->p->model, 1, &b->model, NULL);
    if (status != TL_GO_ON)
        return status;
    b->load = tl_seconds() - start;
    b->file_bytes = (double)b->model->file->size;
    if (status == TL_GO_ON)
        status = open_sessions(b);
    if (status == TL_GO_ON)
        status = run_rounds(b);
    b->large = b->p->model.model ? tl_noise_large(b->p->model.model) : -1;
    b->peak_rss = tl_e2e_peak_rss_mb(); /* before the roofs, whose memory is none of the model's */
    if (status == TL_GO_ON)
        status = measure_roofs(b);
    return status == TL_GO_ON ? report(b) : status;
}

static int run(int argc, char **argv) {
    plan p = {.prompts = "128", .depths = "0", .batches = "1", .gen = 64, .rounds = 5, .seed = 1};
    tl_option options[] = {
        TL_MODEL_OPTIONS(p.model),
        {"prompt", TL_OPT_TEXT, &p.prompts, "LIST", "tokens of the prompt; default: 128", 0, 0},
        {"depth", TL_OPT_TEXT, &p.depths, "LIST", "tokens in the cache before it; default: 0", 0, 0},
        {"batch", TL_OPT_TEXT, &p.batches, "LIST",
         "sequences at once, each with all of these tokens; default: 1", 0, 0},
        {"gen", TL_OPT_COUNT, &p.gen, "N", "new tokens; default: 64", 1, 1 << 20},
        {"kernels", TL_OPT_TEXT, &p.kernels, "GLOBS",
         "ways to run the ternary products, commas between them; default: what dispatch picks", 0, 0},
        {"rounds", TL_OPT_COUNT, &p.rounds, "N", "interleaved rounds; default: 5", 1, MOST_ROUNDS},
        {"seed", TL_OPT_COUNT, &p.seed, "N", "of prompts and order; default: 1", 0, 0},
        {"csv", TL_OPT_TEXT, &p.csv, "FILE", "one row a round (reports/SCHEMA.md)", 0, 0},
        {"json", TL_OPT_TEXT, &p.json, "FILE", "the table as JSON", 0, 0},
        {"md", TL_OPT_TEXT, &p.md, "FILE",
         "rows in the form of llama-bench's table: mean and standard deviation", 0, 0},
        {"quiet", TL_OPT_FLAG, &p.quiet, NULL, "no progress", 0, 0},
        {0}};
    for (tl_option *o = options; o->name; o++)
        if (!strcmp(o->name, "threads"))
            *o = (tl_option){"threads",
                             TL_OPT_TEXT,
                             &p.threads,
                             "LIST",
                             "thread counts; default: the cores that may be used",
                             0,
                             0};
    const tl_usage usage = {
        "ternlab e2e [--model FILE] [options]",
        "Measures a model end to end: load, time to the first token, prefill and decode speed, where the time "
        "goes, against the memory's roof. Ways to run are interleaved; medians and ranges of the rounds.",
        "ternlab e2e --model m.gguf --threads 1,2 --prompt 128,512 --depth 0,4032 --csv e2e.csv", 0};
    int status = tl_parse(argc, argv, &usage, options, NULL);
    if (status != TL_GO_ON)
        return status;
    bench *b = calloc(1, sizeof *b);
    if (!b)
        return tl_bad("e2e", "memory was expected, found none");
    b->p = &p;
    status = parse_lists(&p);
    if (status == TL_GO_ON)
        status = TL_OUT_CHECK(p.csv, p.json, p.md);
    if (status == TL_GO_ON)
        status = measure(b);
    for (size_t i = 0; i < b->n; i++) {
        for (size_t r = 0; b->ways[i].rounds && r < p.rounds; r++)
            free(b->ways[i].rounds[r].each);
        free(b->ways[i].rounds);
    }
    for (size_t i = 0; i < b->nsessions; i++)
        tm_session_free(b->sessions[i]);
    tm_model_free(b->model);
    tl_noise_free(&b->noise);
    free(p.globs);
    free(b);
    return status;
}

const tl_command tl_cmd_e2e = {"e2e", "a model end to end: load, TTFT, prefill, decode, where the time goes",
                               run};

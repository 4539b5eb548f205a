/* report_e2e.c: the report's section on a whole model: speeds, latencies, where a token's time goes. */
#include "harness/report.h"
#include "harness/stats.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS = 8 };

static const char *const part_columns[PARTS] = {"ms_norm_quantise", "ms_qkv",         "ms_rope_cache",
                                                "ms_attention",     "ms_attn_output", "ms_gate_up",
                                                "ms_down",          "ms_head"};

typedef struct page {
    const tl_csv *c;
    size_t *way;   /* of each row: a way to run has several rounds */
    size_t *first; /* row of each way */
    size_t n;
    size_t *line; /* room for n ways */
    double *x;    /* room for a figure of every row */
} page;

/* A file of before there were batches has no column for them. */
static const char *cell(const page *p, size_t row, const char *name) {
    const int column = tl_csv_column(p->c, name);
    return column < 0 ? "1" : tl_csv_at(p->c, row, column);
}

/* Are they one way to run, apart from what this column says (NULL: altogether)? */
static bool same_but(const page *p, size_t a, size_t b, const char *but) {
    static const char *const keys[] = {"model", "kernels", "threads", "prompt", "depth", "gen", "batch"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if ((!but || strcmp(keys[i], but)) && strcmp(cell(p, a, keys[i]), cell(p, b, keys[i])))
            return false;
    return true;
}

static void group(page *p) {
    for (size_t row = 0; row < p->c->rows; row++) {
        size_t i = row ? p->way[row - 1] : 0; /* rounds mostly stand together */
        if (row && !same_but(p, p->first[i], row, NULL))
            i = 0;
        while (i < p->n && !same_but(p, p->first[i], row, NULL))
            i++;
        if (i == p->n)
            p->first[p->n++] = row;
        p->way[row] = i;
    }
}

static double figure(const page *p, size_t way, const char *column, double q) {
    size_t n = 0;
    for (size_t row = 0; row < p->c->rows; row++)
        if (p->way[row] == way)
            p->x[n++] = strtod(cell(p, row, column), NULL);
    return tl_quantile(p->x, n, q);
}

/* Does the name need this column: is there another way that threads, depth and batch do not tell from it? */
static bool is_needed(const page *p, size_t row, const char *x, const char *column) {
    static const char *const always[] = {"threads", "depth", "batch"};
    for (size_t i = 0; i < p->n; i++) {
        bool alike = strcmp(cell(p, row, column), cell(p, p->first[i], column)) != 0;
        for (size_t j = 0; j < sizeof always / sizeof *always; j++)
            alike &= !strcmp(always[j], x) || !strcmp(cell(p, row, always[j]), cell(p, p->first[i], always[j]));
        if (alike)
            return true;
    }
    return false;
}

/* "2 threads, prompt 64, depth 0": without what x is, a batch only where there is one, the rest where needed.
 */
static void name_way(const page *p, size_t way, const char *x, char *out, size_t n) {
    static const char *const keys[] = {"prompt", "depth", "batch", "gen", "kernels", "model"};
    const size_t row = p->first[way];
    size_t used = (size_t)snprintf(out, n, "%s thread%s", cell(p, row, "threads"),
                                   strcmp(cell(p, row, "threads"), "1") ? "s" : "");
    for (size_t i = 0; i < sizeof keys / sizeof *keys && used < n; i++) {
        const char *value = cell(p, row, keys[i]);
        const bool wanted = !strcmp(keys[i], "depth") || (!strcmp(keys[i], "batch") && strcmp(value, "1")) ||
                            is_needed(p, row, x, keys[i]);
        if (wanted && strcmp(keys[i], x))
            used += (size_t)snprintf(out + used, n - used, ", %s %s", keys[i], value);
    }
}

/* ---- pictures -------------------------------------------------------------------------------------------- */
static FILE *data_file(tl_doc *doc, const char *name, tl_out **out) {
    char path[4200];
    snprintf(path, sizeof path, "%s/%s.dat", doc->folder, name);
    *out = tl_out_open(path);
    doc->failed |= !*out;
    return *out ? tl_out_file(*out) : NULL;
}

static void draw(tl_doc *doc, tl_out *out, const char *script, const char *name, const char *title, int stacked,
                 int series, const char *caption) {
    if (tl_out_close(out) != TL_GOOD ||
        tl_gnuplot(script, doc->folder, name, title, stacked, series) != TL_GO_ON) {
        doc->failed = true;
        return;
    }
    tl_doc_picture(doc, name, caption);
}

/* Several sequences at once have a picture of their own: others show one alone, where there is one. */
static bool is_aside(const page *p, size_t i) {
    bool alone = false;
    for (size_t j = 0; j < p->n; j++)
        alone |= !strcmp(cell(p, p->first[j], "batch"), "1");
    return alone && strcmp(cell(p, p->first[i], "batch"), "1") != 0;
}

/* Speed against what one column says, a line for all ways that differ in nothing else. */
typedef struct lines {
    const char *name, *script, *x, *y, *title, *caption;
} lines;

/* Puts the ways of the line that begins with way i into p->line, in the order of x. How many; 0: another way
 * begins it. */
static size_t line_of(const page *p, size_t i, const char *x) {
    size_t n = 0, *line = p->line;
    for (size_t j = 0; j < p->n; j++) {
        if (!same_but(p, p->first[i], p->first[j], x))
            continue;
        if (j < i)
            return 0;
        size_t at = n++;
        for (; at && atof(cell(p, p->first[line[at - 1]], x)) > atof(cell(p, p->first[j], x)); at--)
            line[at] = line[at - 1];
        line[at] = j;
    }
    return n;
}

static bool has_line(const page *p, const char *x) {
    for (size_t i = 0; i < p->n; i++)
        if (line_of(p, i, x) > 1)
            return true;
    return false;
}

/* Single points are left out where there are lines. */
static void draw_lines(tl_doc *doc, const page *p, const lines *l) {
    tl_out *out;
    FILE *f = data_file(doc, l->name, &out);
    const size_t least = has_line(p, l->x) ? 2 : 1;
    int series = 0;
    for (size_t i = 0; f && i < p->n; i++) {
        char name[512];
        const size_t n = line_of(p, i, l->x);
        if (n < least || (strcmp(l->x, "batch") && is_aside(p, i)))
            continue;
        name_way(p, i, l->x, name, sizeof name);
        fprintf(f, "%s\"%s\" median low high\n", series++ ? "\n\n" : "", name);
        for (size_t j = 0; j < n; j++) {
            const size_t way = p->line[j];
            fprintf(f, "%s %g %g %g\n", cell(p, p->first[way], l->x), figure(p, way, l->y, 0.5),
                    figure(p, way, l->y, 0), figure(p, way, l->y, 1));
        }
    }
    if (f)
        draw(doc, out, l->script, l->name, l->title, 0, series, l->caption);
}

static void draw_speeds(tl_doc *doc, const page *p) {
    static const lines all[] = {
        {"e2e_depth", "lines.gp", "depth", "decode_tps", "Decode speed against context depth",
         "Tokens a second while decoding; bars are the range over the rounds."},
        {"e2e_batch", "batch.gp", "batch", "decode_tps", "Decode speed against sequences at once",
         "Tokens a second of all sequences together; a pass reads the weights once for all of them."},
        {"e2e_prefill", "prefill.gp", "prompt", "prefill_tps", "Prefill speed against the length of the prompt",
         "Tokens of the prompt a second; a prompt is read in passes of at most 128 tokens, unless --pass says "
         "otherwise."}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!i || has_line(p, all[i].x))
            draw_lines(doc, p, &all[i]);
}

static void draw_latency(tl_doc *doc, const page *p) {
    tl_out *out;
    char name[512];
    FILE *f = data_file(doc, "e2e_latency", &out);
    if (!f)
        return;
    fprintf(f, "way p50 p95 p99\n");
    for (size_t i = 0; i < p->n; i++) {
        if (is_aside(p, i))
            continue;
        name_way(p, i, "", name, sizeof name);
        fprintf(f, "\"%s\" %g %g %g\n", name, figure(p, i, "tok_ms_p50", 0.5), figure(p, i, "tok_ms_p95", 0.5),
                figure(p, i, "tok_ms_p99", 0.5));
    }
    draw(doc, out, "bars.gp", "e2e_latency", "Time of a token, ms", 0, 3,
         "Half, 95 % and 99 % of the tokens take no longer than this.");
}

static void draw_parts(tl_doc *doc, const page *p) {
    tl_out *out;
    char name[512];
    FILE *f = data_file(doc, "e2e_parts", &out);
    if (!f)
        return;
    fprintf(f, "way");
    for (int i = 0; i < PARTS; i++)
        fprintf(f, " \"%s\"", part_columns[i] + 3);
    for (size_t i = 0; i < p->n; i++) {
        if (is_aside(p, i))
            continue;
        name_way(p, i, "", name, sizeof name);
        fprintf(f, "\n\"%s\"", name);
        for (int j = 0; j < PARTS; j++)
            fprintf(f, " %g", figure(p, i, part_columns[j], 0.5));
    }
    fprintf(f, "\n");
    draw(doc, out, "bars.gp", "e2e_parts", "Where a decoded token's time goes, ms", 1, PARTS,
         "Medians over the rounds. gate_up and down are the feed-forward products, head is the output layer.");
}

/* ---- the section ----------------------------------------------------------------------------------------- */
static void table(tl_doc *doc, const page *p) {
    static const char *const head[] = {"kernels", "threads",     "prompt",     "depth",          "batch",
                                       "TTFT ms", "prefill t/s", "decode t/s", "range",          "p50 ms",
                                       "p95 ms",  "p99 ms",      "MB a token", "of read roof %", "peak RSS MB"};
    enum { COLUMNS = sizeof head / sizeof *head };
    char **cells = calloc(p->n * COLUMNS, sizeof *cells), **at = cells;
    for (size_t i = 0; cells && i < p->n; i++) {
        static const char *const texts[] = {"kernels", "threads", "prompt", "depth", "batch"};
        static const char *const figures[] = {"tok_ms_p50", "tok_ms_p95", "tok_ms_p99"};
        bool good = true;
        for (int j = 0; j < 5; j++)
            good &= asprintf(at++, "%s", cell(p, p->first[i], texts[j])) >= 0;
        good &= asprintf(at++, "%.1f", figure(p, i, "ttft_ms", 0.5)) >= 0;
        good &= asprintf(at++, "%.1f", figure(p, i, "prefill_tps", 0.5)) >= 0;
        good &= asprintf(at++, "%.2f", figure(p, i, "decode_tps", 0.5)) >= 0;
        good &= asprintf(at++, "%.2f-%.2f", figure(p, i, "decode_tps", 0), figure(p, i, "decode_tps", 1)) >= 0;
        for (int j = 0; j < 3; j++)
            good &= asprintf(at++, "%.2f", figure(p, i, figures[j], 0.5)) >= 0;
        good &= asprintf(at++, "%.1f", figure(p, i, "bytes_per_token", 0.5) / 1e6) >= 0;
        const double roof = figure(p, i, "roof_pct", 0.5);
        good &= (roof > 0 ? asprintf(at++, "%.0f", roof) : asprintf(at++, "in caches")) >= 0;
        good &= asprintf(at++, "%.1f", figure(p, i, "peak_rss_mb", 0.5)) >= 0;
        if (!good)
            abort();
    }
    if (cells)
        tl_doc_table(doc, head, COLUMNS, cells, p->n);
    for (size_t i = 0; cells && i < p->n * COLUMNS; i++)
        free(cells[i]);
    free(cells);
}

void tl_report_e2e(tl_doc *doc, const tl_report_data *d) {
    const size_t rows = d->e2e.rows;
    if (!rows)
        return;
    page p = {.c = &d->e2e,
              .way = calloc(rows, sizeof *p.way),
              .first = calloc(rows, sizeof *p.first),
              .line = calloc(rows, sizeof *p.line),
              .x = calloc(rows, sizeof *p.x)};
    if (!p.way || !p.first || !p.line || !p.x)
        abort();
    group(&p);
    size_t rounds = 0;
    for (size_t row = 0; row < rows; row++)
        rounds += p.way[row] == 0;
    tl_doc_heading(doc, 2, "A whole model");
    tl_doc_text(doc,
                "%s, weights as %s: prefill in passes of many tokens, then %s tokens one at a time; %zu "
                "interleaved rounds, "
                "medians. Batch: sequences that are decoded at once, their tokens counted together. "
                "A model of random weights has the speeds of a trained one of its shape.",
                cell(&p, 0, "model"), cell(&p, 0, "layout"), cell(&p, 0, "gen"), rounds);
    table(doc, &p);
    draw_speeds(doc, &p);
    draw_latency(doc, &p);
    draw_parts(doc, &p);
    free(p.way);
    free(p.first);
    free(p.line);
    free(p.x);
}

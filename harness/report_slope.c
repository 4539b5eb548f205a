/* report_slope.c: time against bytes: a straight line through the shapes of one variant. The slope says what a
 * byte costs, the intercept what a call costs whatever its size; a share of the roof alone flatters fat
 * formats. */
#include "harness/report.h"

#include <stdlib.h>
#include <string.h>

typedef struct line {
    const tl_series *any;
    double n, x, y, xx, xy; /* bytes, nanoseconds */
    double weights;         /* bytes a weight, of the last shape */
    double slope, intercept;
} line;

static bool belongs(const tl_series *s, const char *op, const char *state, unsigned threads) {
    return !strcmp(s->op, op) && !strcmp(s->state, state) && !strcmp(s->phase, "run") &&
           s->threads == threads && s->trusted && s->kernel[0] && !tl_is_baseline(s) && s->gbps > 0;
}

/* lines: room for as many as there are series. */
static size_t fit(const tl_report_data *d, const char *op, const char *state, unsigned threads, line *lines) {
    size_t n = 0;
    for (size_t i = 0; i < d->nseries; i++) {
        const tl_series *s = &d->series[i];
        size_t j = 0;
        if (!belongs(s, op, state, threads))
            continue;
        while (j < n && strcmp(lines[j].any->kernel, s->kernel) != 0)
            j++;
        if (j == n)
            lines[n++] = (line){.any = s};
        const double bytes = s->gbps * s->ns;
        lines[j].n++;
        lines[j].x += bytes;
        lines[j].y += s->ns;
        lines[j].xx += bytes * bytes;
        lines[j].xy += bytes * s->ns;
        lines[j].weights = bytes / tl_series_size(s);
    }
    for (size_t j = 0; j < n; j++) {
        line *l = &lines[j];
        const double spread = l->n * l->xx - l->x * l->x;
        l->slope = spread > 0 ? (l->n * l->xy - l->x * l->y) / spread : 0;
        l->intercept = (l->y - l->slope * l->x) / l->n;
    }
    return n;
}

/* Cheapest weight first. */
static int by_weight(const void *a, const void *b) {
    const line *x = a, *y = b;
    const double p = x->slope * x->weights, q = y->slope * y->weights;
    return (p > q) - (p < q);
}

static void one_table(tl_doc *doc, const tl_report_data *d, const char *op, const char *state,
                      unsigned threads) {
    static const char *const head[] = {"variant", "GB/s a byte more", "us a call", "bytes a weight",
                                       "G weights/s"};
    enum { COLUMNS = sizeof head / sizeof *head };
    line *lines = calloc(d->nseries + 1, sizeof *lines);
    const size_t n = lines ? fit(d, op, state, threads, lines) : 0;
    char **cells = calloc(n * COLUMNS + 1, sizeof *cells), **at = cells;
    size_t rows = 0;
    if (!lines || !cells)
        abort();
    qsort(lines, n, sizeof *lines, by_weight);
    for (size_t i = 0; i < n; i++) {
        const line *l = &lines[i];
        if (l->n < 3 || !(l->slope > 0))
            continue;
        if (asprintf(at++, "%s", l->any->kernel) < 0 || asprintf(at++, "%.1f", 1 / l->slope) < 0 ||
            asprintf(at++, "%.1f", l->intercept / 1e3) < 0 || asprintf(at++, "%.3f", l->weights) < 0 ||
            asprintf(at++, "%.1f", 1 / (l->slope * l->weights)) < 0)
            abort();
        rows++;
    }
    if (rows) {
        tl_doc_text(doc, "%s, %s, %u thread%s:", op, state, threads, threads > 1 ? "s" : "");
        tl_doc_table(doc, head, COLUMNS, cells, rows);
    }
    for (size_t i = 0; i < rows * COLUMNS; i++)
        free(cells[i]);
    free(cells);
    free(lines);
}

void tl_report_slopes(tl_doc *doc, const tl_report_data *d, const char *op) {
    unsigned most = 1;
    for (size_t i = 0; i < d->nseries; i++)
        most = d->series[i].threads > most ? d->series[i].threads : most;
    tl_doc_heading(doc, 3, "Time against bytes");
    tl_doc_text(
        doc, "A straight line through all shapes: what one more byte costs, and what a call costs before its "
             "first byte. "
             "Fewer bytes a weight help only where the byte is the limit, so the last column is what counts.");
    for (int cold = 1; cold >= 0; cold--)
        for (unsigned t = 1; t <= most; t++)
            one_table(doc, d, op, cold ? "cold" : "hot", t);
}

/* report_noise.c: the report's section on what disturbed the runs that its figures come from. */
#include "harness/report.h"

#include <stdlib.h>
#include <string.h>

static const char *const head[] = {"file",
                                   "load",
                                   "steal %",
                                   "involuntary switches",
                                   "clock drift %",
                                   "rows",
                                   "marked",
                                   "model in page cache %",
                                   "in 2 MiB pages %"};
enum { COLUMNS = sizeof head / sizeof *head };

/* A figure of the whole run: every row has it. */
static const char *of_run(const tl_csv *c, const char *column) {
    const int at = tl_csv_column(c, column);
    const char *cell = at >= 0 ? tl_csv_at(c, 0, at) : "";
    return *cell ? cell : "-";
}

static size_t marked(const tl_csv *c) {
    size_t n = 0;
    for (size_t i = 0; i < c->rows; i++)
        n += *tl_csv_at(c, i, tl_csv_column(c, "disturbed")) != 0;
    return n;
}

static void add(char **cells, size_t *n, const tl_csv *c, const char *path) {
    static const char *const columns[] = {"load", "steal_pct", "switches", "drift_pct"};
    const char *file = strrchr(path, '/');
    bool good = true;
    if (!c->rows)
        return;
    good &= asprintf(&cells[(*n)++], "%s", file ? file + 1 : path) >= 0;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        good &= asprintf(&cells[(*n)++], "%s", of_run(c, columns[i])) >= 0;
    good &= asprintf(&cells[(*n)++], "%zu", c->rows) >= 0;
    good &= asprintf(&cells[(*n)++], "%zu", marked(c)) >= 0;
    good &= asprintf(&cells[(*n)++], "%s", of_run(c, "cached_pct")) >= 0;
    good &= asprintf(&cells[(*n)++], "%s", of_run(c, "large_pct")) >= 0;
    if (!good)
        abort();
}

void tl_report_noise(tl_doc *doc, const tl_report_data *d, const tl_report_files *files) {
    char **cells = calloc((d->nbench + 1) * COLUMNS, sizeof *cells), *list = strdup(files->bench), *rest = list;
    size_t n = 0;
    if (!cells || !list)
        abort();
    for (size_t i = 0; i < d->nbench; i++)
        add(cells, &n, &d->bench[i], strsep(&rest, ","));
    if (files->e2e)
        add(cells, &n, &d->e2e, files->e2e);
    tl_doc_heading(doc, 2, "Noise");
    tl_doc_text(
        doc,
        "What went on beside the measurements: load of the minute before, CPU time that the hypervisor "
        "gave to others, switches away from the program, how far the clock drifted (p90 - p10 of a fixed "
        "loop). A row is marked where time was stolen in its block, its own sample lost the core, or the "
        "clock was 5 %% off. Marked rows stay in every figure: what takes longer is the likelier to be hit, "
        "so leaving them out would flatter the slower one; medians bear them.");
    tl_doc_table(doc, head, COLUMNS, cells, n / COLUMNS);
    for (size_t i = 0; i < n; i++)
        free(cells[i]);
    free(cells);
    free(list);
}

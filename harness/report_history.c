/* report_history.c: the report's section on results over time: where they changed, and pictures of it. */
#include "harness/history.h"
#include "harness/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PICTURES = 24 };

static void name_series(const tl_history_series *s, char *text, size_t room) {
    snprintf(text, room, "%s (%s%s%s, %s thread%s)", s->what, s->cpu, *s->isa ? ", " : "", s->isa, s->threads,
             strcmp(s->threads, "1") ? "s" : "");
}

static const char *const head[] = {"case",   "cpu",   "isa",      "threads",        "commit", "date", "unit",
                                   "before", "after", "change %", "over generic %", "p",      "runs"};
enum { COLUMNS = sizeof head / sizeof *head };

tl_table *tl_history_table(const tl_history *h) {
    tl_table *t = tl_table_new(COLUMNS, head);
    for (size_t i = 0; i < h->nseries; i++)
        for (size_t j = 0; j < h->series[i].changes; j++) {
            const tl_history_series *s = &h->series[i];
            const tl_change_point *c = &s->change[j];
            const double over = tl_history_over(s, c);
            char date[32];
            tl_history_date(&s->row[c->at], date, sizeof date);
            const char *const text[] = {s->what, s->cpu, s->isa, s->threads, s->row[c->at].git, date, s->unit};
            for (size_t k = 0; k < sizeof text / sizeof *text; k++)
                tl_table_cell(t, "%s", text[k]);
            tl_table_cell(t, "%.4g", c->old_level);
            tl_table_cell(t, "%.4g", c->new_level);
            tl_table_cell(t, "%.1f", 100 * (c->new_level / c->old_level - 1));
            if (over > 0)
                tl_table_cell(t, "%.1f", 100 * (over - 1));
            else
                tl_table_cell(t, "-");
            tl_table_cell(t, "%.2g", c->p);
            tl_table_cell(t, "%zu+%zu", c->before, c->after);
        }
    return t;
}

static void table(tl_doc *doc, const tl_history *h) {
    size_t rows;
    tl_table *t = tl_history_table(h);
    char *const *cell = tl_table_cells(t, &rows);
    if (rows)
        tl_doc_table(doc, head, COLUMNS, cell + COLUMNS, rows);
    tl_table_free(t);
}

/* Points with their spread; then the levels, one stretch after the other, with the commit that began it. */
static bool write_points(FILE *f, const tl_history_series *s) {
    fprintf(f, "run \"median of a run, with its spread\" low high\n");
    for (size_t i = 0; i < s->n; i++) {
        const tl_history_row *r = &s->row[i];
        fprintf(f, "%zu %g %g %g\n", i + 1, r->median, r->median * fmax(1 - r->spread, 0),
                r->median * (1 + r->spread));
    }
    fprintf(f, "\n\nrun \"level\" commit\n");
    for (size_t j = 0; j < s->changes; j++) {
        const tl_change_point *c = &s->change[j];
        if (!j)
            fprintf(f, "1 %g \"\"\n%.1f %g \"\"\n", c->old_level, (double)c->at + 0.5, c->old_level);
        fprintf(f, "\n%.1f %g \"%.10s\"\n%zu %g \"\"\n", (double)c->at + 0.5, c->new_level, s->row[c->at].git,
                c->at + c->after, c->new_level);
    }
    return !ferror(f);
}

static void picture(tl_doc *doc, const tl_history_series *s, int number) {
    char path[4200], name[32], title[1600], unit[64];
    snprintf(name, sizeof name, "history-%d", number);
    snprintf(path, sizeof path, "%s/%s.dat", doc->folder, name);
    snprintf(unit, sizeof unit, "%s a call or token", s->unit);
    name_series(s, title, sizeof title);
    tl_out *out = tl_out_open(path);
    const bool good = out && write_points(tl_out_file(out), s);
    if (!out || tl_out_close(out) != TL_GOOD || !good ||
        tl_gnuplot("history.gp", doc->folder, name, unit, 0, s->changes ? 2 : 1) != TL_GO_ON)
        doc->failed = true;
    else
        tl_doc_picture(doc, name, title);
}

void tl_report_history(tl_doc *doc, const tl_history *h, bool all) {
    const size_t changes = tl_history_changes_of(h);
    size_t runs = 0, wanted = 0;
    int drawn = 0;
    for (size_t i = 0; i < h->nseries; i++) {
        runs += h->series[i].n;
        wanted += all || h->series[i].changes;
    }
    tl_doc_heading(doc, 2, "History");
    tl_doc_text(
        doc,
        "%zu runs of cases in %zu series, %zu changes of level. A series is one case on one CPU model, ISA "
        "and number of threads, in the order of commits. A change is where the ranks before and after differ "
        "most, if shuffled runs seldom differ so (corrected for the number of series), and if the medians "
        "differ by half the threshold or more. Where the time over the generic variant stayed, it was the "
        "machine that changed.",
        runs, h->nseries, changes);
    table(doc, h);
    if (wanted > MOST_PICTURES)
        tl_doc_text(doc,
                    "Pictures of the first %d series; of %zu more there are none here. `ternlab history plot "
                    "--case GLOB` draws those that it names.",
                    MOST_PICTURES, wanted - MOST_PICTURES);
    for (size_t i = 0; i < h->nseries && drawn < MOST_PICTURES; i++)
        if (all || h->series[i].changes)
            picture(doc, &h->series[i], ++drawn);
}

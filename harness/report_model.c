/* report_model.c: the report's section on a trained model: how it was learned, how much of it is right. */
#include "harness/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 200, COLUMNS = 6 }; /* of the training's line; of the table */

static const char *cell(const tl_csv *c, size_t row, const char *name) {
    return tl_csv_at(c, row, tl_csv_column(c, name));
}

static double number(const tl_csv *c, size_t row, const char *name) {
    return strtod(cell(c, row, name), NULL);
}

/* ---- the losses ------------------------------------------------------------------------------------------ */
/* A point is a mean over steps, since the loss of a single batch jumps. */
static void write_losses(FILE *f, const tl_csv *c, int *series) {
    const size_t each = c->rows > POINTS ? c->rows / POINTS : 1;
    fprintf(f, "\"training data, mean of %zu step%s\" loss\n", each, each > 1 ? "s" : "");
    for (size_t first = 0; first < c->rows; first += each) {
        const size_t end = first + each < c->rows ? first + each : c->rows;
        double sum = 0;
        for (size_t i = first; i < end; i++)
            sum += number(c, i, "loss");
        fprintf(f, "%s %g\n", cell(c, end - 1, "step"), sum / (double)(end - first));
    }
    *series = 1;
    for (size_t i = 0; i < c->rows; i++) {
        if (!*cell(c, i, "valid"))
            continue;
        if (*series == 1)
            fprintf(f, "\n\n\"held-out data\" loss\n");
        *series = 2;
        fprintf(f, "%s %g\n", cell(c, i, "step"), number(c, i, "valid"));
    }
}

static void losses(tl_doc *doc, const tl_csv *c) {
    char path[4200];
    int series;
    snprintf(path, sizeof path, "%s/loss.dat", doc->folder);
    tl_out *out = tl_out_open(path);
    if (!out) {
        doc->failed = true;
        return;
    }
    write_losses(tl_out_file(out), c, &series);
    if (tl_out_close(out) != TL_GOOD ||
        tl_gnuplot("loss.gp", doc->folder, "loss", "Loss while it was trained", 0, series) != TL_GO_ON) {
        doc->failed = true;
        return;
    }
    const size_t last = c->rows - 1;
    char heldout[64] = "";
    if (*cell(c, last, "valid"))
        snprintf(heldout, sizeof heldout, ", on held-out data %.3f", number(c, last, "valid"));
    tl_doc_text(doc, "Trained in %s steps on %.3g million tokens in %.0f minutes; loss in the end %.3f%s.",
                cell(c, last, "step"), number(c, last, "tokens") / 1e6, number(c, last, "seconds") / 60,
                number(c, last, "loss"), heldout);
    tl_doc_picture(doc, "loss", "Cross-entropy of a token, natural logarithm.");
}

/* ---- what is right --------------------------------------------------------------------------------------- */
static void put(char **at, size_t *n, const char *text) {
    if (!(at[(*n)++] = strdup(text)))
        abort();
}

/* A row of the table, "all" and the topics; perplexities have no share. */
static void add_row(char **at, size_t *n, const tl_csv *c, size_t row) {
    char text[64];
    const bool share = !strncmp(cell(c, row, "metric"), "acc", 3);
    const double times = share ? 100 : 1;
    put(at, n, cell(c, row, "topic"));
    put(at, n, cell(c, row, "suite"));
    put(at, n, share ? "right, %" : cell(c, row, "metric"));
    snprintf(text, sizeof text, share ? "%.1f" : "%.4f", times * number(c, row, "value"));
    put(at, n, text);
    snprintf(text, sizeof text, share ? "%.0f to %.0f" : "%.4f to %.4f", times * number(c, row, "low"),
             times * number(c, row, "high"));
    put(at, n, text);
    put(at, n, cell(c, row, "n"));
}

static void suites(tl_doc *doc, const tl_csv *c) {
    static const char *const head[COLUMNS] = {"topic", "suite", "what", "value", "95 %", "of"};
    char **cells = calloc(c->rows * COLUMNS, sizeof *cells);
    size_t n = 0;
    for (size_t i = 0; cells && i < c->rows; i++)
        add_row(cells, &n, c, i);
    tl_doc_text(doc,
                "What it knows: greedy answers that begin with the right one, by topic, and perplexity of "
                "unseen text. Suite qa asks what training told, in its words; qa_heldout what it did not.");
    tl_doc_table(doc, head, COLUMNS, cells, n / COLUMNS);
    for (size_t i = 0; i < n; i++)
        free(cells[i]);
    free(cells);
}

void tl_report_trained(tl_doc *doc, const tl_report_data *d) {
    if (!d->eval.rows && !d->training.rows)
        return;
    tl_doc_heading(doc, 2, "A trained model");
    if (d->training.rows)
        losses(doc, &d->training);
    if (d->eval.rows)
        suites(doc, &d->eval);
}

/* report.h: CSV files in, one Markdown and one self-contained HTML page out.
 * report_data.c reads and aggregates, report_doc.c writes both formats at once, report_plot.c calls gnuplot,
 * cmd_report.c says what stands where. */
#ifndef TL_REPORT_H
#define TL_REPORT_H

#include "harness/cli.h"
#include "harness/csv.h"
#include "harness/history.h"

/* ---- data ------------------------------------------------------------------------------------------------ */
/* All repetitions of one variant in one case. */
typedef struct tl_series {
    const char *machine, *op, *kernel, *isa, *state, *phase, *label, *ok, *roof_kind, *reason;
    size_t m, k, n;
    unsigned threads;
    size_t reps;
    double ns, ns_low, ns_high;                /* median, p10, p90 */
    double speedup, speedup_low, speedup_high; /* over generic, paired; 0 if there is no baseline */
    double autovec, autovec_low, autovec_high; /* over the compiler's vectorising of the same ISA */
    double gops, gbps, roof, int8, dram;       /* medians */
    bool trusted; /* parity passed in this report, and the answer was right after timing */
} tl_series;

typedef struct tl_report_data {
    tl_csv *bench;
    size_t nbench;
    tl_csv parity, machine;
    tl_csv e2e, eval, training; /* no rows if there was no file */
    tl_history history;         /* no series if there was none; its changes are found */
    tl_series *series;
    size_t nseries;
} tl_report_data;

/* The CSV files that a report is made of; `bench` is several with commas between. NULL: none, of the last
 * four; `history` is a folder. */
typedef struct tl_report_files {
    const char *bench, *parity, *machine, *e2e, *eval, *training, *history;
} tl_report_files;

/* Reads and checks every file. TL_GO_ON or TL_BAD (printed). */
int tl_report_read(tl_report_data *, const tl_report_files *);
void tl_report_free(tl_report_data *);
bool tl_is_baseline(const tl_series *); /* generic or autovec */
/* Weights or elements: the x axis of the pictures. */
double tl_series_size(const tl_series *);
/* What the machine file says of this fact; "unknown" if nothing. */
const char *tl_machine_fact(const tl_report_data *, const char *name);

/* ---- documents ---------------------------------------------------------------------------------------------
 */
typedef struct tl_doc {
    FILE *html, *md;
    const char *folder; /* where pictures lie */
    const char *link; /* that folder as the Markdown page finds it, with a slash at the end; NULL: beside it */
    bool failed;      /* a picture could not be drawn: the report is not whole */
} tl_doc;
void tl_doc_open(tl_doc *, const char *title);
void tl_doc_close(tl_doc *);
/* Several machines in one page, of which HTML shows one at a time (print: all): the selector, then each one's
 * part. */
void tl_doc_selector(tl_doc *, char *const *names, size_t n);
void tl_doc_part_begin(tl_doc *, const char *name, size_t number);
void tl_doc_part_end(tl_doc *);
void tl_doc_heading(tl_doc *, int level, const char *text);
__attribute__((format(printf, 2, 3))) void tl_doc_text(tl_doc *, const char *format, ...);
void tl_doc_card(tl_doc *, const char *figure, const char *what,
                 const char *detail); /* within cards_begin/end */
void tl_doc_cards_begin(tl_doc *);
void tl_doc_cards_end(tl_doc *);
void tl_doc_picture(tl_doc *, const char *svg, const char *caption);
void tl_doc_fold(tl_doc *, const char *summary); /* HTML: a closed section until tl_doc_unfold */
void tl_doc_unfold(tl_doc *);
/* cells[rows][columns]; a cell that begins with '*' is the best of its column. Numbers are right-aligned. */
void tl_doc_table(tl_doc *, const char *const *head, int columns, char *const *cells, size_t rows);

/* ---- pictures
 * ------------------------------------------------------------------------------------------------ */
typedef enum { TL_PLOT_SPEEDUP, TL_PLOT_ROOF } tl_plot;
/* Draws folder/<name>.svg from the run-phase series of (op, state, threads). TL_GO_ON, TL_FAILED when there is
 * nothing to draw, or TL_BAD (printed). */
int tl_plot_series(const tl_report_data *, tl_plot, const char *op, const char *state, unsigned threads,
                   const char *folder, const char *name, const char *title);
/* Draws folder/<name>.svg from folder/<name>.dat by reports/<script>; `baselines` and `series` are the
 * script's. */
int tl_gnuplot(const char *script, const char *folder, const char *name, const char *title, int baselines,
               int series);
/* Pictures of the same name on the same axes: all are drawn once to gather what they need, then again with
 * that. */
typedef enum { TL_AXES_OWN, TL_AXES_GATHER, TL_AXES_SHARED } tl_axes;
void tl_plot_axes(tl_axes);
int tl_plot_machine(const tl_report_data *, const char *folder, const char *name, const char *title);

/* ---- sections of their own files
 * ------------------------------------------------------------------------------ */
void tl_report_e2e(tl_doc *, const tl_report_data *);
void tl_report_noise(tl_doc *, const tl_report_data *, const tl_report_files *);
void tl_report_trained(tl_doc *, const tl_report_data *);
void tl_report_slopes(tl_doc *, const tl_report_data *, const char *op);

#endif

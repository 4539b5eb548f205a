/* history.h: results of bench and e2e over time: a CSV file that only grows, and where its figures changed.
 * history_store.c keeps it, history_change.c finds changes, report_history.c shows them. */
#ifndef TL_HISTORY_H
#define TL_HISTORY_H

#include "harness/cli.h"

/* ---- the store ------------------------------------------------------------------------------------------- */
enum { TL_HISTORY_CELLS = 15 };

/* One case of one run: a row of DIR/history.csv, columns as in reports/SCHEMA.md. */
typedef struct tl_history_row {
    char *cell[TL_HISTORY_CELLS];
    const char *git;                                /* the commit, as `git describe` named it; a cell */
    double commit_time, time, median, spread, over; /* commit_time, over 0: not known */
} tl_history_row;

/* One case on one class of machines (CPU model, ISA, threads), in the order of commits, then of runs. */
typedef struct tl_history_series {
    const char *kind, *cpu, *isa, *threads, *what, *unit;
    const tl_history_row *row;
    size_t n;
    struct tl_change_point *change; /* [changes], once tl_history_changes has found them */
    size_t changes;
} tl_history_series;

typedef struct tl_history {
    tl_history_row *rows; /* sorted: a series' rows stand together */
    size_t nrows;
    tl_history_series *series;
    size_t nseries;
} tl_history;

/* Reads and checks every cell. TL_GO_ON, or TL_BAD (printed: file, line and column of the first thing wrong). A
 * store that is not there is TL_BAD. Free it in both cases. */
int tl_history_read(const char *folder, tl_history *);
void tl_history_free(tl_history *);

/* Appends the medians of these CSV files of bench or e2e; makes the folder. All of them or nothing: the new
 * store is written beside the old one and renamed over it; a second program waits. TL_GOOD or TL_BAD (printed):
 * a damaged file or store, a run that is there already. */
int tl_history_add(const char *folder, char *const *files, size_t n);

/* ---- changes --------------------------------------------------------------------------------------------- */
typedef struct tl_change_rules_over_time {
    double level;     /* share of false ones among the series with a change that is accepted: 0.05 */
    double threshold; /* the smallest change that has to be found: 0.05; what is less than half of it is none */
    uint64_t seed;
    size_t permutations; /* of a series at most: 9999, so p is 1/10000 or more */
} tl_change_rules_over_time;
extern const tl_change_rules_over_time tl_change_rules_usual; /* the figures above, seed 1 */

/* From point `at` on the level is another one. */
typedef struct tl_change_point {
    size_t at, before, after;    /* points in the stretches before and after */
    double old_level, new_level; /* their medians */
    double p;
} tl_change_point;

/* The split of x that stands out most, and how easily it comes about when the order means nothing: the largest
 * standardised rank statistic over all splits with 3 points or more on each side (Mann and Whitney's where all
 * of x is looked at; Hawkins and Deng 2010, Journal of Quality Technology 42) and over seeded intervals of x
 * (Kovacs, Buehlmann, Li and Munk 2023, Biometrika 110), because a level that comes and goes hides from a split
 * of the whole; p by permutations, fewer where it is clear that p is large (Besag and Clifford 1991, Biometrika
 * 78). 1: too few points. */
double tl_change_split(const double *x, size_t n, const tl_change_rules_over_time *, size_t *at);
/* All changes of one series: the split, if p <= cutoff, then the same on both sides; each is then put where the
 * points lie closest to the medians around it; in the end what is too small goes, the smallest first. Returns
 * how many; out has room for n / 3. */
size_t tl_change_points(const double *x, size_t n, double cutoff, const tl_change_rules_over_time *,
                        tl_change_point *out);
/* The changes of all series: one has some if its p says so after correction for the number of those that are
 * long enough to have one (Benjamini and Hochberg); the last p that passes is the cutoff for all further
 * splits. Where the series are so many that the least p does not pass, more permutations are drawn. */
void tl_history_changes(tl_history *, const tl_change_rules_over_time *);
size_t tl_history_changes_of(const tl_history *); /* how many were found */
/* Ratio of the medians of times over generic, after a change and before it; 0: not all points have them. */
double tl_history_over(const tl_history_series *, const tl_change_point *);
/* Seconds since the epoch, or of the run where the commit is not known, as "2026-03-01 12:00". */
void tl_history_date(const tl_history_row *, char *text, size_t room);

/* ---- shown (report_history.c) ---------------------------------------------------------------------------- */
tl_table *tl_history_table(const tl_history *); /* a row a change; the caller frees */
struct tl_doc;
/* The section: the table, and a picture of each series that changed, or of all. */
void tl_report_history(struct tl_doc *, const tl_history *, bool all);

#endif

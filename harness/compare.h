/* compare.h: the samples of two CSV files of bench or e2e, case by case. compare_data.c reads them,
 * compare_judge.c judges by compare_stats.c, compare_print.c prints; cmd_compare.c has the options. */
#ifndef TL_COMPARE_H
#define TL_COMPARE_H

#include "harness/cli.h"
#include "harness/compare_stats.h"

enum { TL_COMPARE_COLUMNS = 64, TL_COMPARE_CELL = 256 };

/* What a column is to a comparison. */
typedef enum {
    TL_COLUMN_SCHEMA,   /* a version that is known; the same in all rows */
    TL_COLUMN_SETTING,  /* the same in all rows, and in both files, or a verdict is refused */
    TL_COLUMN_BUILD,    /* the same in all rows: one file, one run */
    TL_COLUMN_WHEN,     /* seconds since the epoch */
    TL_COLUMN_RUN,      /* a number of the run, or nothing: said, not judged */
    TL_COLUMN_SHARE,    /* the same, percent: files that are 20 points apart are of other settings */
    TL_COLUMN_MARK,     /* what disturbed the row's samples, or nothing */
    TL_COLUMN_KEY,      /* names the case */
    TL_COLUMN_COUNT,    /* the same, a whole number */
    TL_COLUMN_IMPLIED,  /* the same, not shown to people: another cell says it */
    TL_COLUMN_PICKED,   /* names the case too, but dispatch picked it: where there is no doubt, it may differ */
    TL_COLUMN_ROUND,    /* 0, 1, 2, ... within a case */
    TL_COLUMN_TIME,     /* a sample, a time above 0 */
    TL_COLUMN_RATE,     /* a sample, tokens a second; 0: there was nothing to time */
    TL_COLUMN_BASELINE, /* the generic variant's time in the same block, or nothing */
    TL_COLUMN_OK,       /* yes, no, refused */
    TL_COLUMN_NUMBER,   /* a number or nothing; not used */
    TL_COLUMN_TEXT,     /* not used */
} tl_column_role;

/* A kind of file; reports/SCHEMA.md is the authority. */
typedef struct tl_compare_kind {
    const char *name, *newest; /* "bench"; the newest version of its schema */
    const char *oldest;        /* that is read, if another: columns that came later say what it lacks */
    bool figures;              /* several samples a row, each of a case of its own */
    size_t most_cases;         /* more are no file of ours */
    const char *unit;          /* of times in tables */
    double scale;              /* that unit's number for a sample of 1 */
    struct tl_compare_column {
        const char *name;
        tl_column_role role;
        const char *since;        /* the version that it came with; NULL: the oldest has it */
        const char *before;       /* its value in older files */
    } column[TL_COMPARE_COLUMNS]; /* ended by a NULL name */
} tl_compare_kind;

/* One case: all samples of one way to run, run after run, in the order they were taken. A row with several
 * samples (e2e) belongs to several cases. */
typedef struct tl_compare_case {
    char *id; /* what was timed ("ns", "ttft", "prefill", "decode"), then its key cells: see tl_compare_cell */
    double *time; /* ns of bench; ms, or ms a token, of e2e */
    double *over; /* time over the generic variant's in the same block; used when without_baseline is false */
    size_t n, room, disturbed;    /* samples, and those of them whose row is marked */
    size_t *start, *number, runs; /* as in tl_samples; the number is the file's, from 1 */
    bool without_baseline;        /* in at least one row */
    bool is_not_baseline; /* in at least one row its time is not the baseline's: it is another variant */
    bool wrong;           /* bench found a wrong answer after timing */
    struct tl_compare_case *other; /* the case of the other side, when there is one */
} tl_compare_case;

/* Least and greatest value over the runs. */
typedef struct tl_compare_range {
    bool there;
    double low, high;
} tl_compare_range;

/* One side: one file, or several runs of the same build on the same machine. */
typedef struct tl_compare_file {
    const char *path; /* as given */
    const char *only,
        *named; /* rows of this variant alone, which are called so; NULL: all, as they are called */
    const tl_compare_kind *kind;
    char *constant[TL_COMPARE_COLUMNS]; /* schema, settings and build, by column of the kind; NULL: no row */
    tl_compare_case **cases;
    size_t ncases, runs, rows, disturbed;       /* rows with samples, and those of them that are marked */
    double began;                               /* the least of TL_COLUMN_WHEN */
    tl_compare_range range[TL_COMPARE_COLUMNS]; /* of TL_COLUMN_RUN and _SHARE, by column of the kind */
    void *index;                                /* tsearch tree over the cases */
} tl_compare_file;

/* Reads and checks every row of a file, or of several with commas between, in memory for the samples and one
 * row; `only` and `named` are set by the caller, all else is 0. TL_GO_ON, or TL_BAD (printed: file, line and
 * column of the first thing wrong); free it with tl_compare_free in both cases. */
int tl_compare_read(const char *paths, tl_compare_file *);
void tl_compare_free(tl_compare_file *);

/* Finds each case's counterpart. Returns how many have one. */
size_t tl_compare_match(tl_compare_file *base, tl_compare_file *new);
/* What differs between two files of one kind that should not: `cpu "a" and "b", flags ...`. "" if nothing. */
void tl_compare_differences(const tl_compare_file *base, const tl_compare_file *new, char *text, size_t room);
/* What all rows say in this column, such as "git"; "unknown": there is no such column. */
const char *tl_compare_constant(const tl_compare_file *, const char *name);
/* "load 0.4, steal_pct 0.1-0.3, ..., 12 of 400 rows disturbed": a side's surroundings, as far as it tells. */
void tl_compare_surroundings(const tl_compare_file *, char *text, size_t room);
/* The i-th cell of a case's id (0: what was timed); false: there are fewer. */
bool tl_compare_cell(const tl_compare_case *, size_t i, char *cell, size_t room);
/* The column that cell i belongs to; NULL for cell 0 and behind the last. */
const struct tl_compare_column *tl_compare_key(const tl_compare_kind *, size_t i);

/* ---- judging --------------------------------------------------------------------------------------------- */
/* A case of either side, or of both. Between two runs a machine changes: what bench took beside each sample,
 * the generic variant's time in the same block, changes with it, but not in all ways (memory is not the clock).
 * So where it is there, times and times in units of it are judged apart, and the row's verdict is what both
 * say: SLOW or FAST where both do, SAME where one does and the other cannot tell, else AMBG. */
typedef struct tl_compare_row {
    const tl_compare_case *base, *new; /* NULL: not on that side */
    size_t at;                         /* in the order of the files */
    bool judged;                       /* on both sides, right answers, not the generic variant itself */
    bool has_over;                     /* also judged in units of the generic variant */
    double base_time, new_time;        /* medians, where both sides have it */
    tl_change time, over;
    tl_change_kind kind;
    const char *verdict; /* the kind's name, or why there is none */
    char note[64];
} tl_compare_row;

/* Geometric mean and its 95 % interval; cases 0: there is none. */
typedef struct tl_compare_mean {
    size_t cases;
    double ratio, low, high;
} tl_compare_mean;

typedef struct tl_comparison {
    tl_compare_file base, new; /* both read, of one kind, matched */
    tl_change_rules rules;
    uint64_t seed;
    bool absolute;          /* times alone */
    char differences[8192]; /* of machine and settings, "" if there are none */
    tl_compare_row
        *rows; /* SLOW first, then FAST, AMBG, SAME, not judged; within that the largest change first */
    size_t n, tally[TL_CHANGE_KINDS], baselines, one_sided, wrong, broken; /* broken: wrong in the new file */
    tl_compare_mean time, over;
} tl_comparison;

/* Makes and judges the rows. */
void tl_comparison_judge(tl_comparison *);
void tl_comparison_free(tl_comparison *); /* the files too */

/* ---- printing -------------------------------------------------------------------------------------------- */
/* Tables: for people (few digits) and for programs (reports/SCHEMA.md); the caller frees them. */
tl_table *tl_comparison_table(const tl_comparison *);
tl_table *tl_comparison_records(const tl_comparison *);
/* What was compared and what came out; every line ends with `end`. */
void tl_comparison_summary(const tl_comparison *, FILE *, const char *end);
int tl_comparison_junit(const tl_comparison *, const char *path); /* TL_GOOD or TL_BAD (printed) */

#endif

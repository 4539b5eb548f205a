/* cli.h: what every subcommand shares: options, one-line errors, selection of variants, safe output files. */
#ifndef TL_CLI_H
#define TL_CLI_H

#include "harness/op.h"
#include <stdio.h>

enum { TL_GOOD = 0, TL_FAILED = 1, TL_BAD = 2, TL_INTERRUPTED = 130 };

/* One subcommand = one cmd_*.c with one of these; main.c lists them. argv[0] is the subcommand's name. */
typedef struct tl_command {
    const char *name, *what;
    int (*run)(int argc, char **argv);
} tl_command;

/* Prints "ternlab: <where>: <message>\n" on stderr and returns TL_BAD. The message says what was expected, then
 * what was found. */
__attribute__((format(printf, 2, 3))) int tl_bad(const char *where, const char *format, ...);

/* bool*, const char**, uint64_t*, double* */
typedef enum { TL_OPT_FLAG, TL_OPT_TEXT, TL_OPT_COUNT, TL_OPT_REAL } tl_opt_kind;
typedef struct tl_option {
    const char *name; /* without the dashes; NULL ends the table */
    tl_opt_kind kind;
    void *to;
    const char *arg;   /* "FILE", "N", ... NULL for flags */
    const char *help;  /* ends with the default where there is one; NULL: not listed, another spelling */
    uint64_t min, max; /* TL_OPT_COUNT only; max 0 = no limit */
} tl_option;

typedef struct tl_usage {
    const char *synopsis; /* "ternlab parity [options]" */
    const char *about;    /* a paragraph */
    const char *example;  /* one or two command lines */
    int max_words;        /* positional arguments allowed */
} tl_usage;

enum { TL_GO_ON = -1 };
/* Parses argv[1..]; words (positional arguments) are left in argv[1..*words]. Returns TL_GO_ON, or the exit
 * status to return at once (--help: 0; an error was printed: 2). "--name value" and "--name=value" both work;
 * -o is --output.
 */
int tl_parse(int argc, char **argv, const tl_usage *, const tl_option *, int *words);

/* What COUNT options take: a whole number from min to max (0: no limit). TL_GO_ON or TL_BAD (printed). */
int tl_whole(const char *where, const char *text, uint64_t min, uint64_t max, uint64_t *to);
/* "Did you mean": *best becomes `name` if that is near to the n letters typed, and nearer than *best. */
void tl_nearer(const char *typed, size_t n, const char *name, const char **best);
/* MxKxN, xN left out = 1; MxKxNxG for attention; a plain K for ops without rows. op NULL: of several ops, each
 * with M and K. TL_GO_ON or TL_BAD (printed). */
int tl_shape_parse(const char *where, const char *text, const tl_op *op, tk_shape *);

/* ---- selection: --op --kernel --isa --strict, --threads where threads are timed, the same everywhere ---- */
enum { TL_MAX_THREADS = 256, TL_MAX_LIST = 64 };
typedef struct tl_selection {
    const char *op, *kernel, *isa, *threads_text, *choice; /* as given; NULL if not */
    bool strict;
    unsigned threads[TL_MAX_LIST];
    int nthreads;
} tl_selection;
#define TL_ISA_OPTIONS(sel)                                                                                    \
    {"isa",                                                                                                    \
     TL_OPT_TEXT,                                                                                              \
     &(sel).isa,                                                                                               \
     "LIST",                                                                                                   \
     "allow only these ISA rows, e.g. avx2,generic ($TERNLAB_ISA); default: all",                              \
     0,                                                                                                        \
     0},                                                                                                       \
    {                                                                                                          \
        "strict", TL_OPT_FLAG, &(sel).strict, NULL, "make any fallback to a lesser variant an error", 0, 0     \
    }
#define TL_SELECTION_OPTIONS(sel)                                                                              \
    {"op",                                                                                                     \
     TL_OPT_TEXT,                                                                                              \
     &(sel).op,                                                                                                \
     "LIST",                                                                                                   \
     "only these ops, commas between them (`ternlab list` names them); default: all",                          \
     0,                                                                                                        \
     0},                                                                                                       \
        {"kernel",                                                                                             \
         TL_OPT_TEXT,                                                                                          \
         &(sel).kernel,                                                                                        \
         "GLOB[,GLOB]",                                                                                        \
         "only variants whose name matches one; default: all",                                                 \
         0,                                                                                                    \
         0},                                                                                                   \
        TL_ISA_OPTIONS(sel)

#define TL_CHOICE_OPTION(sel)                                                                                  \
    {                                                                                                          \
        "choice", TL_OPT_TEXT, &(sel).choice, "FILE",                                                          \
            "choice table of `ternlab tune`, or none ($TERNLAB_CHOICE); default: this machine's, if any", 0, 0 \
    }

/* Checks the selection and applies the ISA mask (--isa, else $TERNLAB_ISA). threads_text NULL = "1".
 * With --strict an ISA row that was asked for by name but cannot run here, or that the CPU announces but cannot
 * execute, is an error. Returns TL_GO_ON or TL_BAD (printed). */
int tl_select(tl_selection *);
/* Loads the choice table that dispatch reads: --choice, $TERNLAB_CHOICE, or this machine's. A table of another
 * machine or build, or a damaged one, is ignored with one line on stderr. TL_GO_ON, or TL_BAD (printed): the
 * FILE of --choice is not there. For commands that dispatch; tl_select does not do it. */
int tl_choice_use(const tl_selection *);
/* Is this variant within --op and --kernel? (Says nothing about whether it can run.) */
bool tl_op_selected(const tl_selection *, const char *op);
bool tl_selected(const tl_selection *, const tk_kernel *);

/* ---- output files -------------------------------------------------------------------------------------- */
/* A file written beside its target and renamed over it by tl_out_close; "-" is standard output; a target that
 * exists and is not a regular file is written directly. On an interrupt the unfinished file is removed. */
typedef struct tl_out tl_out;
tl_out *tl_out_open(const char *path); /* NULL: printed; return TL_BAD */
/* Before long work: can all of these be opened? NULL is none. TL_GO_ON or TL_BAD (printed). */
int tl_out_check(const char *const *paths, size_t n);
#define TL_OUT_CHECK(...)                                                                                      \
    tl_out_check((const char *const[]){__VA_ARGS__},                                                           \
                 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))
/* For models, right after opening (NULL is fine): written 4 MiB at a time, at multiples of that. Linux
 * from 6.16 on keeps what is written so to ext4 (earlier: XFS) in pages of 2 MiB, and a mapping of the file
 * then has such pages. */
void tl_out_large(tl_out *);
FILE *tl_out_file(tl_out *);
int tl_out_close(tl_out *);    /* TL_GOOD, or TL_BAD (printed: e.g. no space left); frees */
void tl_out_discard(tl_out *); /* removes what was written; frees; NULL is fine */
/* Installs SIGINT/SIGTERM handling: unfinished outputs are removed, exit 130. Called by main. */
void tl_out_guard(void);
/* From now on the first SIGINT sets *flag to 1 instead (the next one ends the program); NULL: as before. */
void tl_out_interrupt(volatile int *flag);
/* Writes to standard output at once. False: it cannot be written, and tl_stdout_finish will say why. */
bool tl_say(const char *bytes, size_t n);
/* Flushes standard output at the end: TL_BAD if it could not be written (full disk, closed pipe). */
int tl_stdout_finish(int status);

/* ---- tables ---------------------------------------------------------------------------------------------- */
/* Rows of text cells; printed aligned (numbers right), as CSV through libcsv, or as JSON records. */
typedef struct tl_table tl_table;
tl_table *tl_table_new(int columns, const char *const *names);
void tl_table_row(tl_table *, const char *const *cells);                                       /* copies */
__attribute__((format(printf, 2, 3))) void tl_table_cell(tl_table *, const char *format, ...); /* next cell */
void tl_table_print(const tl_table *, FILE *);
void tl_table_markdown(const tl_table *, FILE *);
void tl_table_records(const tl_table *, FILE *);      /* JSON */
int tl_table_csv(const tl_table *, const char *path); /* TL_GOOD or TL_BAD (printed) */
int tl_table_json(const tl_table *, const char *path);
char *const *tl_table_cells(const tl_table *, size_t *rows); /* the names first; rows without them */
void tl_table_free(tl_table *);

/* ---- progress -------------------------------------------------------------------------------------------- */
/* One line on stderr with ETA, rewritten; only on a terminal, only after 2 s, never with `quiet`. */
typedef struct tl_progress {
    double start, last;
    size_t total;
    const char *what;
    bool on;
} tl_progress;
void tl_progress_start(tl_progress *, const char *what, size_t total, bool quiet);
void tl_progress_step(tl_progress *, size_t done);
void tl_progress_end(tl_progress *);

/* A cell of a Markdown table, where a bar or an end of line would end it. */
void tl_escape_md(FILE *, const char *);
/* Text as XML and HTML want it, in attributes too: no markup, no control characters. */
void tl_escape(FILE *, const char *);
bool tl_in_list(const char *list, const char *word); /* one of the words with commas between? NULL: no list */
bool tl_on_stdout(const char *path);                 /* is this output's path "-"? NULL: no */

/* Where this program lies. False: /proc does not tell, or not in n characters. */
bool tl_program_path(char *path, size_t n);
/* "<some folder above the program>/<relative>" if it is readable there, else NULL: committed data files are
 * found from any working directory. */
const char *tl_find_near_program(const char *relative, char *path, size_t n);

double tl_seconds(void); /* CLOCK_MONOTONIC */

#endif

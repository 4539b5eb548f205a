/* choice.h: which variant runs, and by which rule.
 *
 *   1. the choice table of this machine, written by `ternlab tune`, for the nearest tuned shape
 *   2. the checked-in order of this CPU class (order.c), measured once on such a CPU
 *   3. the highest ISA rank, the generic C in the end
 *
 * Candidates are the variants that were built, can be executed here, are not masked and hold the shape; never
 * baselines (TK_AUTOVEC) or variants made for one situation (TK_SPECIAL). Each rule picks among them alone: a
 * table or an order that names what is no candidate loses that line and nothing else.
 */
#ifndef TK_CHOICE_H
#define TK_CHOICE_H

#include "kernel.h"

#include <stdio.h>

typedef struct tk_request {
    const char *op, *format; /* format NULL = any: the fastest of all formats, in weights a second */
    tk_shape shape;
    unsigned threads; /* 0 counts as 1 */
} tk_request;

/* What was measured of one variant in one class of the table. */
typedef struct tk_choice_row {
    char op[24], format[16]; /* format "any": the class compares all formats of the op */
    tk_shape shape;          /* the shape it was measured with; g is 0 */
    unsigned threads;
    unsigned rank;           /* 1 = picked; the rows of a class follow one another, in this order */
    char name[64];           /* of the variant */
    const tk_kernel *kernel; /* NULL: this program has no such variant, or it is no candidate by its flags */
    double ratio, low, high; /* its time divided by that of rank 1, and the 95 % interval */
} tk_choice_row;

typedef enum tk_rule { TK_BY_NOTHING, TK_BY_TABLE, TK_BY_ORDER, TK_BY_RANK } tk_rule;

/* A line of the checked-in order. */
enum { TK_ORDER_NAMES = 40 };
typedef struct tk_order {
    const char *cpu;    /* for people: where it was measured */
    const char *vendor; /* "GenuineIntel", "AuthenticAMD", "ARM"; NULL = any */
    const char *isa;    /* an ISA row that the CPU must have, masked or not */
    const char *op;
    size_t tokens;                     /* from this N on */
    const char *names[TK_ORDER_NAMES]; /* best first, NULL-terminated if shorter */
} tk_order;

typedef struct tk_decision {
    const tk_kernel *kernel; /* NULL if nothing fits */
    tk_rule rule;
    const tk_choice_row *rows; /* TK_BY_TABLE: the class, its first row; lives until the next load */
    size_t nrows;
    const tk_order *order;  /* TK_BY_ORDER */
    const tk_isa *fallback; /* a better row that the CPU announces but could not execute; else NULL */
} tk_decision;

tk_decision tk_decide(const tk_request *);

/* NULL if the kernel is a candidate for the request, else the reason in words. */
const char *tk_candidate_refuses(const tk_kernel *, const tk_request *);

/* The class in the table that answers the request: op and format fit, and M, K, N and threads are each within a
 * factor of 2; the nearest by the sum of |log2|, the first of equals. 0 rows if there is none. */
size_t tk_choice_class(const tk_request *, const tk_choice_row **rows);

/* Does a come before b without a table: by the checked-in order, then by ISA rank, then by name? */
bool tk_order_before(const tk_kernel *a, const tk_kernel *b, tk_shape);
const tk_order *tk_order_of(const char *op, tk_shape); /* of this CPU; NULL if there is none */
const tk_order *tk_orders(size_t *count);              /* all of them, for tests */

/* ---- the table's file ------------------------------------------------------------------------------------ */
/* What the measurements belong to: lines "key<TAB>value\n" for CPU model, family/model/stepping, cores, caches,
 * executable ISA rows, compiler, and a hash of program version and variants. No date, no host name. The string
 * lives for ever. Masks do not change it. */
const char *tk_fingerprint(void);
/* Its FNV-1a hash, for people. */
uint64_t tk_fingerprint_hash(void);

/* $TERNLAB_CHOICE, else $XDG_CACHE_HOME/ternlab/choice.tsv, else $HOME/.cache/ternlab/choice.tsv. False: there
 * is none (no home, too long, or $TERNLAB_CHOICE is "none"). */
bool tk_choice_path(char *path, size_t n);

/* Replaces the table in use by the file's. NULL if it is now in use, else why not (static text until the next
 * call: unreadable, damaged, another machine) and no table is in use. path NULL: no table. Not while another
 * thread dispatches. */
const char *tk_choice_load(const char *path);
/* Writes fingerprint, rows and checksum. False: the stream failed. */
bool tk_choice_write(FILE *, const tk_choice_row *, size_t count);

#endif

/* noise.h: what disturbed a measurement: CPU time that the hypervisor gave to others, switches away from this
 * program, a clock that drifted, other load. Samples taken meanwhile are marked, never left out: what takes
 * longer is the likelier to be hit, so leaving marked ones out would flatter the slower side of a comparison.
 */
#ifndef TL_NOISE_H
#define TL_NOISE_H

#include "harness/machine_info.h"

#include <stdbool.h>
#include <stdint.h>

/* Causes, as bits of a mark. */
enum { TL_NOISE_STEAL = 1, TL_NOISE_SWITCH = 2, TL_NOISE_CLOCK = 4, TL_NOISE_MARKS = 8, TL_NOISE_TEXT = 24 };

/* What happened between two looks. */
typedef struct tl_noise_span {
    double steal;      /* seconds stolen from the CPUs that this process may use; negative: not told */
    uint64_t switches; /* involuntary ones */
    double loop;       /* seconds of the fixed loop, timed at the end of the span */
} tl_noise_span;

typedef struct tl_noise {
    bool of_children;      /* switches of processes that were started and waited for, not of this one */
    tl_noise_span total;   /* since tl_noise_begin; loop: the median */
    double seconds, drift; /* how long it was; the loop's p90 - p10, as a share of the median */
    unsigned cpus;         /* that it could use */
    /* private: */
    double began, last_steal, *loops;
    uint64_t last_switches;
    size_t n, room;
} tl_noise;

void tl_noise_begin(tl_noise *, bool of_children);
/* The span since the look before, or since the beginning. About 0.1 ms. */
tl_noise_span tl_noise_look(tl_noise *);
/* The last look was taken: median and drift. What was begun is freed by tl_noise_free. */
void tl_noise_end(tl_noise *);
void tl_noise_free(tl_noise *);

/* Causes that a sample within this span has, once the run has ended: any time stolen (the kernel counts in
 * steps of 10 ms), any switch, a clock more than 5 % off the run's median. */
unsigned tl_noise_mark(const tl_noise *, const tl_noise_span *);
/* "", "steal", "steal+switch", ... */
const char *tl_noise_text(unsigned mark, char text[TL_NOISE_TEXT]);
bool tl_noise_is_text(const char *);

/* Share of the CPUs' time that was stolen, in percent; negative: not told. */
double tl_noise_steal_percent(const tl_noise *);
/* "load 0.41, steal 0.20 %, 17 involuntary switches, clock drift 0.8 %"; the load average is the machine's, of
 * before the run: this program's own work raises it. */
void tl_noise_summary(const tl_noise *, const tl_machine *, char *text, size_t room);

/* What every row of a CSV file says of its run's surroundings (reports/SCHEMA.md), and its mark behind them. */
#define TL_NOISE_COLUMNS "os", "governor", "huge_pages", "load", "steal_pct", "switches", "drift_pct"
enum { TL_NOISE_CELLS = 7, TL_NOISE_CELL = 128 };
typedef char tl_noise_row[TL_NOISE_CELLS][TL_NOISE_CELL];
void tl_noise_cells(const tl_noise *, const tl_machine *, tl_noise_row);

/* Involuntary switches so far of this process, all threads together, or of children waited for. */
uint64_t tl_noise_switches(bool of_children);
/* Seconds stolen since boot from the CPUs this process may use, by a file of the form of /proc/stat; negative:
 * it does not tell. */
double tl_noise_steal(const char *path);
/* Percent of the file in the page cache (mincore(2): of a file that this user cannot write Linux says that all
 * of it is); negative: not told. */
double tl_noise_cached(const char *path);
/* Percent of the file that this process has mapped in pages of 2 MiB (/proc/self/smaps); negative: not told. */
double tl_noise_large(const char *path);

#endif

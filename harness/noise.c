/* noise.c: see noise.h. The clock is not read from a counter, which a virtual machine may not have: it is what
 * a fixed loop takes that touches registers alone. */
#include "harness/noise.h"
#include "harness/cli.h"
#include "harness/stats.h"

#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const double clock_off = 0.05; /* of the median loop: what a real change of frequency passes */

/* Each product waits for the one before: a neighbour on the same core takes none of its time. The best of three
 * leaves out what interrupted one of them. About 20 us each. */
static double time_loop(void) {
    enum { TURNS = 16000 };
    double best = INFINITY;
    uint64_t x = 1;
    for (int i = 0; i < 3; i++) {
        const double start = tl_seconds();
        for (int turn = 0; turn < TURNS; turn++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            __asm__ volatile("" : "+r"(x));
        }
        best = fmin(best, tl_seconds() - start);
    }
    return best;
}

uint64_t tl_noise_switches(bool of_children) {
    struct rusage u = {0};
    getrusage(of_children ? RUSAGE_CHILDREN : RUSAGE_SELF, &u);
    return (uint64_t)u.ru_nivcsw;
}

double tl_noise_steal(const char *path) {
    char line[512];
    double ticks = -1, one;
    unsigned cpu;
    cpu_set_t mine;
    FILE *f = fopen(path, "r");
    if (!f || sched_getaffinity(0, sizeof mine, &mine)) {
        if (f)
            fclose(f);
        return -1;
    }
    /* user nice system idle iowait irq softirq steal; lines of CPUs come first, shorter than any limit */
    while (fgets(line, sizeof line, f) && !strncmp(line, "cpu", 3))
        if (line[3] != ' ' /* that one is the sum */ &&
            sscanf(line, "cpu%u %*f %*f %*f %*f %*f %*f %*f %lf", &cpu, &one) == 2 && cpu < CPU_SETSIZE &&
            CPU_ISSET(cpu, &mine))
            ticks = (ticks < 0 ? 0 : ticks) + one;
    fclose(f);
    return ticks < 0 ? -1 : ticks / (double)sysconf(_SC_CLK_TCK);
}

void tl_noise_begin(tl_noise *n, bool of_children) {
    cpu_set_t mine;
    *n = (tl_noise){.of_children = of_children};
    n->cpus = sched_getaffinity(0, sizeof mine, &mine) ? 1 : (unsigned)CPU_COUNT(&mine);
    n->last_steal = tl_noise_steal("/proc/stat");
    n->total.steal = n->last_steal < 0 ? -1 : 0;
    n->last_switches = tl_noise_switches(of_children);
    n->began = tl_seconds();
}

tl_noise_span tl_noise_look(tl_noise *n) {
    tl_noise_span s = {.steal = -1};
    const uint64_t switches = tl_noise_switches(n->of_children);
    s.switches = switches - n->last_switches;
    n->last_switches = switches;
    n->total.switches += s.switches;
    if (n->total.steal >= 0) {
        const double steal = tl_noise_steal("/proc/stat");
        s.steal = steal > n->last_steal ? steal - n->last_steal : 0; /* it may step back a little */
        n->last_steal = fmax(steal, n->last_steal);
        n->total.steal += s.steal;
    }
    s.loop = time_loop();
    if (n->n == n->room) {
        const size_t room = n->room ? 2 * n->room : 256;
        double *more = realloc(n->loops, room * sizeof *more);
        if (!more)
            abort();
        n->loops = more;
        n->room = room;
    }
    n->loops[n->n++] = s.loop;
    return s;
}

void tl_noise_end(tl_noise *n) {
    n->seconds = tl_seconds() - n->began;
    if (!n->n)
        return;
    n->total.loop = tl_median(n->loops, n->n);
    n->drift = (tl_quantile(n->loops, n->n, 0.9) - tl_quantile(n->loops, n->n, 0.1)) / n->total.loop;
}

void tl_noise_free(tl_noise *n) {
    free(n->loops);
    *n = (tl_noise){0};
}

unsigned tl_noise_mark(const tl_noise *n, const tl_noise_span *s) {
    const bool off = n->total.loop > 0 && fabs(s->loop / n->total.loop - 1) > clock_off;
    return (s->steal > 0 ? TL_NOISE_STEAL : 0u) | (s->switches ? TL_NOISE_SWITCH : 0u) |
           (off ? TL_NOISE_CLOCK : 0u);
}

const char *tl_noise_text(unsigned mark, char text[TL_NOISE_TEXT]) {
    static const char *const causes[] = {"steal", "switch", "clock"};
    *text = 0;
    for (unsigned i = 0; i < 3; i++)
        if (mark >> i & 1)
            snprintf(text + strlen(text), TL_NOISE_TEXT - strlen(text), "%s%s", *text ? "+" : "", causes[i]);
    return text;
}

bool tl_noise_is_text(const char *cell) {
    char text[TL_NOISE_TEXT];
    for (unsigned mark = 0; mark < TL_NOISE_MARKS; mark++)
        if (!strcmp(cell, tl_noise_text(mark, text)))
            return true;
    return false;
}

double tl_noise_steal_percent(const tl_noise *n) {
    return n->total.steal < 0 || !(n->seconds > 0) ? -1 : 100 * n->total.steal / n->seconds / n->cpus;
}

void tl_noise_summary(const tl_noise *n, const tl_machine *m, char *text, size_t room) {
    char steal[24] = "not told", load[24] = "not told";
    if (n->total.steal >= 0)
        snprintf(steal, sizeof steal, "%.2f %%", tl_noise_steal_percent(n));
    if (m->load >= 0)
        snprintf(load, sizeof load, "%.2f", m->load);
    snprintf(text, room, "load %s, steal %s, %llu involuntary switches, clock drift %.1f %%", load, steal,
             (unsigned long long)n->total.switches, 100 * n->drift);
}

void tl_noise_cells(const tl_noise *n, const tl_machine *m, tl_noise_row cell) {
    memset(cell, 0, sizeof(tl_noise_row));
    snprintf(cell[0], TL_NOISE_CELL, "%s", m->kernel);
    snprintf(cell[1], TL_NOISE_CELL, "%s", m->governor);
    snprintf(cell[2], TL_NOISE_CELL, "%s", m->huge_pages);
    if (m->load >= 0)
        snprintf(cell[3], TL_NOISE_CELL, "%.2f", m->load);
    if (n->total.steal >= 0)
        snprintf(cell[4], TL_NOISE_CELL, "%.3f", tl_noise_steal_percent(n));
    snprintf(cell[5], TL_NOISE_CELL, "%llu", (unsigned long long)n->total.switches);
    snprintf(cell[6], TL_NOISE_CELL, "%.2f", 100 * n->drift);
}

double tl_noise_cached(const char *path) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct stat st;
    const int fd = open(path, O_RDONLY | O_NONBLOCK); /* a pipe would wait for its writer */
    if (fd < 0)
        return -1;
    const size_t size = !fstat(fd, &st) && S_ISREG(st.st_mode) ? (size_t)st.st_size : 0,
                 pages = (size + page - 1) / page;
    void *at = size ? mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    unsigned char *in = malloc(pages + 1);
    double share = -1;
    if (at != MAP_FAILED && in && !mincore(at, size, in)) {
        size_t count = 0;
        for (size_t i = 0; i < pages; i++)
            count += in[i] & 1;
        share = 100.0 * (double)count / (double)pages;
    }
    if (at != MAP_FAILED)
        munmap(at, size);
    free(in);
    close(fd);
    return share;
}

double tl_noise_large(const char *path) {
    struct stat st;
    char line[512];
    unsigned long long inode, of = 0, kib;
    double large = 0;
    FILE *f = stat(path, &st) || !st.st_size ? NULL : fopen("/proc/self/smaps", "r");
    if (!f)
        return -1;
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "%*x-%*x %*s %*x %*x:%*x %llu", &inode) == 1)
            of = inode;
        else if (of == st.st_ino && sscanf(line, "FilePmdMapped: %llu kB", &kib) == 1)
            large += 1024 * (double)kib;
    }
    fclose(f);
    return fmin(100, 100 * large / (double)st.st_size);
}

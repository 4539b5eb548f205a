/* What marks a sample as disturbed, on made-up counters and a made-up clock. */
#include "harness/noise.h"
#include "harness/cli.h"

#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The clock that noise.c reads: each reading is `step` later. */
static double now, step = 1e-5;
double tl_seconds(void) {
    return now += step;
}

static int failed;

static void same(const char *what, double found, double expected) {
    if (!(fabs(found - expected) <= 1e-9 * fabs(expected) + 1e-12)) {
        printf("%s: %.17g expected, found %.17g\n", what, expected, found);
        failed = 1;
    }
}

static const char *file; /* to write and remove: the test's own */

static double steal_of(const char *text) {
    const int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        abort();
    fputs(text, f);
    fclose(f);
    const double found = tl_noise_steal(file);
    unlink(file);
    return found;
}

/* Only what was stolen from the CPUs that this process may use counts. */
static void stolen(void) {
    char text[400];
    cpu_set_t mine;
    unsigned cpu = 0;
    const double second = (double)sysconf(_SC_CLK_TCK);
    sched_getaffinity(0, sizeof mine, &mine);
    while (!CPU_ISSET(cpu, &mine))
        cpu++;
    CPU_ZERO(&mine);
    CPU_SET(cpu, &mine);
    sched_setaffinity(0, sizeof mine, &mine);
    snprintf(text, sizeof text,
             "cpu  1 1 1 1 1 1 1 999 0 0\ncpu%u 1 1 1 1 1 1 1 %.0f 0 0\ncpu%u 1 1 1 1 1 1 1 700 0 0\nintr 5\n",
             cpu, 3 * second, cpu + 1);
    same("steal", steal_of(text), 3);
    same("steal of no CPU of ours", steal_of("cpu  1 1 1 1 1 1 1 999 0 0\ncpu99999 1 1 1 1 1 1 1 5 0 0\n"), -1);
    same("an old kernel's line", steal_of("cpu0 1 1 1 1\n"), -1);
    same("no file", tl_noise_steal("/no/such/file"), -1);
}

/* A run of looks whose loop takes so many of these units, each. */
static void run_of(tl_noise *n, tl_noise_span *span, const double *loop, int looks) {
    tl_noise_begin(n, false);
    for (int i = 0; i < looks; i++) {
        step = 1e-5 * loop[i];
        span[i] = tl_noise_look(n);
    }
    step = 1e-5;
    tl_noise_end(n);
}

static void marked(void) {
    const double loop[] = {1, 1.04, 1, 1.06, 1, 0.96, 0.94, 1, 1};
    enum { LOOKS = sizeof loop / sizeof *loop };
    tl_noise n;
    tl_noise_span span[LOOKS];
    char text[TL_NOISE_TEXT];
    run_of(&n, span, loop, LOOKS);
    same("median loop", n.total.loop, 1e-5);
    same("drift", n.drift, 1.044 - 0.956); /* p90 and p10 of nine: a fifth of the way between neighbours */
    for (int i = 0; i < LOOKS; i++) {
        span[i].steal = 0;
        span[i].switches = 0;
        const unsigned expected = fabs(loop[i] - 1) > 0.05 ? TL_NOISE_CLOCK : 0;
        same("clock", tl_noise_mark(&n, &span[i]), expected);
        span[i].switches = 1;
        same("switch", tl_noise_mark(&n, &span[i]), expected | TL_NOISE_SWITCH);
        span[i].steal = 0.01;
        same("steal", tl_noise_mark(&n, &span[i]), expected | TL_NOISE_SWITCH | TL_NOISE_STEAL);
        span[i].steal = -1; /* not told is not stolen */
        same("not told", tl_noise_mark(&n, &span[i]), expected | TL_NOISE_SWITCH);
    }
    tl_noise_free(&n);
    same("no text", strcmp(tl_noise_text(0, text), ""), 0);
    same("all texts", strcmp(tl_noise_text(TL_NOISE_MARKS - 1, text), "steal+switch+clock"), 0);
    same("known", tl_noise_is_text("steal+clock") && tl_noise_is_text("") && tl_noise_is_text("switch"), 1);
    same("unknown", tl_noise_is_text("clock+steal") || tl_noise_is_text("x") || tl_noise_is_text("steal+"), 0);
}

/* What is written now is in the page cache; what is no file is not told. */
static void cached(void) {
    const int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    static const char page[4096] = {1};
    for (int i = 0; i < 10; i++)
        if (write(fd, page, sizeof page) != (ssize_t)sizeof page)
            abort();
    same("cached", tl_noise_cached(file), 100);
    close(fd);
    unlink(file);
    same("no file", tl_noise_cached(file), -1);
    same("a folder", tl_noise_cached("/"), -1);
    same("an empty file", tl_noise_cached("/dev/null"), -1);
}

int main(int argc, char **argv) {
    if (argc != 2)
        return 2;
    file = argv[1];
    stolen();
    marked();
    cached();
    return failed;
}

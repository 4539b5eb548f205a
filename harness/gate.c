/* gate.c: see gate.h. Each side is a process that serves times (gate_worker.h) over two pipes. */
#include "harness/gate.h"
#include "harness/cli.h"
#include "harness/gate_worker.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Blocks of a turn: the median of them is the turn's time. Turns of a round: quadruples of four. */
enum { BLOCKS = 5, DECODE_BLOCKS = 1, QUADRUPLES = 2, ANSWER_SECONDS = 120 };

typedef struct side {
    const char *program;
    pid_t pid;
    FILE *to, *from;
    int number[TL_GATE_CASES]; /* of each case on this side; -1: it has none */
} side;

static bool broken(const side *s, const char *expected) {
    tl_bad(s->program, "%s was expected from its `gate --serve`, found something else or its end", expected);
    return false;
}

/* One CPU where no case wants more than one thread: both sides on the same, another one every round. */
static void keep_on_one(pid_t pid, unsigned round) {
    cpu_set_t have, one;
    if (sched_getaffinity(0, sizeof have, &have))
        return;
    unsigned skip = round % (unsigned)CPU_COUNT(&have);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &have) && !skip--) {
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            sched_setaffinity(pid, sizeof one, &one);
            return;
        }
}

static bool start(side *s) {
    int in[2], out[2];
    signal(SIGPIPE, SIG_IGN); /* a side that ends is an answer that does not come */
    if (pipe(in))
        return broken(s, "a pipe");
    if (pipe(out)) {
        close(in[0]);
        close(in[1]);
        return broken(s, "a pipe");
    }
    fflush(NULL);
    s->pid = fork();
    if (!s->pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[0]), close(in[1]), close(out[0]), close(out[1]);
        execl(s->program, s->program, "gate", "--serve", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    s->to = fdopen(in[1], "w");
    s->from = fdopen(out[0], "r");
    return (s->pid > 0 && s->to && s->from) || broken(s, "a process");
}

static void stop(side *s) {
    if (s->to)
        fclose(s->to);
    if (s->from)
        fclose(s->from);
    if (s->pid > 0) {
        kill(s->pid, SIGKILL);
        while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    *s = (side){.program = s->program};
}

/* Is there an answer to read? A side that hangs must not hang the gate. */
static bool answers(side *s) {
    struct pollfd p = {.fd = fileno(s->from), .events = POLLIN};
    int ready;
    while ((ready = poll(&p, 1, 1000 * ANSWER_SECONDS)) < 0 && errno == EINTR)
        ;
    return ready > 0;
}

static bool tell(side *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool tell(side *s, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vfprintf(s->to, format, args);
    va_end(args);
    putc('\n', s->to);
    return !fflush(s->to) || broken(s, "an answer");
}

/* An answer: a line without its end. */
static bool hear(side *s, char *answer, size_t room) {
    if (!answers(s) || !fgets(answer, (int)room, s->from))
        return broken(s, "an answer");
    answer[strcspn(answer, "\n")] = 0;
    return true;
}

/* Its compiler to `compiler`. */
static bool greet(side *s, char compiler[128]) {
    const size_t n = strlen(TL_GATE_HELLO " ");
    char answer[160];
    if (!tell(s, "hello") || !hear(s, answer, sizeof answer))
        return false;
    if (strncmp(answer, TL_GATE_HELLO " ", n))
        return broken(s, TL_GATE_HELLO);
    snprintf(compiler, 128, "%s", answer + n);
    return true;
}

/* The variant of this side; none: the case is missing. */
static bool name_case(side *s, tl_gate_case *c, char name[64]) {
    char answer[128];
    if (!strcmp(name, "decode"))
        return true;
    if (!(*c->op ? tell(s, "pick %s %s %zu %zu %zu %zu", c->op, *c->format ? c->format : "-", c->shape.m,
                        c->shape.k, c->shape.n, c->shape.g)
                 : tell(s, "has %s", name)) ||
        !hear(s, answer, sizeof answer))
        return false;
    if (!strncmp(answer, "ok ", 3))
        snprintf(name, 64, "%s", answer + 3);
    else if (strncmp(answer, "no ", 3))
        return broken(s, "ok or no");
    else {
        snprintf(c->why, sizeof c->why, "%.90s", answer + 3);
        name[0] = 0;
    }
    return true;
}

bool tl_gate_meet(const tl_gate_sides *sides, tl_gate_case *cases, size_t n) {
    side pair[2] = {{.program = sides->base}, {.program = sides->new}};
    char compiler[2][128];
    bool good = true;
    for (int k = 0; k < 2 && good; k++) {
        good = start(&pair[k]) && greet(&pair[k], compiler[k]);
        for (size_t i = 0; i < n && good; i++)
            good = name_case(&pair[k], &cases[i], cases[i].name[k]);
    }
    for (size_t i = 0; i < n && good; i++)
        if (!*cases[i].name[0] || !*cases[i].name[1]) {
            cases[i].missing = *cases[i].name[0]   ? "base only"
                               : *cases[i].name[1] ? "new side only"
                                                   : "neither side";
            cases[i].settled = true;
        }
    stop(&pair[0]);
    stop(&pair[1]);
    if (good && strcmp(compiler[0], compiler[1])) {
        tl_bad("gate", "the same compiler on both sides was expected, found base: %s, new: %s", compiler[0],
               compiler[1]);
        return false;
    }
    return good;
}

/* Opens the case on a side, which then answers with opened. */
static bool open_case(side *s, const tl_gate_case *c, const char *name) {
    return !strcmp(name, "decode") ? tell(s, "decode %u", c->threads)
                                   : tell(s, "kernel %s %zu %zu %zu %zu %u", name, c->shape.m, c->shape.k,
                                          c->shape.n, c->shape.g, c->threads);
}

/* Its number there, or -1. */
static bool opened(side *s, tl_gate_case *c, int *number, int *next) {
    char answer[256];
    *number = -1;
    if (!hear(s, answer, sizeof answer))
        return false;
    if (!strcmp(answer, "ok"))
        *number = (*next)++;
    else if (!strncmp(answer, "no ", 3))
        snprintf(c->why, sizeof c->why, "%.90s", answer + 3);
    else
        return broken(s, "ok or no");
    return true;
}

/* Median of the blocks of a turn; negative: printed. */
static double turn(side *s, const tl_gate_case *c, int number) {
    char answer[TL_GATE_BLOCKS * 26], *p = answer;
    double ns[TL_GATE_BLOCKS];
    const int blocks = strcmp(c->name[0], "decode") ? BLOCKS : DECODE_BLOCKS;
    if (!tell(s, "time %d %d", number, blocks) || !hear(s, answer, sizeof answer))
        return -1;
    for (int i = 0; i < blocks; i++) {
        char *end;
        ns[i] = strtod(p, &end);
        if (end == p || !(ns[i] > 0) || !isfinite(ns[i])) {
            broken(s, "times");
            return -1;
        }
        p = end;
    }
    return tl_median(ns, (size_t)blocks);
}

/* The planted slowdown, if this case has one. */
static bool plant(side *s, const tl_gate_case *c, int number, const char *slow) {
    const size_t n = strlen(c->name[1]);
    char answer[64];
    if (number < 0 || !slow || strncmp(slow, c->name[1], n) || slow[n] != '=')
        return true;
    return tell(s, "slow %d %s", number, slow + n + 1) && hear(s, answer, sizeof answer) &&
           (!strcmp(answer, "ok") || broken(s, "a slowdown"));
}

/* Both sides up, each with the open cases; cases that one of them has not are marked. Nothing is timed yet:
 * they open side by side. */
static bool open_sides(side pair[2], tl_gate_case *cases, size_t n, unsigned round, const char *slow) {
    bool one_cpu = true, good = true;
    int next[2] = {0, 0};
    char compiler[128];
    for (int k = 0; k < 2 && good; k++)
        good = start(&pair[k]) && greet(&pair[k], compiler);
    for (size_t i = 0; i < n && good; i++) {
        tl_gate_case *c = &cases[i];
        if (c->settled)
            continue;
        one_cpu = one_cpu && c->threads == 1;
        for (int k = 0; k < 2 && good; k++)
            good = open_case(&pair[k], c, c->name[k]);
        for (int k = 0; k < 2 && good; k++)
            good = opened(&pair[k], c, &pair[k].number[i], &next[k]);
        if (good && (pair[0].number[i] < 0 || pair[1].number[i] < 0)) {
            c->missing = pair[0].number[i] < 0 && pair[1].number[i] < 0 ? "neither side"
                         : pair[0].number[i] < 0                        ? "new side only"
                                                                        : "base only";
            c->settled = true;
        }
    }
    for (int k = 0; k < 2 && one_cpu && good; k++)
        keep_on_one(pair[k].pid, round);
    for (size_t i = 0; i < n && good; i++)
        good = cases[i].settled || plant(&pair[1], &cases[i], pair[1].number[i], slow);
    return good;
}

/* ABBA or BAAB, so that a drift inside of it cancels. Sums of logarithms. */
static bool quadruple(side pair[2], const tl_gate_case *c, size_t i, tl_rng *rng, double sum[2]) {
    const int first = (int)tl_rng_below(rng, 2), order[] = {first, !first, !first, first};
    for (int t = 0; t < 4; t++) {
        const double ns = turn(&pair[order[t]], c, pair[order[t]].number[i]);
        if (ns < 0)
            return false;
        sum[order[t]] += log(ns) / (2 * QUADRUPLES);
    }
    return true;
}

bool tl_gate_round(const tl_gate_sides *sides, tl_gate_case *cases, size_t n, tl_rng *rng) {
    static unsigned round;
    side pair[2] = {{.program = sides->base}, {.program = sides->new}};
    double sum[TL_GATE_CASES][2] = {{0}};
    bool good = open_sides(pair, cases, n, round++, sides->slow);
    for (int q = 0; q < QUADRUPLES && good; q++) {
        size_t order[TL_GATE_CASES];
        tl_rng_shuffle(rng, order, n);
        for (size_t i = 0; i < n && good; i++)
            if (!cases[order[i]].settled)
                good = quadruple(pair, &cases[order[i]], order[i], rng, sum[order[i]]);
    }
    stop(&pair[0]);
    stop(&pair[1]);
    for (size_t i = 0; i < n && good; i++)
        if (!cases[i].settled && cases[i].rounds < TL_GATE_ROUNDS) {
            cases[i].base[cases[i].rounds] = exp(sum[i][0]);
            cases[i].new[cases[i].rounds++] = exp(sum[i][1]);
        }
    return good;
}

/* The cases of one threshold, from round `from` of each on (its own suspicion, or 0). */
static void judge(tl_gate_case *const *of, size_t n, bool fresh, tl_change *changes, uint64_t seed) {
    tl_change_rules rules = tl_change_usual;
    rules.paired = true;
    rules.threshold = n ? of[0]->threshold : rules.threshold;
    for (size_t i = 0; i < n; i++) {
        const size_t from = fresh ? of[i]->suspect : 0, rounds = of[i]->rounds - from;
        tl_rng rng;
        tl_rng_seed(&rng, seed);
        changes[i] = tl_change_measure(&rules, (tl_samples){of[i]->base + from, rounds, NULL, 1, NULL},
                                       (tl_samples){of[i]->new + from, rounds, NULL, 1, NULL}, &rng, NULL);
    }
    tl_change_judge(&rules, changes, n);
}

static void judge_group(tl_gate_case *const *of, size_t n, uint64_t seed) {
    tl_change all[TL_GATE_CASES], again[TL_GATE_CASES];
    tl_gate_case *suspects[TL_GATE_CASES] = {NULL};
    size_t m = 0;
    judge(of, n, false, all, seed);
    for (size_t i = 0; i < n; i++)
        if (of[i]->suspect && of[i]->rounds > of[i]->suspect)
            suspects[m++] = of[i];
    judge(suspects, m, true, again, seed);
    m = 0;
    for (size_t i = 0; i < n; i++) {
        tl_gate_case *c = of[i];
        const bool tried = c->suspect && c->rounds > c->suspect, slow = all[i].kind == TL_SLOW;
        const bool confirmed = tried && slow && again[m].kind == TL_SLOW;
        m += tried;
        c->change = all[i];
        c->change.kind = slow && !confirmed ? TL_AMBG : all[i].kind;
        c->settled = confirmed || all[i].kind == TL_SAME || all[i].kind == TL_FAST;
        c->suspect = slow && !c->suspect ? c->rounds : c->suspect;
    }
}

void tl_gate_judge(tl_gate_case *cases, size_t n, uint64_t seed) {
    bool done[TL_GATE_CASES] = {false};
    for (size_t i = 0; i < n; i++) {
        tl_gate_case *group[TL_GATE_CASES];
        size_t m = 0;
        for (size_t j = i; j < n; j++)
            if (!done[j] && cases[j].threshold == cases[i].threshold && !cases[j].missing && cases[j].rounds) {
                group[m++] = &cases[j];
                done[j] = true;
            }
        judge_group(group, m, seed);
    }
}

/* gate_worker.c: see gate_worker.h. The blocks are bench's and e2e's: there is no second sampler. */
#include "harness/gate_worker.h"
#include "harness/bench.h"
#include "harness/e2e.h"
#include "harness/stats.h"
#include "kernels/registry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DECODE_TOKENS = 17, DECODE_PROMPT = 8, MAX_BLOCKS = 1 << 16 };

typedef struct served {
    tl_bench_case bench; /* op NULL: decoding */
    tl_bench_setup setup;
    tl_selection sel;
    char name[64];
    double slower; /* of a time; 0.05: 5 % */
    tk_kernel slowed;
    void (*unslowed)(const tk_args *);
    unsigned long turns; /* waited after each call */
    tk_pool *pool;
    tm_model *model;
    tm_session *session;
} served;

typedef struct server {
    served *cases[TL_GATE_CASES];
    size_t n;
    tl_case *inputs[TL_GATE_CASES]; /* of variants: of an op and a shape drawn once */
    size_t drawn;
} server;

static void close_case(served *s) {
    if (s->bench.op && s->bench.hot)
        tl_bench_close(&s->bench);
    tl_bench_forget(&s->bench);
    tm_session_free(s->session);
    tm_model_free(s->model);
    tk_pool_free(s->pool);
    free(s);
}

/* A round starts with this, so it has to be quick: no answers are worked out (parity has seen both sides), and
 * weights are drawn anew only for a layout that holds not every ternary matrix. */
static tl_case *inputs_for(server *v, const tk_kernel *k, tk_shape shape) {
    const tl_op *op = tl_op_find(k->op);
    const bool suited = k->layout && k->layout->suit;
    for (size_t i = 0; i < v->drawn && !suited; i++)
        if (v->inputs[i]->op == op && !memcmp(&v->inputs[i]->shape, &shape, sizeof shape))
            return v->inputs[i];
    tl_case *c =
        v->drawn < TL_GATE_CASES ? tl_case_filled(op, shape, 1) : NULL; /* a refused case leaves its own */
    if (c && suited)
        k->layout->suit(c->data[0], shape);
    if (c)
        v->inputs[v->drawn++] = c;
    return c;
}

static const char *open_kernel(server *v, served *s, tk_shape shape, unsigned threads) {
    const tk_kernel *k = tk_kernel_find(s->name);
    if (!k)
        return "no such variant";
    if (tk_isa_state_of(k->isa) != TK_ISA_OK || tk_kernel_refuses(k, shape))
        return "the variant does not run here, or not with this shape";
    s->sel = (tl_selection){.kernel = s->name};
    s->setup = (tl_bench_setup){.sel = &s->sel,
                                .phase = {[TL_RUN] = true},
                                .no_baselines = true,
                                .sample = 150e-6, /* a round of all cases takes half a second */
                                .seconds = 1e9,
                                .min_blocks = MAX_BLOCKS,
                                .max_blocks = MAX_BLOCKS,
                                .seed = 1,
                                .inputs = inputs_for(v, k, shape)};
    if (!s->setup.inputs)
        return "no memory, or too many shapes";
    s->pool = tk_pool_new(threads);
    if (!s->pool || !tl_bench_plan(&s->bench, &s->setup, tl_op_find(k->op), k->format, shape, s->name, threads,
                                   s->pool, false))
        return "no memory or no threads";
    if (s->bench.entries != 1)
        return "generic and autovec builds are baselines, not cases";
    return tl_bench_open(&s->bench) ? NULL : "no memory";
}

static const char *open_decode(served *s, unsigned threads) {
    tl_model_choice c = {.threads = threads};
    return tl_model_open(&c, 1, &s->model, &s->session) == TL_GO_ON ? NULL : "the built-in model does not load";
}

static void add(server *v, const char *line) {
    served *s = calloc(1, sizeof *s);
    tk_shape shape = {0};
    unsigned threads = 0;
    int end = 0;
    const char *why = "no memory";
    if (v->n == TL_GATE_CASES)
        why = "too many cases";
    else if (s &&
             sscanf(line, "kernel %63s %zu %zu %zu %zu %u%n", s->name, &shape.m, &shape.k, &shape.n, &shape.g,
                    &threads, &end) == 6 &&
             !line[end])
        why = threads && threads <= TL_MAX_THREADS ? open_kernel(v, s, shape, threads) : "that many threads";
    else if (s && sscanf(line, "decode %u%n", &threads, &end) == 1 && !line[end])
        why = threads && threads <= TL_MAX_THREADS ? open_decode(s, threads) : "that many threads";
    else
        why = "no such request";
    if (why) {
        printf("no %s\n", why);
        if (s)
            close_case(s);
        return;
    }
    v->cases[v->n++] = s;
    puts("ok");
}

/* A variant that waits after its work, on whichever thread did it: turns of a loop, finer than any clock. In a
 * register: a counter in memory takes one cycle or five a turn, as the CPU guesses. */
static const served *slowing; /* what is being timed */
static void turn(unsigned long turns) {
    for (; turns; turns--)
        __asm__ volatile("" : "+r"(turns));
}
static void run_slowed(const tk_args *a) {
    slowing->unslowed(a);
    turn(slowing->turns);
}

static double turns_per_second(void) {
    enum { TURNS = 200000 };
    double best = 1;
    for (int i = 0; i < 9; i++) {
        const double start = tl_seconds();
        turn(TURNS);
        best = fmin(best, tl_seconds() - start);
    }
    return TURNS / best;
}

/* ns of a call of the case, by k: the variant or the same slowed. */
static double timed(served *s, const tk_kernel *k) {
    if (s->bench.blocks == MAX_BLOCKS)
        s->bench.blocks = 1; /* not 0: that would calibrate again */
    slowing = s;
    s->bench.entry[0].kernel = k;
    tl_bench_block(&s->bench);
    return s->bench.entry[0].ns[s->bench.blocks - 1];
}

/* The wait is what makes calls take so much longer, measured in pairs: its first turns run beside the last of
 * the work, while stores drain, and in calls of a microsecond would hide 5 % and more. Decoding has no single
 * place to wait: its times are multiplied instead. */
static bool slow_down(served *s, double percent) {
    enum { PAIRS = 31, STEPS = 16 };
    if (!s || s->slower > 0 || !(percent > 0 && percent <= 1000))
        return false;
    s->slower = percent / 100;
    if (!s->bench.op)
        return true;
    const tk_kernel *plain = s->bench.entry[0].kernel;
    const double rate = 1e-9 * turns_per_second();
    double ns[PAIRS], ratio[PAIRS], missing = s->slower, turns = 0;
    s->unslowed = plain->run;
    s->slowed = *plain;
    s->slowed.run = run_slowed;
    for (int step = 0; step < STEPS && fabs(missing) > s->slower / 8; step++) {
        for (size_t i = 0; i < PAIRS; i++) {
            ns[i] = timed(s, plain);
            ratio[i] = timed(s, &s->slowed) / ns[i];
        }
        missing = 1 + s->slower - tl_median(ratio, PAIRS);
        turns = fmax(0, turns + missing * tl_median(ns, PAIRS) * rate);
        if (fabs(missing) > s->slower / 8)
            s->turns = (unsigned long)(turns + 0.5);
    }
    return true;
}

static double decode(served *s) {
    double each[DECODE_TOKENS];
    tl_e2e_round round = {.each = each};
    const tl_e2e_way way = {
        .threads = tm_session_threads(s->session), .prompt = DECODE_PROMPT, .gen = DECODE_TOKENS, .batch = 1};
    tm_error err;
    tm_session_cut(s->session, 0, 0);
    return tl_e2e_measure(s->session, &way, 1, &round, &err)
               ? 1e9 * round.decode / (DECODE_TOKENS - 1) * (1 + s->slower)
               : -1;
}

static double block(served *s) {
    return s->bench.op ? timed(s, s->bench.entry[0].kernel) : decode(s);
}

/* "has NAME" and "pick OP FORMAT M K N G". */
static void name_variant(const char *line) {
    char name[64], op[64], format[64];
    tk_shape s = {0};
    const tk_kernel *k = NULL;
    if (sscanf(line, "has %63s", name) == 1)
        k = tk_kernel_find(name);
    else if (sscanf(line, "pick %63s %63s %zu %zu %zu %zu", op, format, &s.m, &s.k, &s.n, &s.g) == 6)
        k = tk_dispatch(op, strcmp(format, "-") ? format : NULL, s, NULL);
    if (k && tk_isa_state_of(k->isa) == TK_ISA_OK)
        printf("ok %s\n", k->name);
    else
        puts("no such variant here");
}

/* CASE of "time" and "slow"; NULL: none. */
static served *find(const server *v, size_t i) {
    return i < v->n ? v->cases[i] : NULL;
}

static void take_time(const server *v, size_t i, size_t blocks) {
    served *s = find(v, i);
    if (!s || !blocks || blocks > TL_GATE_BLOCKS) {
        puts("no such case, or too many blocks");
        return;
    }
    for (size_t b = 0; b < blocks; b++)
        printf("%s%.17g", b ? " " : "", block(s));
    putchar('\n');
}

/* A program that reads and answers: the other end waits for each answer. */
int tl_gate_serve(void) {
    server v = {.n = 0};
    char line[256];
    int status = TL_GOOD;
    while (status == TL_GOOD && fgets(line, sizeof line, stdin)) {
        size_t i, blocks;
        double percent;
        line[strcspn(line, "\n")] = 0;
        if (!strcmp(line, "hello"))
            puts(TL_GATE_HELLO " " __VERSION__);
        else if (!strncmp(line, "has ", 4) || !strncmp(line, "pick ", 5))
            name_variant(line);
        else if (sscanf(line, "time %zu %zu", &i, &blocks) == 2)
            take_time(&v, i, blocks);
        else if (sscanf(line, "slow %zu %lf", &i, &percent) == 2)
            puts(slow_down(find(&v, i), percent) ? "ok" : "no such case, or not by that much");
        else if (!strncmp(line, "kernel ", 7) || !strncmp(line, "decode ", 7))
            add(&v, line);
        else
            status = tl_bad("gate --serve", "a request was expected, found \"%s\"", line);
        fflush(stdout);
    }
    for (size_t c = 0; c < v.n; c++)
        close_case(v.cases[c]);
    for (size_t c = 0; c < v.drawn; c++)
        tl_case_free(v.inputs[c]);
    return status;
}

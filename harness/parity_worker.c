/* parity_worker.c: one process per variant, forked again only after a fault, a hang or an exit. */
#include "harness/parity_worker.h"
#include "kernels/registry.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static tl_worker *active; /* of this worker process; read by its signal handler */

static void record(tl_shared *s, const tl_failure *f) {
    if (s->failures < TL_MAX_FAILURES)
        s->failure[s->failures++] = *f;
}

/* Was the faulting access a write? x86 says so; elsewhere the role of the buffer decides. */
static bool was_write(void *context, const tl_guard *g) {
#if defined(__x86_64__)
    (void)g;
    return ((ucontext_t *)context)->uc_mcontext.gregs[REG_ERR] & 2;
#else
    (void)context;
    return !g->read_only;
#endif
}

static void describe_fault(tl_failure *f, const siginfo_t *info, void *context) {
    for (int i = 0; i <= TL_MAX_ARRAYS; i++) {
        const tl_guard *g = &active->guard[i];
        size_t distance;
        tl_guard_side side = tl_guard_locate(g, info->si_addr, &distance);
        if (side == TL_ELSEWHERE)
            continue;
        bool write = was_write(context, g);
        if (side == TL_WITHIN && g->read_only)
            f->detector = TL_WRITES_INPUT;
        else if (side != TL_WITHIN)
            f->detector = write ? TL_OVERWRITE : TL_OVERREAD;
        snprintf(f->text, sizeof f->text, "%s of \"%s\" (%zu bytes): %zu bytes %s", write ? "write" : "read",
                 g->name, g->bytes, distance,
                 side == TL_BEFORE  ? "before its start"
                 : side == TL_AFTER ? "past its end"
                                    : "inside, which is read-only");
        return;
    }
    snprintf(f->text, sizeof f->text, "access to an address that belongs to no buffer");
}

static void on_signal(int sig, siginfo_t *info, void *context) {
    tl_failure f = active->found;
    f.detector = sig == SIGILL ? TL_ILLEGAL : sig == SIGALRM ? TL_HANG : sig == SIGABRT ? TL_EXIT : TL_FAULT;
    if (sig == SIGSEGV || sig == SIGBUS)
        describe_fault(&f, info, context);
    else
        snprintf(f.text, sizeof f.text, "%s", sig == SIGALRM ? "no answer in time" : strsignal(sig));
    if (f.detector == TL_FAULT && active->shared->at_end && active->kernel->align < 64)
        f.detector = TL_ALIGNMENT; /* the aligned placement of the same case had passed */
    record(active->shared, &f);
    active->shared->in_kernel = 0;
    _exit(3);
}

static void arm(void) {
    static uint8_t stack[64 * 1024];
    stack_t s = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction a = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    static const int caught[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGALRM, SIGABRT};
    sigaltstack(&s, NULL);
    sigemptyset(&a.sa_mask);
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
        sigaction(caught[i], &a, NULL);
}

static size_t file_cases(const tk_kernel *k, const tl_cases *files, const tl_case **list) {
    size_t n = 0;
    for (size_t i = 0; files && i < files->count; i++)
        if (!strcmp(files->item[i]->op->name, k->op)) {
            if (list)
                list[n] = files->item[i];
            n++;
        }
    return n;
}

/* A layout that does not hold every ternary matrix: invented weights become some that it holds, and the answers
 * theirs. */
static void suit(const tk_kernel *k, tl_case *c) {
    for (int i = 0; k->layout && k->layout->suit && c && i < c->op->narrays; i++)
        if (c->op->arrays[i].role == TL_WEIGHT && !tk_kernel_refuses(k, c->shape)) {
            k->layout->suit(c->data[i], c->shape);
            c->op->oracle(c);
        }
}

/* NumPy's weights stay as they are: a case of others is left out. */
static bool holds(const tk_kernel *k, const tl_case *c) {
    bool good = true;
    for (int i = 0; k->layout && k->layout->suit && i < c->op->narrays; i++)
        if (c->op->arrays[i].role == TL_WEIGHT) {
            void *packed = malloc(k->layout->size(c->shape) + 1);
            good = packed && k->layout->pack(packed, c->data[i], c->shape);
            free(packed);
        }
    return good;
}

/* The first generated cases of one op, which all its variants are given: made once, before the workers that
 * share them are forked. Those that are missing here are made when they are needed. */
static struct {
    const tl_op *op;
    uint64_t seed;
    unsigned count;
    tl_case **made;
} common;

enum { COMMON = 3 }; /* times as many as are wanted: many layouts refuse two shapes of three */
static void make_common(const tl_op *op, const tl_parity_options *o) {
    const unsigned count = COMMON * o->count;
    if (common.op == op && common.seed == o->seed && common.count >= count)
        return;
    for (unsigned i = 0; i < common.count; i++)
        tl_case_free(common.made[i]);
    free(common.made);
    common.op = op;
    common.seed = o->seed;
    common.made = calloc(count + 1, sizeof *common.made);
    common.count = common.made ? count : 0;
    for (unsigned i = 0; i < common.count; i++)
        common.made[i] = tl_case_generate(op, o->seed, i);
}

/* Case `index`: a common one, or else `made`, which is the caller's. */
static const tl_case *generated(const tk_kernel *k, const tl_parity_options *o, unsigned index,
                                tl_case **made) {
    const tl_op *op = tl_op_find(k->op);
    const bool own = k->layout && k->layout->suit;
    if (!own && op == common.op && o->seed == common.seed && index < common.count && common.made[index])
        return common.made[index];
    *made = tl_case_generate(op, o->seed, index);
    suit(k, *made);
    return *made;
}

/* Turn t: file case t while there are any, then generated case t - files. Shapes that the variant refuses do
 * not count: it goes on until it has had o->count others, or MOST times as many were drawn. */
enum { MOST = 16 };
static void run_turns(tl_worker *w, const tl_parity_options *o, unsigned from) {
    const tl_op *op = tl_op_find(w->kernel->op);
    const tl_case *list[4096];
    unsigned nfiles = o->only >= 0 ? 0 : (unsigned)file_cases(w->kernel, o->files, NULL);
    if (nfiles > 4096)
        nfiles = 4096;
    if (nfiles)
        file_cases(w->kernel, o->files, list);
    unsigned total = o->only >= 0 ? 1 : nfiles + MOST * o->count;
    for (unsigned t = from; t < total && w->shared->failures < TL_MAX_FAILURES; t++) {
        unsigned index = o->only >= 0 ? (unsigned)o->only : t - nfiles;
        if (t >= nfiles && w->shared->generated >= o->count && o->only < 0)
            break;
        if (t >= nfiles && tk_kernel_refuses(w->kernel, tl_case_shape(op, o->seed, index)))
            continue;
        w->shared->generated += t >= nfiles;
        tl_case *made = NULL;
        const tl_case *c = t < nfiles ? list[t] : generated(w->kernel, o, index, &made);
        w->shared->turn = t;
        memset(&w->found, 0, sizeof w->found);
        w->found.index = t < nfiles ? -1 - (long)t : (long)index;
        snprintf(w->found.cls, sizeof w->found.cls, "%s", c ? c->cls : "");
        w->shared->now = w->found;
        if (!c) {
            w->found.detector = TL_FAULT;
            snprintf(w->found.text, sizeof w->found.text, "memory for a case was expected, found none");
        } else if (!tk_kernel_refuses(w->kernel, c->shape) && (t >= nfiles || holds(w->kernel, c))) {
            w->shared->cases++;
            struct itimerval timer = {.it_value = {.tv_sec = o->timeout}};
            setitimer(ITIMER_REAL, &timer, NULL);
            w->replay = o->replay;
            w->shared->passed += tl_check_case(w, c, t);
        }
        if (w->found.detector != TL_PASSED)
            record(w->shared, &w->found);
        tl_case_free(made);
    }
    w->shared->finished = 1;
}

static void worker_main(const tk_kernel *k, const tl_parity_options *o, tl_shared *shared, unsigned from) {
    static tl_worker w;
    w = (tl_worker){.kernel = k, .shared = shared, .vector_state = tl_vector_state_readable()};
    w.pool = tk_pool_new(2);
    tk_pool_unpin(w.pool); /* nothing is timed: two runs side by side share the cores, not the first of them */
    active = &w;
    arm();
    run_turns(&w, o, from);
    fflush(stdout);
    _exit(0);
}

/* The worker is gone: what happened to the case that it was running? */
static void bury(tl_shared *s, int status, const tl_verdict *before) {
    if (s->finished || s->failures > before->failures)
        return;
    tl_failure f = s->now;
    f.detector = TL_EXIT;
    if (WIFSIGNALED(status))
        snprintf(f.text, sizeof f.text, "killed by %s", strsignal(WTERMSIG(status)));
    else
        snprintf(f.text, sizeof f.text, "the process ended with status %d inside the kernel",
                 WEXITSTATUS(status));
    record(s, &f);
}

bool tl_parity_run(const tk_kernel *k, const tl_parity_options *o, tl_verdict *v) {
    memset(v, 0, sizeof *v);
    v->skipped = tk_kernel_refuses(k, (tk_shape){0, 0, 0});
    v->vector_state = tl_vector_state_readable();
    if (v->skipped)
        return true;
    if (o->only < 0)
        make_common(tl_op_find(k->op), o);
    tl_shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        return false;
    bool good = true;
    for (unsigned from = 0; good && !s->finished && s->failures < TL_MAX_FAILURES; from = s->turn + 1) {
        int status = 0;
        v->failures = s->failures;
        fflush(stdout);
        fflush(stderr);
        pid_t pid = fork();
        if (!pid)
            worker_main(k, o, s, from);
        good = pid > 0;
        while (good && waitpid(pid, &status, 0) < 0)
            good = errno == EINTR;
        if (good)
            bury(s, status, v);
    }
    v->cases = s->cases;
    v->passed = s->passed;
    v->failures = s->failures;
    memcpy(v->failure, s->failure, sizeof v->failure);
    munmap(s, sizeof *s);
    return good;
}

int tl_parity_quick(const tk_kernel *k, unsigned count, uint64_t seed, char *why, size_t n) {
    static tl_verdict v;
    tl_parity_options o = {.count = count, .seed = seed, .only = -1, .timeout = 20};
    if (!tl_parity_run(k, &o, &v)) {
        snprintf(why, n, "no worker process could be had");
        return 1;
    }
    if (v.skipped)
        snprintf(why, n, "not executed: %s", v.skipped);
    else if (v.failures)
        snprintf(why, n, "%s in case %ld: %s", tl_detector_names[v.failure[0].detector], v.failure[0].index,
                 v.failure[0].text);
    else if (!v.cases)
        snprintf(why, n, "no generated case fits it");
    return v.skipped || v.failures || v.passed != v.cases || !v.cases;
}

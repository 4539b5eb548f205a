/* parity_selftest.c: the harness on trial: every kernel that is wrong on purpose must be caught by its
 * detector. */
#include "harness/cli.h"
#include "harness/parity.h"

#include <string.h>

static const tl_wrong *const tables[] = {tl_wrong_memory, tl_wrong_state, tl_wrong_numeric, tl_wrong_floats};

typedef struct caught {
    bool by_named, by_class, by_any, skipped;
    char detectors[128];
    const char *skip_reason;
} caught;

static void add_detector(caught *c, tl_detector d) {
    size_t n = strlen(c->detectors);
    if (!strstr(c->detectors, tl_detector_names[d]))
        snprintf(c->detectors + n, sizeof c->detectors - n, "%s%s", n ? " " : "", tl_detector_names[d]);
}

static bool try_kernel(const tl_wrong *w, const tl_parity_options *o, caught *c) {
    static tl_verdict v;
    if (!tl_parity_run(w->kernel, o, &v))
        return false;
    c->skip_reason = v.skipped;
    c->skipped = v.skipped || (w->detector == TL_VECTOR_STATE && !v.vector_state);
    if (!c->skip_reason && c->skipped)
        c->skip_reason = "this CPU does not report vector state";
    for (int i = 0; i < v.failures; i++) {
        bool named = v.failure[i].detector == w->detector;
        add_detector(c, v.failure[i].detector);
        c->by_any = true;
        c->by_named |= named;
        c->by_class |= named && (!w->cls || !strcmp(w->cls, v.failure[i].cls));
    }
    return true;
}

static void try_layout(const tl_wrong *w, const tl_parity_options *o, caught *c) {
    tl_failure f;
    unsigned cases;
    if (tl_parity_layout(w->layout, o->files, o->seed, &f, &cases))
        return;
    add_detector(c, f.detector);
    c->by_any = true;
    c->by_named = c->by_class = f.detector == w->detector;
}

/* One class at a time is asked for where the wrong kernel names one, so that it cannot hide behind the first
 * TL_MAX_FAILURES failures of other classes. */
static bool try_one(const tl_wrong *w, const tl_parity_options *given, caught *c) {
    tl_parity_options o = *given;
    if (w->detector == TL_HANG)
        o.timeout = 1, o.count = 1, o.files = NULL;
    if (w->layout) {
        try_layout(w, &o, c);
        return true;
    }
    if (!try_kernel(w, &o, c))
        return false;
    const tl_op *op = tl_op_find(w->kernel->op);
    for (int cls = 0; w->cls && !c->by_class && op->classes[cls]; cls++)
        for (unsigned i = 0; i < o.count && !strcmp(op->classes[cls], w->cls) && !c->by_class; i++) {
            tl_case *one = tl_case_generate(op, o.seed, i);
            bool right = one && !strcmp(one->cls, w->cls);
            tl_case_free(one);
            tl_parity_options only = o;
            only.only = (long)i;
            if (right && !try_kernel(w, &only, c))
                return false;
        }
    return true;
}

int tl_parity_selftest(const tl_parity_options *o, bool quiet) {
    static const char *const head[] = {"wrong on purpose", "expected",        "caught by", "class",
                                       "verdict",          "what was planted"};
    tl_table *t = tl_table_new(6, head);
    unsigned right = 0, missed = 0, skipped = 0, total = 0, done = 0;
    tl_progress p;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const tl_wrong *w = tables[i]; w->name; w++)
            total++;
    tl_progress_start(&p, "wrong kernels", total, quiet);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const tl_wrong *w = tables[i]; w->name; w++) {
            caught c = {0};
            tl_progress_step(&p, done++);
            if (!try_one(w, o, &c)) {
                tl_table_free(t);
                return tl_bad("--selftest", "a worker process was expected, found none");
            }
            const bool control = w->detector == TL_PASSED;
            const bool good = control ? !c.by_any : c.by_named && c.by_class;
            right += good && !control;
            skipped += !good && c.skipped;
            missed += !good && !c.skipped;
            const char *row[] = {w->name,
                                 tl_detector_names[w->detector],
                                 c.by_any ? c.detectors : "nothing",
                                 w->cls ? w->cls : "-",
                                 good        ? (control ? "passed" : "caught")
                                 : c.skipped ? "skipped"
                                             : "MISSED",
                                 w->bug};
            tl_table_row(t, row);
        }
    tl_progress_end(&p);
    if (!quiet)
        tl_table_print(t, stdout);
    tl_table_free(t);
    printf("%u wrong kernels caught by their named detector, %u missed, %u skipped\n", right, missed, skipped);
    return missed ? TL_FAILED : TL_GOOD;
}

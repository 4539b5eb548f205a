/* gate_selftest STORE WINDOWS: the bookkeeping of the gate's self-test, with a gate whose verdicts are known:
 * three cases, verdicts by kind and number of the window, and after so many windows it fails.
 * harness/test/gate.sh holds the rates against them. */
#include "harness/gate_selftest.h"
#include "harness/cli.h"

#include <stdlib.h>
#include <string.h>

enum { X, Y, DECODE, CASES };

/* What is SLOW in window w of a kind; the planted case is in `planted`. */
static void verdicts(const char *kind, unsigned w, size_t planted, bool slow[CASES]) {
    const size_t other = planted == X ? Y : X;
    if (!strcmp(kind, "A/A"))
        slow[Y] = w == 3; /* one alarm in ten */
    else if (!strcmp(kind, "one variant 5 % slower")) {
        slow[planted] = w < 2;
        slow[other] = w > 0; /* right, found beside an alarm, missed beside an alarm */
    } else if (!strcmp(kind, "one variant 10 % slower"))
        slow[planted] = true;
    else if (!strcmp(kind, "decoding 10 % slower")) {
        slow[planted] = true;
        slow[X] = w == 1;
    }
}

static int known(void *ctx, const tl_gate_window *w, tl_gate_case *cases, size_t n) {
    unsigned *left = ctx;
    bool slow[CASES] = {false};
    size_t planted = n;
    if (!(*left)--)
        return TL_BAD;
    for (size_t i = 0; i < n; i++)
        if (w->plant && !strncmp(w->plant, cases[i].name[1], strlen(cases[i].name[1])))
            planted = i;
    verdicts(w->kind, (unsigned)(w->number % 1000), planted, slow);
    for (size_t i = 0; i < n; i++)
        cases[i].change.kind = slow[i] ? TL_SLOW : i == DECODE ? TL_AMBG : TL_SAME;
    return TL_GO_ON;
}

int main(int argc, char **argv) {
    static tl_gate_case cases[CASES] = {
        {.name = {"x", "x"}}, {.name = {"y", "y"}}, {.name = {"decode", "decode"}}};
    unsigned left = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    return tl_gate_selftest(cases, CASES, argv[1], 5, NULL, known, &left);
}

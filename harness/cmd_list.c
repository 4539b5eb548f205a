/* cmd_list.c: every variant that was built, and whether it can run here. */
#include "harness/cli.h"
#include "kernels/registry.h"

#include <string.h>

static void isa_rows(tl_table *t) {
    size_t n;
    const tk_isa *const *isa = tk_isas(&n);
    for (size_t i = 0; i < n; i++) {
        tl_table_cell(t, "%s", isa[i]->name);
        tl_table_cell(t, "%s", isa[i]->needs);
        tl_table_cell(t, "%s", isa[i]->announced() ? "yes" : "no");
        tl_table_cell(t, "%s", tk_isa_state_text(tk_isa_state_of(isa[i])));
    }
}

static void kernel_rows(tl_table *t, const tl_selection *sel) {
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    for (size_t i = 0; i < n; i++) {
        if (!tl_selected(sel, k[i]))
            continue;
        const char *why = tk_kernel_refuses(k[i], (tk_shape){0, 0, 0});
        tl_table_cell(t, "%s", k[i]->name);
        tl_table_cell(t, "%s", k[i]->op);
        tl_table_cell(t, "%s", k[i]->format);
        tl_table_cell(t, "%s", k[i]->isa->name);
        tl_table_cell(t, "bit-exact");
        if (k[i]->layout)
            tl_table_cell(t, "%.3g", (double)k[i]->layout->bits_per_weight);
        else
            tl_table_cell(t, "-");
        tl_table_cell(t, "%s", why ? "no" : "yes");
        tl_table_cell(t, "%s", why ? why : k[i]->note ? k[i]->note : "");
    }
}

static int run(int argc, char **argv) {
    tl_selection sel = {0};
    const char *csv = NULL, *json = NULL;
    bool isas = false, names = false;
    const tl_option options[] = {TL_SELECTION_OPTIONS(sel),
                                 {"isas", TL_OPT_FLAG, &isas, NULL, "list the ISA rows instead", 0, 0},
                                 {"names", TL_OPT_FLAG, &names, NULL, "print only the variants' names", 0, 0},
                                 {"csv", TL_OPT_TEXT, &csv, "FILE", "write the table as CSV", 0, 0},
                                 {"json", TL_OPT_TEXT, &json, "FILE", "write the table as JSON", 0, 0},
                                 {0}};
    const tl_usage usage = {
        "ternlab list [options]",
        "Lists every variant that was built: its op, weight format, ISA row, exactness promise, "
        "bits per weight, and whether it can run here (and why not).",
        "ternlab list --op gemv", 0};
    int status = tl_parse(argc, argv, &usage, options, NULL);
    if (status == TL_GO_ON)
        status = tl_select(&sel);
    if (status != TL_GO_ON)
        return status;
    static const char *const head[] = {"kernel",  "op",          "format", "isa",
                                       "promise", "bits/weight", "runs",   "note"};
    static const char *const isa_head[] = {"isa", "needs", "announced", "here"};
    tl_table *t = isas ? tl_table_new(4, isa_head) : tl_table_new(8, head);
    if (isas)
        isa_rows(t);
    else
        kernel_rows(t, &sel);
    status = TL_GOOD;
    if (csv)
        status = tl_table_csv(t, csv);
    if (json && status == TL_GOOD)
        status = tl_table_json(t, json);
    if (names) {
        size_t n;
        const tk_kernel *const *k = tk_kernels(&n);
        for (size_t i = 0; i < n; i++)
            if (tl_selected(&sel, k[i]))
                puts(k[i]->name);
    } else if (!csv && !json) {
        tl_table_print(t, stdout);
    }
    tl_table_free(t);
    return status;
}

const tl_command tl_cmd_list = {"list", "every variant: op, format, ISA, promise, whether it runs here", run};

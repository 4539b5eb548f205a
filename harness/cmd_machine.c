/* cmd_machine.c: this machine and its roofs. */
#include "harness/cli.h"
#include "harness/machine_info.h"
#include "harness/machine_roof.h"
#include "kernels/registry.h"

#include <stdlib.h>
#include <string.h>

static const char *const head[] = {"kind", "name", "threads", "bytes", "value", "unit", "form"};

static void fact(tl_table *t, const char *name, const char *value) {
    const char *row[] = {"fact", name, "", "", value, "", ""};
    tl_table_row(t, row);
}

static void facts(tl_table *t, const tl_machine *m) {
    char text[64];
    fact(t, "host", m->host);
    fact(t, "cpu", m->cpu);
    snprintf(text, sizeof text, "%ld", m->cores);
    fact(t, "cores", text);
    fact(t, "caches", m->caches);
    snprintf(text, sizeof text, "%ld", m->memory_mib);
    fact(t, "memory MiB", text);
    fact(t, "os", m->kernel);
    fact(t, "virtual machine", m->hypervisor);
    fact(t, "governor", m->governor);
    fact(t, "transparent huge pages", m->huge_pages);
    snprintf(text, sizeof text, "%.2f", m->load);
    fact(t, "load average", text);
    size_t n;
    const tk_isa *const *isa = tk_isas(&n);
    for (size_t i = 0; i < n; i++) {
        const char *row[] = {"isa", isa[i]->name, "", "", tk_isa_state_text(tk_isa_state_of(isa[i])),
                             "",    isa[i]->needs};
        tl_table_row(t, row);
    }
}

static void probe_row(void *ctx, const tl_probe *p, unsigned threads, size_t bytes, const char *form,
                      double rate) {
    static const char *const kinds[] = {"read form", "int8 form", "f32 form", "tile form"};
    static const char *const units[] = {"GB/s", "GMAC/s", "Gmul/s", "GMAC/s"};
    char n[16], b[24], v[24];
    snprintf(n, sizeof n, "%u", threads);
    snprintf(b, sizeof b, "%zu", bytes);
    snprintf(v, sizeof v, "%.2f", rate);
    const char *row[] = {kinds[p->kind], p->name, n, b, v, units[p->kind], form};
    tl_table_row(ctx, row);
}

static void roof_row(tl_table *t, const char *name, unsigned threads, size_t bytes, double v, const char *unit,
                     const char *form) {
    char n[16], b[24], text[24];
    snprintf(n, sizeof n, "%u", threads);
    snprintf(b, sizeof b, "%zu", bytes);
    snprintf(text, sizeof text, "%.2f", v);
    const char *row[] = {"roof", name, n, b, text, unit, form};
    tl_table_row(t, row);
}

static void roof_rows(tl_table *t, const tl_roofs *r) {
    for (unsigned i = 0; i < r->nthreads; i++) {
        for (unsigned s = 0; s < TL_ROOF_SIZES; s++) {
            const tl_read_roof *x = &r->read[i][s];
            if (!x->forms)
                continue;
            roof_row(t, x->cold ? r->cold_is_short ? "read cold (short of 4x LLC)" : "read cold" : "read",
                     r->threads[i], x->bytes, x->gbps, "GB/s", x->form);
        }
        roof_row(t, "int8", r->threads[i], 0, r->int8[i].per_second / 1e9, "GMAC/s",
                 r->int8[i].probe->instruction);
        if (r->tile[i].probe)
            roof_row(t, "tile", r->threads[i], 0, r->tile[i].per_second / 1e9, "GMAC/s",
                     r->tile[i].probe->instruction);
        roof_row(t, "f32", r->threads[i], 0, r->f32[i].per_second / 1e9, "Gmul/s",
                 r->f32[i].probe->instruction);
    }
}

static void print_human(const tl_machine *m, const tl_roofs *r) {
    printf("%s, %ld cores, %s, %ld MiB\n", m->cpu, m->cores, m->caches, m->memory_mib);
    printf("governor %s, virtual machine %s, transparent huge pages %s, load %.2f\n\n", m->governor,
           m->hypervisor, m->huge_pages, m->load);
    static const char *const names[] = {"roof", "threads", "working set", "reaches", "unit", "best form"};
    tl_table *t = tl_table_new(6, names);
    for (unsigned i = 0; i < r->nthreads; i++) {
        for (unsigned s = 0; s < TL_ROOF_SIZES; s++) {
            const tl_read_roof *x = &r->read[i][s];
            if (!x->forms)
                continue;
            tl_table_cell(t, "read%s", x->cold ? r->cold_is_short ? " cold (short of 4x LLC)" : " cold" : "");
            tl_table_cell(t, "%u", r->threads[i]);
            if (x->bytes >= 1u << 20)
                tl_table_cell(t, "%.4g MiB", (double)x->bytes / (1 << 20));
            else
                tl_table_cell(t, "%zu KiB", x->bytes >> 10);
            tl_table_cell(t, "%.1f", x->gbps);
            tl_table_cell(t, "GB/s");
            tl_table_cell(t, "%s (best of %u)", x->form, x->forms);
        }
        const struct tl_peak *peak[] = {&r->int8[i], &r->tile[i], &r->f32[i]};
        static const char *const kind[] = {"int8", "tile", "f32"}, *const unit[] = {"GMAC/s", "GMAC/s",
                                                                                    "Gmul/s"};
        for (int k = 0; k < 3; k++) {
            if (!peak[k]->probe)
                continue;
            tl_table_cell(t, "%s", kind[k]);
            tl_table_cell(t, "%u", r->threads[i]);
            tl_table_cell(t, "registers");
            tl_table_cell(t, "%.1f", peak[k]->per_second / 1e9);
            tl_table_cell(t, "%s", unit[k]);
            tl_table_cell(t, "%s", peak[k]->probe->instruction);
        }
    }
    tl_table_print(t, stdout);
    tl_table_free(t);
}

static int run(int argc, char **argv) {
    tl_selection sel = {0};
    const char *csv = NULL, *json = NULL;
    bool quick = false, quiet = false;
    const tl_option options[] = {
        {"threads", TL_OPT_TEXT, &sel.threads_text, "LIST",
         "thread counts to measure; default: 1 and all cores", 0, 0},
        {"isa", TL_OPT_TEXT, &sel.isa, "LIST", "allow only these ISA rows ($TERNLAB_ISA); default: all", 0, 0},
        {"quick", TL_OPT_FLAG, &quick, NULL, "fewer probe forms, shorter windows", 0, 0},
        {"csv", TL_OPT_TEXT, &csv, "FILE", "write facts, roofs and every probe form as CSV", 0, 0},
        {"json", TL_OPT_TEXT, &json, "FILE", "the same as JSON", 0, 0},
        {"quiet", TL_OPT_FLAG, &quiet, NULL, "no table on standard output", 0, 0},
        {0}};
    const tl_usage usage = {
        "ternlab machine [options]",
        "CPU, ISA rows (executed, not only asked), caches, and the roofs that everything else is\n"
        "judged by: read bandwidth per working set, peak int8 and f32 rates, per thread count.",
        "ternlab machine --threads 1,2 --csv machine.csv", 0};
    int status = tl_parse(argc, argv, &usage, options, NULL);
    tl_machine m;
    tl_machine_read(&m);
    char both[16];
    snprintf(both, sizeof both, m.cores > 1 ? "1,%ld" : "%ld",
             m.cores < TL_MAX_THREADS ? m.cores : TL_MAX_THREADS);
    if (status == TL_GO_ON && !sel.threads_text)
        sel.threads_text = both;
    if (status == TL_GO_ON)
        status = tl_select(&sel);
    if (status == TL_GO_ON)
        status = TL_OUT_CHECK(csv, json);
    if (status != TL_GO_ON)
        return status;
    if (sel.nthreads > TL_ROOF_THREADS)
        return tl_bad("--threads", "at most %d counts expected, found %d", TL_ROOF_THREADS, sel.nthreads);
    tl_table *t = tl_table_new(7, head);
    static tl_roofs roofs;
    facts(t, &m);
    if (!tl_roofs_measure(&roofs, sel.threads, (unsigned)sel.nthreads, quick, probe_row, t)) {
        tl_table_free(t);
        return tl_bad("machine", "memory and threads to measure with were expected, found too few");
    }
    roof_rows(t, &roofs);
    status = csv ? tl_table_csv(t, csv) : TL_GOOD;
    if (status == TL_GOOD && json)
        status = tl_table_json(t, json);
    if (!quiet)
        print_human(&m, &roofs);
    tl_table_free(t);
    return status;
}

const tl_command tl_cmd_machine = {"machine", "CPU, ISA rows, caches; measures this machine's roofs", run};

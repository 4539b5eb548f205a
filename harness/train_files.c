/* train_files.c: losses as CSV, gradients for NumPy. */
#include "harness/csv.h"
#include "harness/npy.h"
#include "harness/train.h"

#include <math.h>
#include <stdlib.h>

int tl_train_csv(const char *path, const tm_trainer *t) {
    static const char *const head[] = {"step",         "tokens",    "loss",     "valid",  "rate",
                                       "weight_decay", "quantised", "gradient", "seconds"};
    enum { COLUMNS = sizeof head / sizeof *head };
    tl_out *out = tl_out_open(path);
    if (!out)
        return TL_BAD;
    tl_csv_write_row(out, head, COLUMNS);
    for (size_t i = 0; i < t->nsteps; i++) {
        const tm_step *s = &t->steps[i];
        const double value[COLUMNS] = {(double)s->step, (double)s->tokens, s->loss,     s->valid,  s->rate,
                                       s->decay,        s->part,           s->gradient, s->seconds};
        char text[COLUMNS][32];
        const char *cell[COLUMNS];
        for (size_t j = 0; j < COLUMNS; j++) {
            snprintf(text[j], sizeof text[j], "%.*g", j + 1 == COLUMNS ? 6 : 15, value[j]);
            cell[j] = isnan(value[j]) ? "" : text[j];
        }
        tl_csv_write_row(out, cell, COLUMNS);
    }
    return tl_out_close(out);
}

/* `times`: what every number is multiplied with; 0: written as it is, whatever its type. */
static int dump(const char *folder, const char *name, const char *suffix, const char *type, const void *data,
                size_t rows, size_t columns, double times) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s%s.npy", folder, name, suffix);
    tl_out *out = tl_out_open(path);
    if (!out)
        return TL_BAD;
    tl_npy_header(tl_out_file(out), type, rows, columns);
    for (size_t i = 0; i < rows * columns && times != 0; i++) {
        const float x = (float)(((const float *)data)[i] * times);
        fwrite(&x, sizeof x, 1, tl_out_file(out));
    }
    if (times == 0)
        fwrite(data, type[1] == 'i' && type[2] == '1' ? 1 : 4, rows * columns, tl_out_file(out));
    return tl_out_close(out);
}

int tl_train_dump(const char *folder, const tm_trainer *t) {
    const tm_net *n = t->net;
    const tm_batch *b = &n->batch;
    int status = TL_GOOD;
    for (size_t i = n->learned; i < n->all && status == TL_GOOD; i++) {
        const tm_param *p = &n->param[i];
        status = dump(folder, p->name, "", "<f4", n->w + p->at, p->m, p->k, 0);
        if (status == TL_GOOD)
            status = dump(folder, p->name, ".grad", "<f4", n->grad + p->at, p->m, p->k, 1 / (double)t->counted);
    }
    for (size_t i = 0; i < n->shape.layers; i++) {
        const tm_layer_state *l = &n->layer[i];
        const struct {
            const char *name;
            const tm_site *site;
        } all[] = {{"attn_norm", &l->in},
                   {"attn_sub_norm", &l->out},
                   {"ffn_norm", &l->ffn},
                   {"ffn_sub_norm", &l->down}};
        for (size_t j = 0; j < sizeof all / sizeof *all && status == TL_GOOD; j++) {
            char name[48];
            snprintf(name, sizeof name, "blk.%zu.%s", i, all[j].name);
            status = dump(folder, name, ".q8", "|i1", all[j].site->q, b->n, all[j].site->k, 0);
        }
    }
    if (status == TL_GOOD)
        status = dump(folder, "token", "", "<u4", b->token, 1, b->n, 0);
    if (status == TL_GOOD)
        status = dump(folder, "target", "", "<i4", b->target, 1, b->n, 0);
    if (status == TL_GOOD)
        status = dump(folder, "start", "", "<u4", b->start, 1, b->documents + 1, 0);
    return status;
}

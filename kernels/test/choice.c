/* choice.c: the choice table: what is written is read again; what is stale, damaged or unknown is not used. */
#include "choice.h"
#include "registry.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failures;
#define CHECK(what)                                                                                            \
    do {                                                                                                       \
        if (!(what)) {                                                                                         \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #what);                                                  \
            failures++;                                                                                        \
        }                                                                                                      \
    } while (0)

static const char *path;
static const tk_request request = {"gemv", NULL, {64, 256, 1, 0}, 1};

static tk_choice_row row(const char *name, unsigned rank, tk_shape shape) {
    tk_choice_row r = {.shape = shape, .threads = 1, .rank = rank, .ratio = rank, .low = rank, .high = rank};
    snprintf(r.op, sizeof r.op, "gemv");
    snprintf(r.format, sizeof r.format, "any");
    snprintf(r.name, sizeof r.name, "%s", name);
    return r;
}

static const char *load(const tk_choice_row *r, size_t n) {
    FILE *f = fopen(path, "w");
    CHECK(f && tk_choice_write(f, r, n));
    fclose(f);
    return tk_choice_load(path);
}

static bool picks(tk_request r, const char *name, tk_rule rule) {
    tk_decision d = tk_decide(&r);
    if (d.kernel && !strcmp(d.kernel->name, name) && d.rule == rule)
        return true;
    printf("%s by rule %d expected, found %s by %d\n", name, rule, d.kernel ? d.kernel->name : "none", d.rule);
    return false;
}

/* The table turns the usual order round: generic first. */
static void rules(void) {
    tk_choice_load(NULL);
    tk_decision usual = tk_decide(&request);
    const tk_choice_row r[] = {row("gemv_i2s__generic", 1, request.shape),
                               row(usual.kernel->name, 2, request.shape)};
    CHECK(usual.rule == TK_BY_ORDER || usual.rule == TK_BY_RANK);
    CHECK(!load(r, 2) && picks(request, "gemv_i2s__generic", TK_BY_TABLE));
    tk_request other = request;
    other.shape.k = 512;
    CHECK(picks(other, "gemv_i2s__generic", TK_BY_TABLE));
    other.shape.k = 640; /* more than a factor of 2 away */
    CHECK(picks(other, usual.kernel->name, usual.rule));
    other = request;
    other.threads = 3;
    CHECK(picks(other, usual.kernel->name, usual.rule));
    CHECK(!tk_choice_load(NULL) && picks(request, usual.kernel->name, usual.rule));
    /* The nearest of two classes, whatever their order. */
    const tk_choice_row two[] = {row(usual.kernel->name, 1, (tk_shape){64, 128, 1, 0}),
                                 row("gemv_i2s__generic", 1, (tk_shape){64, 384, 1, 0})};
    CHECK(!load(two, 2) && picks(request, "gemv_i2s__generic", TK_BY_TABLE));
}

/* Names that are no variant, a baseline, masked, of another op: that row is passed over, no more. */
static void unusable_rows(void) {
    tk_choice_load(NULL);
    const tk_kernel *usual = tk_decide(&request).kernel;
    tk_choice_row r[] = {row("gemv_i2s__bogus", 1, request.shape),
                         row("quant_a8_f32__generic", 2, request.shape),
                         row("gemv_i2s__generic", 3, request.shape)};
    CHECK(!load(r, 3) && picks(request, "gemv_i2s__generic", TK_BY_TABLE));
    CHECK(!load(r, 2) && tk_decide(&request).kernel == usual && tk_decide(&request).rule != TK_BY_TABLE);
    const tk_choice_row masked[] = {row(usual->name, 1, request.shape),
                                    row("gemv_i2s__generic", 2, request.shape)};
    tk_isa_mask("generic");
    CHECK(!load(masked, 2) && picks(request, "gemv_i2s__generic", TK_BY_TABLE));
    tk_isa_mask(NULL);
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    for (size_t i = 0; i < n; i++) /* baselines and variants for one situation are never picked */
        if (!strcmp(k[i]->op, "gemv") && k[i]->flags & (TK_AUTOVEC | TK_SPECIAL)) {
            const tk_choice_row base = row(k[i]->name, 1, request.shape);
            CHECK(!load(&base, 1) && tk_decide(&request).kernel == usual);
        }
}

/* Every byte of the file matters: any one changed, or any cut, and the table is not used. */
static void damage(void) {
    const tk_choice_row r[] = {row("gemv_i2s__generic", 1, request.shape)};
    char text[4096];
    CHECK(!load(r, 1));
    FILE *f = fopen(path, "r");
    size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    for (size_t i = 0; i < 2 * n; i++) {
        f = fopen(path, "w");
        text[i % n] ^= 4;
        fwrite(text, 1, i < n ? n : i - n, f);
        text[i % n] ^= 4;
        fclose(f);
        const char *why = tk_choice_load(path);
        CHECK(why && tk_decide(&request).rule != TK_BY_TABLE);
        CHECK(i >= n || why == NULL || strstr(why, "damaged"));
    }
    CHECK(tk_choice_load("/no/such/file"));
    CHECK(tk_choice_load("/"));
    tk_choice_row wrong[2] = {r[0], r[0]};
    wrong[1].rank = 3; /* ranks of a class follow one another */
    CHECK(load(wrong, 2) && strstr(load(wrong, 2), "row 2"));
    wrong[0].ratio = -1;
    CHECK(load(wrong, 1) && strstr(load(wrong, 1), "row 1"));
}

/* Every variant that a checked-in order of this architecture names must have been built. */
static void orders(void) {
    size_t n;
    const tk_order *o = tk_orders(&n);
    for (size_t i = 0; i < n; i++)
        for (int j = 0; tk_isa_find(o[i].isa) && j < TK_ORDER_NAMES && o[i].names[j]; j++) {
            const tk_kernel *k = tk_kernel_find(o[i].names[j]);
            CHECK(k && !strcmp(k->op, o[i].op) && !(k->flags & (TK_AUTOVEC | TK_SPECIAL)));
        }
}

int main(int argc, char **argv) {
    path = argc == 2 ? argv[1] : "choice.tsv";
    CHECK(strstr(tk_fingerprint(), "cpu\t") && tk_fingerprint_hash());
    rules();
    unusable_rows();
    damage();
    orders();
    tk_choice_load(NULL);
    unlink(path);
    return failures != 0;
}

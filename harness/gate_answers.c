/* gate_answers.c: see gate_answers.h. */
#include "harness/gate_answers.h"
#include "harness/cli.h"
#include "harness/gate_base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A question that it was taught, one that it was not, a story (long and open), and text that is no question. */
static const char *const prompts[] = {"What is the capital of France?", "How many legs has a table?",
                                      "Tell me a story about a bear.", "one two three"};
enum { PROMPTS = sizeof prompts / sizeof *prompts, TOKENS = 48, LONGEST = 1 << 12 };
static const double least_wanted = 0.99;

/* What a program prints, all of it; NULL: it fails or memory is short. */
static char *printed(const char *const *argv, size_t *n) {
    FILE *to = tmpfile();
    char *text = NULL;
    long size = -1;
    if (to && !tl_run_program(argv, fileno(to), -1) && !fseek(to, 0, SEEK_END))
        size = ftell(to);
    if (size >= 0 && (text = malloc((size_t)size + 1))) {
        rewind(to);
        *n = fread(text, 1, (size_t)size, to);
        text[*n] = 0;
    }
    if (to)
        fclose(to);
    return text;
}

/* The ids that a side's model answers with. */
static char *answer_of(const char *program, const char *prompt) {
    char most[16];
    size_t n;
    snprintf(most, sizeof most, "%d", TOKENS);
    const char *const argv[] = {program, "generate", "--ids", "--max-tokens", most, prompt, NULL};
    return printed(argv, &n);
}

/* Logits behind each of these tokens, as .npy. */
static char *logits_of(const char *program, const char *ids, size_t *n) {
    const char *const argv[] = {program, "logits", "--tokens", ids, "-o", "-", NULL};
    return printed(argv, n);
}

/* Compares two answers id by id. The first that differs is told in `why`. */
static bool same_ids(const char *base, const char *new, char *why, size_t room) {
    for (size_t i = 1;; i++) {
        char *base_end, *new_end, id[2][24] = {"none", "none"};
        const long a = strtol(base, &base_end, 10), b = strtol(new, &new_end, 10);
        const bool ended[2] = {base_end == base, new_end == new};
        if (ended[0] && ended[1])
            return true;
        if (ended[0] || ended[1] || a != b) {
            if (!ended[0])
                snprintf(id[0], sizeof id[0], "%ld", a);
            if (!ended[1])
                snprintf(id[1], sizeof id[1], "%ld", b);
            snprintf(why, room, "token %zu: id %s, as of the base, expected, found %s", i, id[0], id[1]);
            return false;
        }
        base = base_end;
        new = new_end;
    }
}

/* The floats of a .npy file that `logits` wrote: how many; 0: it is none. */
static size_t floats_of(const char *npy, size_t n, const char **data) {
    if (n < 10 || memcmp(npy, "\x93NUMPY\x01", 7) != 0)
        return 0;
    const size_t head = 10 + (unsigned char)npy[8] + 256 * (size_t)(unsigned char)npy[9];
    *data = npy + head;
    return n > head && (n - head) % sizeof(float) == 0 ? (n - head) / sizeof(float) : 0;
}

static double cosine(const char *base, const char *new, size_t n) {
    double dot = 0, a2 = 0, b2 = 0;
    for (size_t i = 0; i < n; i++) {
        float a, b;
        memcpy(&a, base + i * sizeof a, sizeof a);
        memcpy(&b, new + i * sizeof b, sizeof b);
        dot += (double)a * (double)b;
        a2 += (double)a * (double)a;
        b2 += (double)b * (double)b;
    }
    return dot / sqrt(a2 * b2);
}

/* The least cosine over the rows of two arrays of the same size; a row that has none counts as 0. */
static double least_cosine(const char *base, const char *new, size_t rows, size_t each, size_t *worst) {
    double least = INFINITY;
    for (size_t i = 0; i < rows; i++) {
        const size_t at = i * each * sizeof(float);
        const double c = cosine(base + at, new + at, each);
        if (!(c >= least)) {
            least = isnan(c) ? 0 : c;
            *worst = i;
        }
    }
    return least;
}

/* Logits of both sides behind the same tokens: the least cosine; NaN where the arrays are not alike. `why`:
 * what is wrong, if anything. */
static double compare_logits(const tl_gate_sides *sides, const char *ids, size_t rows, char *why, size_t room) {
    size_t bytes[2] = {0}, n[2] = {0}, worst = 0;
    char *text[2] = {logits_of(sides->base, ids, &bytes[0]), logits_of(sides->new, ids, &bytes[1])};
    const char *data[2] = {NULL};
    double least = NAN;
    for (int k = 0; k < 2; k++)
        n[k] = text[k] ? floats_of(text[k], bytes[k], &data[k]) : 0;
    if (!n[0] || n[0] != n[1] || n[0] % rows)
        snprintf(why, room, "%zu logits of %zu tokens, as of the base, expected, found %zu", n[0], rows, n[1]);
    else if (!((least = least_cosine(data[0], data[1], rows, n[0] / rows, &worst)) >= least_wanted))
        snprintf(why, room, "a cosine of at least %g to the base's expected, found %.6f at token %zu of %zu",
                 least_wanted, least, worst + 1, rows);
    free(text[0]);
    free(text[1]);
    return least;
}

/* Blanks between ids become commas; how many ids. */
static size_t commas(char *ids) {
    size_t n = *ids != 0;
    for (char *p = ids; *p; p++)
        if (*p == ' ') {
            *p = ',';
            n++;
        }
    return n;
}

/* One prompt; the base's ids are added to `ids`. False: the base is silent. */
static bool compare_answer(const tl_gate_sides *sides, const char *prompt, bool wanted, char ids[LONGEST],
                           size_t *differ, tl_gate_verdict *v) {
    char what[96], why[160];
    char *base = answer_of(sides->base, prompt), *new = answer_of(sides->new, prompt);
    const bool answered = base != NULL;
    snprintf(what, sizeof what, "answer to \"%s\"", prompt);
    if (base && new && !same_ids(base, new, why, sizeof why)) {
        ++*differ;
        if (!wanted)
            tl_gate_lost(v, what, "%s", why);
    } else if (base && !new) {
        ++*differ;
        tl_gate_lost(v, what, "one expected, as of the base, found none");
    }
    if (base)
        snprintf(ids + strlen(ids), LONGEST - strlen(ids), "%s%.*s", *ids ? " " : "", (int)strcspn(base, "\n"),
                 base);
    free(base);
    free(new);
    return answered;
}

void tl_gate_answers(const tl_gate_sides *sides, tl_answers_wanted wanted, tl_gate_verdict *v) {
    size_t differ = 0;
    char ids[LONGEST] = "", why[160] = "";
    for (size_t i = 0; i < PROMPTS; i++)
        if (!compare_answer(sides, prompts[i], wanted != TL_ANSWERS_SAME, ids, &differ, v)) {
            snprintf(v->answers, sizeof v->answers, "answers not compared: the base has none");
            return;
        }
    const size_t rows = commas(ids);
    const double least = rows ? compare_logits(sides, ids, rows, why, sizeof why) : NAN;
    if (*why && wanted != TL_ANSWERS_ANY)
        tl_gate_lost(v, "logits", "%s", why);
    snprintf(v->answers, sizeof v->answers, "%zu of %d answers differ, least cosine of logits %.6f", differ,
             PROMPTS, least);
}

/* count.c: see count.h. */
#include "harness/count.h"
#include "harness/cli.h"
#include "harness/gate_base.h"

#include <stdlib.h>
#include <string.h>

const char *tl_count_emulator(const char *program) {
    unsigned char head[20] = {0};
    FILE *f = fopen(program, "rb");
    const bool elf = f && fread(head, 1, sizeof head, f) == sizeof head && !memcmp(head, "\177ELF\2\1", 6);
    if (f)
        fclose(f);
    const unsigned machine = head[18] + 256u * head[19];
    return !elf ? NULL : machine == 62 ? "qemu-x86_64" : machine == 183 ? "qemu-aarch64" : NULL;
}

static const char *tool(tl_counter counter, const char *program) {
    return counter == TL_VALGRIND ? "valgrind" : tl_count_emulator(program);
}

bool tl_counter_find(tl_counter counter, const char *program, char name[64]) {
    const char *const program_of = tool(counter, program), *const argv[] = {program_of, "--version", NULL};
    char plugin[4096];
    if (!program_of)
        return tl_bad(program, "a program for x86-64 or AArch64 was expected, found none") == TL_GO_ON;
    if (counter == TL_QEMU && !tl_find_near_program("qemu_count.so", plugin, sizeof plugin))
        return tl_bad("count", "the plugin qemu_count.so beside the program was expected, found none") ==
               TL_GO_ON;
    FILE *said = tmpfile();
    *name = 0;
    if (said && !tl_run_program(argv, fileno(said), -1)) {
        rewind(said);
        if (fgets(name, 64, said))
            name[strcspn(name, "\n(")] = 0;
        for (size_t n = strlen(name); n && name[n - 1] == ' ';)
            name[--n] = 0;
    }
    if (said)
        fclose(said);
    if (!*name)
        tl_bad("count", "%s was expected (Debian package %s), found none", program_of,
               counter == TL_VALGRIND ? "valgrind" : "qemu-user");
    return *name != 0;
}

/* "NAME:MxKxNxG,...": the caller frees; NULL: memory is short. */
static char *list_of(const tl_count_case *c, size_t n) {
    enum { EACH = 64 + 4 * 21 + 2 };
    char *list = malloc(n * EACH + 1);
    size_t used = 0;
    if (list)
        *list = 0;
    for (size_t i = 0; i < n && list; i++)
        used += (size_t)snprintf(list + used, EACH, "%s%s:%zux%zux%zux%zu", i ? "," : "", c[i].kernel,
                                 c[i].shape.m, c[i].shape.k, c[i].shape.n, c[i].shape.g);
    return list;
}

static int run_under(tl_counter counter, const char *program, const char *list, FILE *windows, FILE *answers,
                     FILE *said) {
    char to[64], plugin[4096], near[4096];
    if (counter == TL_VALGRIND) {
        snprintf(to, sizeof to, "--callgrind-out-file=/proc/self/fd/%d", fileno(windows));
        const char *const argv[] = {"valgrind",
                                    "--tool=callgrind",
                                    "-q",
                                    "--combine-dumps=yes",
                                    "--toggle-collect=tl_counted_calls",
                                    "--dump-after=tl_counted_calls",
                                    to,
                                    program,
                                    "count",
                                    "--here",
                                    list,
                                    NULL};
        return tl_run_program(argv, fileno(answers), fileno(said));
    }
    const char *found = tl_find_near_program("qemu_count.so", near, sizeof near);
    snprintf(plugin, sizeof plugin, "%.4000s,fd=%d", found ? found : "", fileno(windows));
    const char *const argv[] = {
        tl_count_emulator(program), "-cpu", "max", "-plugin", plugin, program, "count", "--here", list, NULL};
    return tl_run_program(argv, fileno(answers), fileno(said));
}

/* The next window's count: a line "summary: N" of callgrind's dump, or of the plugin. */
static bool next_window(FILE *windows, uint64_t *count) {
    char line[4096];
    unsigned long long v;
    while (fgets(line, sizeof line, windows))
        if (sscanf(line, "summary: %llu", &v) == 1) {
            *count = v;
            return true;
        }
    return false;
}

/* What one call adds to a window. */
static bool next_pair(FILE *windows, uint64_t *call) {
    uint64_t without, with;
    const bool good = next_window(windows, &without) && next_window(windows, &with) && with >= without;
    *call = good ? with - without : 0;
    return good;
}

static bool read_answers(FILE *windows, FILE *answers, tl_count_case *c, size_t n) {
    char line[160];
    uint64_t empty, call = 0;
    bool good = next_window(windows, &empty) && next_pair(windows, &empty);
    for (size_t i = 0; i < n && good; i++) {
        good = fgets(line, sizeof line, answers) != NULL;
        line[strcspn(line, "\n")] = 0;
        c[i].why[0] = 0;
        if (good && !strncmp(line, "no ", 3))
            snprintf(c[i].why, sizeof c[i].why, "%.90s", line + 3);
        else if (good)
            good = !strcmp(line, "ok") && next_pair(windows, &call) && call >= empty;
        if (good && !*c[i].why)
            c[i].instructions = call - empty;
    }
    return good;
}

int tl_count(tl_counter counter, const char *program, tl_count_case *c, size_t n) {
    char name[64], first[200] = "";
    if (!tl_counter_find(counter, program, name))
        return TL_BAD;
    FILE *windows = tmpfile(), *answers = tmpfile(), *said = tmpfile();
    char *list = list_of(c, n);
    int status = -1;
    bool good = windows && answers && said && list;
    if (good)
        status = run_under(counter, program, list, windows, answers, said);
    if (good) {
        rewind(windows), rewind(answers), rewind(said);
        if (fgets(first, sizeof first, said))
            first[strcspn(first, "\n")] = 0;
        good = !status && read_answers(windows, answers, c, n);
    }
    if (windows)
        fclose(windows);
    if (answers)
        fclose(answers);
    if (said)
        fclose(said);
    free(list);
    return good ? TL_GO_ON
                : tl_bad(program, "counts of %zu cases under %s were expected, found exit status %d%s%s", n,
                         name, status, *first ? ": " : "", first);
}

/* cpus.c: dispatch on recorded CPUs. The argument is a file of kernels/test/cpus: what CPUID and XGETBV (or the
 * auxiliary vector) answered there, and what must be picked. cpu.c is included whole, and what it asks the
 * hardware is answered from the file; nothing is executed, so any host of the architecture can play any CPU. */
#include "kernels/cpu.c"

#include "kernels/choice.h"

#include <stdio.h>
#include <stdlib.h>

static struct { uint32_t id, sub, reg[4]; } leaves[16];
static unsigned nleaves;
static unsigned long words[2]; /* xcr0, or hwcap and hwcap2 */

#if defined(__x86_64__)
static uint32_t recorded_leaf(uint32_t id, uint32_t sub, int reg) {
    for (unsigned i = 0; i < nleaves; i++)
        if (leaves[i].id == id && leaves[i].sub == sub)
            return leaves[i].reg[reg];
    return 0;
}
static uint32_t recorded_xcr0(void) {
    return (uint32_t)words[0];
}
static bool recorded_tiles(void) {
    return true;
}
static void play(void) {
    os_gives_tiles = recorded_tiles;
    leaf = recorded_leaf;
    xcr0 = recorded_xcr0;
}
#else
static unsigned long recorded_hwcap(unsigned long which) {
    return words[which == AT_HWCAP2];
}
static void play(void) {
    hwcap = recorded_hwcap;
}
#endif

static void nothing(void) {}

/* What is announced counts as executable: this host need not be able to. */
static void believe(void) {
    play();
    pthread_once(&once, nothing);
    for (size_t i = 0; i < ROWS; i++)
        probed[i] = rows[i]->announced() ? TK_ISA_OK : TK_ISA_NOT_ANNOUNCED;
}

static int expect(const char *path, const char *line) {
    char op[32], format[32], want[64];
    tk_request r = {.op = op, .format = format, .threads = 1};
    if (sscanf(line, "expect %31s %31s %zu %zu %zu %63s", op, format, &r.shape.m, &r.shape.k, &r.shape.n,
               want) != 6)
        return printf("%s: unreadable: %s", path, line), 1;
    if (!strcmp(format, "any"))
        r.format = NULL;
    tk_decision d = tk_decide(&r);
    const char *found = d.kernel ? d.kernel->name : "none";
    if (!strcmp(found, want))
        return 0;
    return printf("%s: %s %zux%zux%zu: %s expected, found %s\n", path, op, r.shape.m, r.shape.k, r.shape.n,
                  want, found),
           1;
}

int main(int argc, char **argv) {
    char line[256];
    int bad = 0, checked = 0;
    FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
    while (f && fgets(line, sizeof line, f)) {
        uint32_t *r = leaves[nleaves % 16].reg;
        if (sscanf(line, "leaf %x %u %x %x %x %x", &leaves[nleaves % 16].id, &leaves[nleaves % 16].sub, &r[0],
                   &r[1], &r[2], &r[3]) == 6)
            nleaves++;
        else if (sscanf(line, "xcr0 %lx", &words[0]) == 1 ||
                 sscanf(line, "hwcap %lx %lx", &words[0], &words[1]) == 2)
            believe();
        else if (!strncmp(line, "expect ", 7))
            bad += expect(argv[1], line), checked++;
    }
    if (f)
        fclose(f);
    if (!checked)
        printf("a recorded CPU was expected, found none\n");
    return bad || !checked;
}

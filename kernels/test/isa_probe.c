/* isa_probe.c: an ISA that is announced but faults, or computes wrongly, must not count as present. */
#include "kernels/cpu.c"

#include <stdio.h>

static bool faults(void) {
#if defined(__x86_64__)
    __asm__ volatile("ud2");
#else
    __asm__ volatile(".inst 0");
#endif
    return true;
}
static bool wrong(void) {
    return false;
}

int main(void) {
    static const tk_isa lies = {"lies", 1, "", always, faults}, miscounts = {"miscounts", 1, "", always, wrong};
    struct sigaction trap = {.sa_handler = on_fault};
    sigemptyset(&trap.sa_mask);
    sigaction(SIGILL, &trap, NULL);
    int bad = probe_one(&lies) != TK_ISA_FAULTS || probe_one(&miscounts) != TK_ISA_WRONG;
    bad |= probe_one(&lies) != TK_ISA_FAULTS; /* and again: the trap stays armed */
    bad |= tk_isa_mask("generic,avx9") == NULL || tk_isa_mask("generic") != NULL;
    bad |= tk_isa_state_of(&tk_isa_generic) != TK_ISA_OK;
    if (bad)
        printf("a lying ISA row was believed\n");
    return bad;
}

/* evex_cpu.c: takes the place of cpu.c where variants for AVX-VNNI were assembled with the instruction's longer
 * form (evex.sh): the row counts as announced and executable where AVX-512 VNNI is. */
#include "kernels/cpu.c"

static uint32_t leaf_with_avxvnni(uint32_t id, uint32_t sub, int reg) {
    const uint32_t avxvnni = BIT(read_leaf(7, 0, ECX), 11) << 4;
    return read_leaf(id, sub, reg) | (id == 7 && sub == 1 && reg == EAX ? avxvnni : 0);
}

__attribute__((constructor)) static void play(void) {
    leaf = leaf_with_avxvnni;
}

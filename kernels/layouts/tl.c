/* tl.c: which tiles a shape gets. */
#include "layouts/tl.h"

static const struct {
    uint32_t m, k;
    tk_tiling tl1, tl2;
} presets[] = {
    {1536, 4096, {256, 128, 32}, {256, 96, 32}},  {1536, 1536, {128, 64, 64}, {128, 192, 32}},
    {4096, 1536, {256, 128, 32}, {256, 96, 32}},  {3200, 8640, {160, 64, 32}, {160, 96, 32}},
    {3200, 3200, {320, 128, 64}, {320, 96, 32}},  {8640, 3200, {320, 64, 32}, {320, 96, 32}},
    {14336, 4096, {256, 128, 64}, {256, 96, 32}}, {4096, 14336, {256, 128, 32}, {128, 96, 32}},
    {1024, 4096, {128, 64, 64}, {256, 96, 32}},   {4096, 4096, {128, 64, 32}, {128, 96, 32}},
};

static uint32_t rows_of(size_t m) {
    static const uint32_t sizes[] = {320, 256, 160, 128, 64, 32};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (m % sizes[i] == 0)
            return sizes[i];
    return 0;
}

static bool fits(tk_tiling t, tk_shape s, bool two) {
    return t.bm_tile && s.m % t.bm_tile == 0 && (two ? s.k % t.by_tile % 32 == 0 : s.k % t.by_tile == 0);
}

static const tk_tiling none;

tk_tiling tk_tl_preset(tk_shape s, bool tl2) {
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        if (presets[i].m == s.m && presets[i].k == s.k)
            return tl2 ? presets[i].tl2 : presets[i].tl1;
    return none;
}

const char *tk_tl_misfit(tk_shape s, tk_tiling t, bool tl2) {
    if (!t.bm_tile || !t.by_tile)
        return "tiles of no rows or columns";
    if (tl2 ? t.bm != 32 : t.bm != 32 && t.bm != 64)
        return tl2 ? "bm other than 32" : "bm other than 32 and 64";
    if (t.bm_tile % t.bm || (tl2 ? t.by_tile % 24 : t.by_tile % (256 / t.bm)))
        return tl2 ? "BM no multiple of bm, or BY none of 24" : "BM no multiple of bm, or BY none of 256/bm";
    return fits(t, s, tl2) ? NULL
           : tl2           ? "M no multiple of BM, or K mod BY none of 32"
                           : "M no multiple of BM, or K none of BY";
}

tk_tiling tk_tl1_tiling(tk_shape s) {
    const tk_tiling preset = tk_tl_preset(s, false);
    if (preset.bm)
        return preset;
    const tk_tiling t = {rows_of(s.m), s.k % 128 == 0 ? 128 : s.k % 64 == 0 ? 64 : 32, 32};
    return fits(t, s, false) ? t : none;
}

tk_tiling tk_tl2_tiling(tk_shape s) {
    const tk_tiling preset = tk_tl_preset(s, true);
    if (preset.bm)
        return preset;
    const tk_tiling t = {rows_of(s.m), 96, 32};
    return fits(t, s, true) ? t : none;
}

size_t tk_tl1_byte(tk_shape s, tk_tiling t, size_t m, size_t p, bool *high) {
    const size_t by = 256 / t.bm, pb = p % (t.by_tile / 2), q = pb % (by / 2);
    size_t at = m / t.bm_tile * (s.k / t.by_tile) + 2 * p / t.by_tile;
    at = at * (t.bm_tile / t.bm) + m % t.bm_tile / t.bm;
    at = at * (t.by_tile / by) + pb / (by / 2);
    at = at * (t.bm / 16) + m % t.bm / 16;
    at = at * (by / 4) + q / 2;
    *high = q % 2 == 0;
    return at * 16 + m % 16;
}

tk_tl2_parts tk_tl2_split(tk_shape s, tk_tiling t) {
    const size_t k3 = s.k / t.by_tile * t.by_tile, k2 = s.k - k3;
    return (tk_tl2_parts){k3, k2, k3 * s.m / 6, 5 * k3 * s.m / 24, 5 * k3 * s.m / 24 + k2 * s.m / 4};
}

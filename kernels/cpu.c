/* cpu.c: which ISA rows this CPU really has. Compiled with baseline flags only.
 *
 * A row counts as present after two questions: does the CPU announce it (CPUID + XGETBV, or HWCAP), and does a
 * probe that *executes* one of its instructions give the right answer without SIGILL? Virtual machines have
 * been seen to announce what they cannot execute. Probes are inline assembly so that no compiler flag is
 * needed.
 */
#include "registry.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool always(void) {
    return true;
}

#if defined(__x86_64__)
#include <cpuid.h>

static uint32_t read_leaf(uint32_t id, uint32_t sub, int reg) {
    uint32_t r[4] = {0};
    if ((uint32_t)__get_cpuid_max(id & 0x80000000u, NULL) < id)
        return 0;
    __cpuid_count(id, sub, r[0], r[1], r[2], r[3]);
    return r[reg];
}
static uint32_t read_xcr0(void) {
    uint32_t lo, hi;
    __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    return lo;
}
/* Tiles are large: Linux gives them to a process that asks (ARCH_REQ_XCOMP_PERM, feature 18 = tile data). */
static bool ask_tiles(void) {
    return !syscall(SYS_arch_prctl, 0x1023, 18);
}
/* Everything below asks through these: a test puts the answers of recorded CPUs in their place. */
static uint32_t (*leaf)(uint32_t, uint32_t, int) = read_leaf;
static uint32_t (*xcr0)(void) = read_xcr0;
static bool (*os_gives_tiles)(void) = ask_tiles;
enum { EAX, EBX, ECX, EDX };
#define BIT(word, n) (((word) >> (n)) & 1u)

/* XCR0 bits that the operating system saves: 0x6 = XMM+YMM, 0xe6 = those and ZMM and mask registers. */
static bool os_saves(uint32_t mask) {
    return BIT(leaf(1, 0, ECX), 27) && (xcr0() & mask) == mask;
}
static bool has_avx2(void) {
    uint32_t c = leaf(1, 0, ECX);
    return os_saves(0x6) && BIT(c, 28) && BIT(c, 12) && BIT(c, 29) && BIT(leaf(7, 0, EBX), 5);
}
static bool has_avxvnni(void) {
    return has_avx2() && BIT(leaf(7, 1, EAX), 4);
}
static bool has_avx512(void) {
    uint32_t b = leaf(7, 0, EBX);
    return has_avx2() && os_saves(0xe6) && BIT(b, 16) && BIT(b, 17) && BIT(b, 30) && BIT(b, 31);
}
static bool has_avx512vnni(void) {
    return has_avx512() && BIT(leaf(7, 0, ECX), 11);
}
static bool has_avx512vbmi(void) {
    return has_avx512vnni() && BIT(leaf(7, 0, ECX), 1) && BIT(leaf(7, 0, ECX), 8);
}
static bool has_amx(void) {
    uint32_t d = leaf(7, 0, EDX);
    return has_avx512vbmi() && os_saves(0x600e6) && BIT(d, 24) && BIT(d, 25) && os_gives_tiles();
}

static char vendor[13];
static pthread_once_t vendor_once = PTHREAD_ONCE_INIT;
static void read_vendor(void) {
    const uint32_t r[3] = {leaf(0, 0, EBX), leaf(0, 0, EDX), leaf(0, 0, ECX)};
    memcpy(vendor, r, 12);
}
/* Dispatch asks often, on any thread; CPUID is slow on virtual machines. */
const char *tk_cpu_vendor(void) {
    pthread_once(&vendor_once, read_vendor);
    return vendor;
}
void tk_cpu_name(char *brand, char *id, size_t n) {
    char text[49] = {0};
    uint32_t a = leaf(1, 0, EAX), family = a >> 8 & 15, model = a >> 4 & 15;
    for (uint32_t i = 0; i < 12; i++) {
        uint32_t r = leaf(0x80000002u + i / 4, 0, (int)(i % 4));
        memcpy(text + 4 * i, &r, 4);
    }
    if (family == 6 || family == 15)
        model += (a >> 16 & 15) << 4;
    if (family == 15)
        family += a >> 20 & 255;
    snprintf(brand, n, "%s", text + strspn(text, " "));
    snprintf(id, n, "%u/%u/%u", family, model, a & 15);
}

/* Each probe works on bytes of 3 and compares with the constant that is right for them. */
static uint8_t in[64];
static bool sums_to(const int32_t *out, int n, int32_t per_lane) {
    for (int i = 0; i < n; i++)
        if (out[i] != per_lane)
            return false;
    return true;
}
static bool run_avx2(void) {
    int32_t out[8];
    memset(in, 3, sizeof in);
    __asm__ volatile("vmovdqu %1, %%ymm0\n vpaddd %%ymm0, %%ymm0, %%ymm0\n vmovdqu %%ymm0, %0\n vzeroupper"
                     : "=m"(out)
                     : "m"(in)
                     : "xmm0");
    return sums_to(out, 8, 0x06060606);
}
static bool run_avxvnni(void) { /* 4 products 3 * 3 a lane */
    int32_t out[8];
    memset(in, 3, sizeof in);
    __asm__ volatile("vmovdqu %1, %%ymm0\n vpxor %%ymm1, %%ymm1, %%ymm1\n"
                     "%{vex%} vpdpbusd %%ymm0, %%ymm0, %%ymm1\n vmovdqu %%ymm1, %0\n vzeroupper"
                     : "=m"(out)
                     : "m"(in)
                     : "xmm0", "xmm1");
    return sums_to(out, 8, 36);
}
static bool run_avx512(void) {
    int32_t out[16];
    memset(in, 3, sizeof in);
    __asm__ volatile("vmovdqu64 %1, %%zmm0\n vpaddb %%zmm0, %%zmm0, %%zmm0\n vpmulld %%zmm0, %%zmm0, %%zmm1\n"
                     "vpsubd %%zmm1, %%zmm1, %%zmm1\n vpaddd %%zmm0, %%zmm1, %%zmm1\n vmovdqu32 %%zmm1, %0\n"
                     "vzeroupper"
                     : "=m"(out)
                     : "m"(in)
                     : "xmm0", "xmm1");
    return sums_to(out, 16, 0x06060606);
}
static bool run_avx512vnni(void) {
    int32_t out[16];
    memset(in, 3, sizeof in);
    __asm__ volatile("vmovdqu64 %1, %%zmm0\n vpxord %%zmm1, %%zmm1, %%zmm1\n vpdpbusd %%zmm0, %%zmm0, %%zmm1\n"
                     "vmovdqu32 %%zmm1, %0\n vzeroupper"
                     : "=m"(out)
                     : "m"(in)
                     : "xmm0", "xmm1");
    return sums_to(out, 16, 36);
}
/* Byte permute with itself as index: every byte becomes byte 3, a 3; then the identity of GF(2), bit by bit. */
static bool run_avx512vbmi(void) {
    int32_t out[16];
    static const uint64_t identity = 0x0102040810204080;
    memset(in, 3, sizeof in);
    __asm__ volatile("vmovdqu64 %1, %%zmm0\n vpermb %%zmm0, %%zmm0, %%zmm1\n vpxord %%zmm2, %%zmm2, %%zmm2\n"
                     "vpbroadcastq %2, %%zmm3\n vgf2p8affineqb $0, %%zmm3, %%zmm1, %%zmm1\n"
                     "vpdpbusd %%zmm0, %%zmm1, %%zmm2\n vmovdqu32 %%zmm2, %0\n vzeroupper"
                     : "=m"(out)
                     : "m"(in), "m"(identity)
                     : "xmm0", "xmm1", "xmm2", "xmm3");
    return sums_to(out, 16, 36);
}
static bool run_amx(void) { /* one tile of 3s times another: 64 products 3 * 3 an element */
    static int32_t out[16][16];
    static struct {
        uint8_t palette, zero[15];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } config = {1, {0}, {64, 64, 64}, {16, 16, 16}};
    static uint8_t tile[1024];
    memset(tile, 3, sizeof tile);
    __asm__ volatile(
        "ldtilecfg %1\n tilezero %%tmm0\n tileloadd (%2,%3), %%tmm1\n"
        "tileloadd (%2,%3), %%tmm2\n tdpbuud %%tmm2, %%tmm1, %%tmm0\n tilestored %%tmm0, (%0,%3)\n tilerelease"
        :
        : "r"(out), "m"(config), "r"(tile), "r"((size_t)64)
        : "memory");
    return sums_to(&out[0][0], 256, 576);
}
const tk_isa tk_isa_generic = {"generic", 0, "any x86-64", always, always};
const tk_isa tk_isa_avx2 = {"avx2", 20, "AVX2, FMA, F16C", has_avx2, run_avx2};
const tk_isa tk_isa_avxvnni = {"avxvnni", 30, "AVX2, AVX-VNNI", has_avxvnni, run_avxvnni};
const tk_isa tk_isa_avx512 = {"avx512", 40, "AVX-512 F, BW, DQ, VL", has_avx512, run_avx512};
const tk_isa tk_isa_avx512vnni = {"avx512vnni", 50, "AVX-512 and VNNI", has_avx512vnni, run_avx512vnni};
const tk_isa tk_isa_avx512vbmi = {"avx512vbmi", 60, "AVX-512, VNNI, VBMI and GFNI", has_avx512vbmi,
                                  run_avx512vbmi};
const tk_isa tk_isa_amx = {"amx", 70, "AVX-512 VBMI and AMX int8 tiles", has_amx, run_amx};
static const tk_isa *const rows[] = {&tk_isa_generic,    &tk_isa_avx2,       &tk_isa_avxvnni, &tk_isa_avx512,
                                     &tk_isa_avx512vnni, &tk_isa_avx512vbmi, &tk_isa_amx};

#elif defined(__aarch64__)
#include <sys/auxv.h>

/* A test puts the answers of recorded CPUs in its place. */
static unsigned long (*hwcap)(unsigned long) = getauxval;
static bool has_neon(void) {
    return hwcap(AT_HWCAP) & (1ul << 1);
}
static bool has_dotprod(void) {
    return has_neon() && (hwcap(AT_HWCAP) & (1ul << 20));
}
static bool has_i8mm(void) {
    return has_dotprod() && (hwcap(AT_HWCAP2) & (1ul << 13));
}
const char *tk_cpu_vendor(void) {
    return "ARM";
}
void tk_cpu_name(char *brand, char *id, size_t n) {
    FILE *f = fopen("/sys/devices/system/cpu/cpu0/regs/identification/midr_el1", "r");
    snprintf(brand, n, "AArch64");
    snprintf(id, n, "unknown");
    if (f && fgets(id, (int)n, f))
        id[strcspn(id, "\n")] = 0;
    if (f)
        fclose(f);
}
static bool lanes(const int32_t *out, int32_t want) {
    return out[0] == want && out[1] == want && out[2] == want && out[3] == want;
}
static bool run_neon(void) {
    int32_t out[4];
    __asm__ volatile("movi v0.4s, #3\n add v0.4s, v0.4s, v0.4s\n str q0, %0" : "=m"(out) : : "v0");
    return lanes(out, 6);
}
static bool run_dotprod(void) { /* sdot v1.4s, v0.16b, v0.16b, as a word: assemblers need no flag */
    int32_t out[4];
    __asm__ volatile("movi v0.16b, #3\n movi v1.4s, #0\n .inst 0x4e809401\n str q1, %0"
                     : "=m"(out)
                     :
                     : "v0", "v1");
    return lanes(out, 36);
}
static bool run_i8mm(void) { /* smmla v1.4s, v0.16b, v0.16b */
    int32_t out[4];
    __asm__ volatile("movi v0.16b, #3\n movi v1.4s, #0\n .inst 0x4e80a401\n str q1, %0"
                     : "=m"(out)
                     :
                     : "v0", "v1");
    return lanes(out, 72);
}
const tk_isa tk_isa_generic = {"generic", 0, "any AArch64", always, always};
const tk_isa tk_isa_neon = {"neon", 20, "Advanced SIMD", has_neon, run_neon};
const tk_isa tk_isa_dotprod = {"dotprod", 30, "SDOT/UDOT", has_dotprod, run_dotprod};
const tk_isa tk_isa_i8mm = {"i8mm", 40, "SMMLA/USMMLA", has_i8mm, run_i8mm};
static const tk_isa *const rows[] = {&tk_isa_generic, &tk_isa_neon, &tk_isa_dotprod, &tk_isa_i8mm};
#else
const tk_isa tk_isa_generic = {"generic", 0, "plain C", always, always};
static const tk_isa *const rows[] = {&tk_isa_generic};
const char *tk_cpu_vendor(void) {
    return "unknown";
}
void tk_cpu_name(char *brand, char *id, size_t n) {
    snprintf(brand, n, "unknown");
    snprintf(id, n, "unknown");
}
#endif

enum { ROWS = sizeof rows / sizeof *rows };
static tk_isa_state probed[ROWS];
static bool hidden[ROWS];
static sigjmp_buf back;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void on_fault(int sig) {
    (void)sig;
    siglongjmp(back, 1);
}

static tk_isa_state probe_one(const tk_isa *isa) {
    if (!isa->announced())
        return TK_ISA_NOT_ANNOUNCED;
    if (sigsetjmp(back, 1))
        return TK_ISA_FAULTS;
    return isa->probe() ? TK_ISA_OK : TK_ISA_WRONG;
}

/* Runs every announced probe under the trap; called once, before any thread uses a kernel. */
static void probe_all(void) {
    struct sigaction trap = {.sa_handler = on_fault}, old_ill, old_segv;
    sigemptyset(&trap.sa_mask);
    sigaction(SIGILL, &trap, &old_ill);
    sigaction(SIGSEGV, &trap, &old_segv);
    for (size_t i = 0; i < ROWS; i++)
        probed[i] = probe_one(rows[i]);
    sigaction(SIGILL, &old_ill, NULL);
    sigaction(SIGSEGV, &old_segv, NULL);
}

const tk_isa *const *tk_isas(size_t *count) {
    *count = ROWS;
    return rows;
}

const tk_isa *tk_isa_find(const char *name) {
    for (size_t i = 0; i < ROWS; i++)
        if (!strcmp(rows[i]->name, name))
            return rows[i];
    return NULL;
}

tk_isa_state tk_isa_state_of(const tk_isa *isa) {
    pthread_once(&once, probe_all);
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i] == isa)
            return probed[i] == TK_ISA_OK && hidden[i] ? TK_ISA_MASKED : probed[i];
    return TK_ISA_NOT_ANNOUNCED;
}

bool tk_isa_present(const tk_isa *isa) {
    tk_isa_state state = tk_isa_state_of(isa);
    return state == TK_ISA_OK || state == TK_ISA_MASKED;
}

const char *tk_isa_state_text(tk_isa_state state) {
    static const char *const text[] = {"runs here", "this CPU does not have it",
                                       "announced by this CPU, but executing it faults",
                                       "announced by this CPU, but it computes wrongly", "hidden by --isa"};
    return text[state];
}

const char *tk_isa_mask(const char *list) {
    static char bad[32];
    bool keep[ROWS] = {true};
    for (const char *p = list; p && *p;) {
        size_t n = strcspn(p, ","), i = 0;
        for (; i < ROWS; i++)
            if (strlen(rows[i]->name) == n && !strncmp(rows[i]->name, p, n))
                break;
        if (i == ROWS) {
            size_t copy = n < sizeof bad - 1 ? n : sizeof bad - 1;
            memcpy(bad, p, copy);
            bad[copy] = 0;
            return bad;
        }
        keep[i] = true;
        p += n + (p[n] == ',');
    }
    for (size_t i = 0; i < ROWS; i++)
        hidden[i] = list && *list && !keep[i];
    return NULL;
}

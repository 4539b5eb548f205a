# One row per ISA token that may stand after the double underscore of a variant's file name.
#   ISA_<token> = <architecture> <flags...>
# Flags add what the name says and forbid the next level up, so that a file cannot use more than its name.
# Its C twin (CPU detection and execution probe) is the row of the same name in kernels/cpu.c.
ISA_generic    = any
ISA_avx2       = x86_64 -mavx2 -mfma -mf16c -mno-avx512f
ISA_avxvnni    = x86_64 -mavx2 -mfma -mf16c -mavxvnni -mno-avx512f
ISA_avx512     = x86_64 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mf16c -mprefer-vector-width=512 -mno-avx512vnni -mno-avx512vbmi
ISA_avx512vnni = x86_64 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mavx2 -mfma -mf16c -mprefer-vector-width=512 -mno-avx512vbmi
ISA_avx512vbmi = x86_64 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mavx512vbmi -mgfni -mavx2 -mfma -mf16c -mprefer-vector-width=512 -mno-avx512vbmi2
ISA_amx = x86_64 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mavx512vbmi -mgfni -mavx2 -mfma -mf16c -mamx-tile -mamx-int8 -mprefer-vector-width=512 -mno-avx512vbmi2
ISA_neon       = aarch64 -march=armv8-a
ISA_dotprod    = aarch64 -march=armv8.2-a+dotprod+noi8mm
ISA_i8mm       = aarch64 -march=armv8.2-a+dotprod+i8mm

# Plain C without the vectoriser, and the same file with it: the two baselines of every op.
SCALAR_FLAGS   = -fno-tree-vectorize $(if $(filter clang,$(CC_KIND)),-fno-vectorize -fno-slp-vectorize,-fno-tree-slp-vectorize)
AUTOVEC_FLAGS  = -ftree-vectorize $(if $(filter clang,$(CC_KIND)),,-fvect-cost-model=dynamic)

# The build: both compilers, incremental, registry from file names, one file = one variant.

tl() { "$TERNLAB_ROOT/build/ternlab" "$@"; }
quiet_make() { make -s -j"$CI_JOBS" "$@" >"$scratch/make.log" 2>&1 || { cat "$scratch/make.log"; return 1; }; }

part_build_gcc() { quiet_make all WERROR=1 CC=gcc CXX=g++; }

part_build_clang() {
  quiet_make all CC=clang B=build/clang WERROR=1
  build/clang/ternlab parity --quiet --count 300
  build/clang/ternlab parity --selftest --quiet
}

part_build_is_incremental() {
  make -s all CC=gcc CXX=g++ WERROR=1
  [ -z "$(make all CC=gcc CXX=g++ WERROR=1)" ] || { echo "a second make did something"; return 1; }
  touch kernels/i2s_mul/i8__avx2.c kernels/i2s_mul/i8__neon.c
  make all CC=gcc CXX=g++ WERROR=1 | grep -c '^  CC' | grep -qx 1 || { echo "one touched variant did not rebuild alone"; return 1; }
}

part_format() {
  command -v clang-format >/dev/null || { echo "clang-format is not installed"; return 77; }
  clang-format --version | grep -q 'version 14' || { echo "clang-format 14 formats these sources; found $(clang-format --version)"; return 77; }
  make -s fmt-check
}

# A scratch copy of the tree, without its build.
copy_tree() {
  mkdir -p "$1"
  git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' f; do [ -e "$f" ] && printf '%s\0' "$f"; done | tar --null -T - -cf - | tar -xf - -C "$1"
  git -C "$1" init -q
}
names() { "$1/build/ternlab" list --names | sort; }

part_registry_follows_files() {
  local t=$scratch/tree
  copy_tree "$t"
  make -s -C "$t" -j"$CI_JOBS" all
  names "$t" >"$scratch/all"
  diff <(names "$t") <(cd "$t/build/variants" && ls -- *.o | sed 's/\.o$//' | sort)
  # Deleted: that variant goes, and the baseline that only it had asked for.
  rm "$t/kernels/gemv/i2s__avxvnni.c"
  make -s -C "$t" all
  diff "$scratch/all" <(names "$t") | grep '^[<>]' | diff - <(printf '< %s\n' gemv_i2s__autovec_avxvnni gemv_i2s__avxvnni)
  # Renamed with its descriptor: that name changes.
  sed 's/i2s_mul_i8__avx2_stream/i2s_mul_i8__avx2_past/' "$t/kernels/i2s_mul/i8__avx2_stream.c" >"$t/kernels/i2s_mul/i8__avx2_past.c"
  rm "$t/kernels/i2s_mul/i8__avx2_stream.c"
  names "$t" >"$scratch/before"
  make -s -C "$t" all
  diff "$scratch/before" <(names "$t") | grep '^[<>]' | sort | diff - <(printf '%s\n' '< i2s_mul_i8__avx2_stream' '> i2s_mul_i8__avx2_past')
  # File renamed, descriptor not: a link error that names it.
  mv "$t/kernels/i2s_mul/i8__avx2_past.c" "$t/kernels/i2s_mul/i8__avx2_gone.c"
  make -s -C "$t" all >"$scratch/log" 2>&1 && { echo "a misnamed descriptor linked"; return 1; }
  grep -q 'undefined reference to .i2s_mul_i8__avx2_gone' "$scratch/log"
  mv "$t/kernels/i2s_mul/i8__avx2_gone.c" "$t/kernels/i2s_mul/i8__avx2_past.c"
  # No ISA row, no double underscore: make says which file.
  for bad in i8__avx9 i8_avx2; do
    cp "$t/kernels/i2s_mul/i8__avx2.c" "$t/kernels/i2s_mul/$bad.c"
    if [ $bad = i8__avx9 ]; then
      make -s -C "$t" all >"$scratch/log" 2>&1 && { echo "$bad was accepted"; return 1; }
      grep -q "i2s_mul/$bad.c" "$scratch/log"
    else
      make -s -C "$t" all >"$scratch/log" 2>&1 && { echo "$bad was accepted"; return 1; }
      grep -q "$bad.c" "$scratch/log"
    fi
    rm "$t/kernels/i2s_mul/$bad.c"
  done
  make -s -C "$t" all
}

# The commands of kernels/README.md, run as they stand there.
part_add_a_kernel() {
  local t=$scratch/tree
  grep -q avx2 /proc/cpuinfo || [ "$(uname -m)" != x86_64 ] || { echo "this CPU has no AVX2"; return 77; }
  copy_tree "$t"
  sed -n '/^```sh add-a-kernel$/,/^```$/p' kernels/README.md | sed '1d;$d' >"$scratch/steps"
  [ -s "$scratch/steps" ]
  cd "$t"
  bash -eux "$scratch/steps" >"$scratch/log" 2>&1 || { cat "$scratch/log"; return 1; }
  grep -q 'ternary_mul_i8__avx2_mine .* passed' "$scratch/log" || { cat "$scratch/log"; return 1; }
  grep -Eq 'hot +run +ternary_mul_i8__avx2_mine +[0-9]' "$scratch/log" || { cat "$scratch/log"; return 1; }
}

part_symbols() {
  nm -g --defined-only build/libternlab.a | awk 'NF==3 {print $3}' | sort -u >"$scratch/defined"
  { tl list --names; grep '^tk_' "$scratch/defined"; } | sort -u | comm -13 - "$scratch/defined" >"$scratch/stray"
  [ ! -s "$scratch/stray" ] || { cat "$scratch/stray"; return 1; }
}

part_instructions() {
  [ "$(uname -m)" = x86_64 ] || { echo "x86-64 objects only"; return 77; }
  local f
  for f in build/variants/*__avx2*.o build/variants/*__avxvnni*.o build/variants/*autovec_avx2.o build/variants/*__generic.o; do
    objdump -d "$f" | grep -q '%zmm\|{%k' && { echo "$f uses AVX-512"; return 1; }
  done
  for f in build/variants/*__generic.o build/kernels/*.o build/harness/*.o; do
    case $f in */cpu.o | */parity.o) continue ;; esac # these hold their AVX instructions behind a check
    objdump -d "$f" | grep -q '%ymm' && { echo "$f uses AVX"; return 1; }
  done
  for f in build/variants/*__avx2.o; do
    objdump -d "$f" | grep -q '%ymm' || { echo "$f does not use AVX2"; return 1; }
  done
  count() { objdump -d "build/harness/probes/$1.o" | grep -c "$2"; }
  [ "$(count int8__avx512vnni 'vpdpbusd.*zmm')" -ge 12 ]
  [ "$(count int8__avxvnni 'vpdpbusd.*ymm')" -ge 12 ]
  [ "$(count f32__avx512 'vmulps.*zmm')" -ge 12 ]
  [ "$(count int8__avx2 'vpmaddubsw.*ymm')" -ge 6 ]
  [ "$(count read__avx512 'vmovdqa64.*zmm')" -ge 4 ]
}

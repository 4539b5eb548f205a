# The build: both compilers, incremental, registry from file names, one file = one variant.

tl() { "$TERNLAB_ROOT/build/ternlab" "$@"; }
quiet_make() { make -s -j"$CI_JOBS" "$@" >"$scratch/make.log" 2>&1 || { cat "$scratch/make.log"; return 1; }; }

# shared_make FOLDER...: a build folder of several parts. Parts of the lane "build" fill them; a part that needs one says
# so all the same, for when it is named alone, and waits if another is at it.
shared_make() {
  mkdir -p "$1"
  flock "$1" make -s -j"$CI_JOBS" all B="$@" >"$scratch/make.log" 2>&1 || { cat "$scratch/make.log"; return 1; }
}
need_clang() { command -v clang >/dev/null || { echo "clang is not installed"; return 77; }; }
need_arm() { command -v qemu-aarch64 >/dev/null && command -v aarch64-linux-gnu-gcc >/dev/null || { echo "no AArch64 cross compiler or qemu-aarch64 here"; return 77; }; }
make_clang() { shared_make build/clang CC=clang; }
make_arm() { shared_make build/aarch64 CROSS=1 CC=aarch64-linux-gnu-gcc; }
# -O2: in half the time of -O3. Not -O1: gcc then leaves out the instruction that clears the upper halves of vectors.
# Without the vectoriser's builds: their sources are the generic ones, which are there. -fira-region=one: the allocator of
# registers takes a minute for one look-up kernel otherwise.
make_asan() { shared_make build/asan CC=gcc CXX=g++ AUTOVEC= SAN="-O2 -fira-region=one -fsanitize=address,undefined -fno-sanitize-recover=undefined" WERROR=; }

# lane: build
part_build_gcc() { quiet_make all CC=gcc CXX=g++; }

# lane: build
part_build_clang() {
  need_clang || return
  make_clang
}
# lane: build
part_build_arm() {
  need_arm || return
  make_arm
}
# lane: build
part_build_sanitizers() { make_asan; }

part_clang_parity() {
  need_clang || return
  make_clang
  build/clang/ternlab parity --quiet --count 300
  build/clang/ternlab parity --selftest --quiet
}

part_build_is_incremental() {
  local t=$scratch/tree
  copy_built_tree "$t"
  all() { make --no-print-directory -C "$t" all; }
  all >/dev/null
  [ -z "$(all)" ] || { echo "a second make did something"; return 1; }
  touch "$t/kernels/i2s_mul/i8__avx2.c" "$t/kernels/i2s_mul/i8__neon.c"
  all | grep -c '^  CC' | grep -qx 1 || { echo "one touched variant did not rebuild alone"; return 1; }
  # Other flags or another compiler: built again; the same ones: not.
  local o=$scratch/b/kernels/pool.o
  one() { make CC=gcc B="$scratch/b" "$o" "$@" | grep -c '^  CC' || true; }
  [ "$(one),$(one),$(one SAN=-fno-omit-frame-pointer),$(one SAN=-fno-omit-frame-pointer),$(one),$(one)" = 1,0,1,0,1,0 ] || { echo "changed flags did not rebuild, or unchanged ones did"; return 1; }
}

part_format() {
  command -v clang-format >/dev/null || { echo "clang-format is not installed"; return 77; }
  clang-format --version | grep -q 'version 14' || { echo "clang-format 14 formats these sources; found $(clang-format --version)"; return 77; }
  make -s fmt-check
}

# A scratch copy of the tree, without its build and without what is too big to be source.
copy_tree() {
  mkdir -p "$1"
  find . \( -path ./build -o -path ./reports/out -o -path ./.git \) -prune -o -type f -size -4096k -print0 | tar --null -T - -cf - | tar -xf - -C "$1"
}
# The same with its build by gcc: make goes on from there.
copy_built_tree() {
  copy_tree "$1"
  mkdir "$1/build"
  (cd build && cp -a flags sources.list version.h ./*.inc ./*.a ternlab harness kernels models reference variants "$1/build/")
}
names() { "$1/build/ternlab" list --names | sort; }

part_registry_follows_files() {
  local t=$scratch/tree
  copy_built_tree "$t"
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
  # Any other source that is deleted is in no archive, and not in the program, after the next make.
  has_name() { nm "$1" | grep -q "T $2\$"; }
  for bad in kernels models harness; do echo "void left_in_$bad(void); void left_in_$bad(void) {}" >"$t/$bad/left.c"; done
  make -s -C "$t" all
  has_name "$t/build/libternlab.a" left_in_kernels
  has_name "$t/build/libternmodels.a" left_in_models
  has_name "$t/build/ternlab" left_in_harness
  rm "$t"/{kernels,models,harness}/left.c
  make -s -C "$t" all
  for bad in libternlab.a libternmodels.a ternlab; do
    if nm "$t/build/$bad" | grep left_in_; then echo "$bad: a deleted source is in it"; return 1; fi
  done
}

# The commands of kernels/README.md, run as they stand there.
part_add_a_kernel() {
  local t=$scratch/tree
  grep -q avx2 /proc/cpuinfo || [ "$(uname -m)" != x86_64 ] || { echo "this CPU has no AVX2"; return 77; }
  copy_built_tree "$t"
  sed -n '/^```sh add-a-kernel$/,/^```$/p' kernels/README.md | sed '1d;$d' >"$scratch/steps"
  [ -s "$scratch/steps" ]
  cd "$t"
  bash -eux "$scratch/steps" >"$scratch/log" 2>&1 || { cat "$scratch/log"; return 1; }
  grep -Eq '^ternary_mul_i8__avx2_mine +ternary_mul +i8 +avx2 +bit-exact' "$scratch/log" || { cat "$scratch/log"; return 1; }
  grep -q 'ternary_mul_i8__avx2_mine .* passed' "$scratch/log" || { cat "$scratch/log"; return 1; }
  grep -Eq 'hot +run +ternary_mul_i8__avx2_mine +[0-9]' "$scratch/log" || { cat "$scratch/log"; return 1; }
}

part_symbols() {
  nm -g --defined-only build/libternlab.a | awk 'NF==3 {print $3}' | sort -u >"$scratch/defined"
  grep -q '^tk_dispatch$' "$scratch/defined"
  { tl list --names; grep '^tk_' "$scratch/defined"; } | sort -u | comm -13 - "$scratch/defined" >"$scratch/stray"
  [ ! -s "$scratch/stray" ] || { cat "$scratch/stray"; return 1; }
  # The library needs libc, libm and libpthread: nothing of C++, of the harness, of stdio. One object reads and writes a
  # file, the choice table.
  nm -A -g --undefined-only build/libternlab.a | grep -v ':choice_table\.o:' | awk '{print $NF}' | sort -u >"$scratch/wanted"
  grep -qx pthread_create "$scratch/wanted"
  ! grep -E '^(_Z|tl_|csv_|printf|fprintf|fopen|puts$)' "$scratch/wanted" || { echo "the library reaches above itself"; return 1; }
}

# has OBJECT REGEX / hasnt OBJECT REGEX: is there such an instruction?
has() { objdump -d --no-show-raw-insn "$1" | grep -Eq "$2" || { echo "$1: \"$2\" expected, found none"; return 1; }; }
hasnt() { objdump -d --no-show-raw-insn "$1" >"$scratch/dis" && ! grep -Em 3 "$2" "$scratch/dis" || { echo "$1: \"$2\" is not allowed there"; return 1; }; }
evex='%zmm|\{%k|%[xy]mm(1[6-9]|2[0-9]|3[01])'

part_instructions() {
  [ "$(uname -m)" = x86_64 ] || { echo "x86-64 objects only"; return 77; }
  local f op probe
  # An object holds no more than its name says: what it was built for is checked before it is called, nothing else is.
  for f in build/variants/*__avx2.o build/variants/*__avx2_*.o build/variants/*__avxvnni.o build/variants/*__autovec_avx2.o build/variants/*__autovec_avxvnni.o; do
    hasnt "$f" "$evex"
    case $f in *__autovec_*) has "$f" '%[xy]mm' ;; *) has "$f" '%ymm' ;; esac # how wide is the vectoriser's choice
  done
  for f in build/variants/*__avx2.o build/variants/*__avx512.o; do hasnt "$f" 'vpdp(busd|wssd)'; done
  for f in build/variants/*__avx512.o build/variants/*__avx512_*.o; do has "$f" '%zmm'; done
  # GCC drops calls of a function that only prefetches, if it is inlined late.
  for f in build/variants/*__avx512*_l1.o; do has "$f" 'prefetcht0'; done
  for f in build/variants/*__avx512*_staged.o; do has "$f" 'prefetcht0'; has "$f" 'prefetcht1'; done
  for f in build/variants/gemv_*__avx*.o; do has "$f" 'prefetch'; done
  for f in build/variants/gemv_i2s__avx512vnni{,_rows}.o build/variants/attention_f16_f32__avx*.o; do has "$f" 'prefetcht1'; done
  for f in build/variants/gemv_b3__avx512vbmi.o build/variants/attention_i8_f32__avx*.o; do has "$f" 'prefetcht0'; done
  for f in build/variants/*__generic.o build/kernels/*.o build/kernels/*/*.o build/harness/*.o build/harness/ops/*.o; do
    case $f in */kernels/cpu.o | */harness/parity.o | */harness/parity_worker.o) continue ;; esac # theirs stand behind a check
    hasnt "$f" '%[yz]mm'
  done
  # The first baseline is scalar, the second is what the vectoriser made of it.
  for op in ternary_mul i2s_mul; do
    hasnt build/variants/${op}_i8__generic.o 'mulps'
    has build/variants/${op}_i8__autovec_avx2.o 'vmulps.*%ymm'
    has build/variants/${op}_i8__autovec_avx512.o 'vmulps.*%zmm'
  done
  # Compute roofs: at least so many of the instruction, none of them from memory. Read roofs: loads.
  while read -r probe what least; do
    f=build/harness/probes/$probe.o
    [ "$(objdump -d --no-show-raw-insn "$f" | grep -Ec "$what")" -ge "$least" ] || { echo "$f: $least times \"$what\" expected, found fewer"; return 1; }
    case $probe in read*) ;; *) hasnt "$f" "${what%%.\**}.*\(%" ;; esac
  done <<'PROBES'
int8__avx2 vpmaddubsw.*%ymm 6
int8__avxvnni vpdpbusd.*%ymm 12
int8__avx512vnni vpdpbusd.*%zmm 12
f32__avx2 vmulps.*%ymm 12
f32__avx512 vmulps.*%zmm 12
read__avx2 vmovdqa.*\(%.*%ymm 8
read__avx512 vmovdqa64.*\(%.*%zmm 8
PROBES
}

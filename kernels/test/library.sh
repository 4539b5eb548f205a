# The library alone: small C programs against libternlab.a, built without C++, Python or the harness.

compile() { gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wno-missing-field-initializers -Werror -pthread -ffp-contract=off -I. -Ikernels -o "$scratch/$1" "kernels/test/$1.c" "${@:2}" build/libternlab.a -lm -lpthread; }

part_library() {
  compile library
  "$scratch/library"
}

part_longest_rows() {
  compile longest
  "$scratch/longest"
  need_arm >/dev/null || return 0
  make_arm
  aarch64-linux-gnu-gcc -static -std=c11 -D_GNU_SOURCE -O2 -pthread -Ikernels -o "$scratch/longest_arm" kernels/test/longest.c build/aarch64/libternlab.a -lm -lpthread
  qemu-aarch64 -cpu max "$scratch/longest_arm" not-generic
}

part_isa_probe() {
  # cpu.c is included whole: its probe function is private.
  gcc -std=c11 -D_GNU_SOURCE -O2 -pthread -I. -Ikernels -o "$scratch/isa_probe" kernels/test/isa_probe.c
  "$scratch/isa_probe"
}

# lane: alone
part_generic_is_honest() {
  compile generic_honest
  "$scratch/generic_honest" >"$scratch/out" || "$scratch/generic_honest" >"$scratch/out" || { cat "$scratch/out"; return 1; }
  cat "$scratch/out"
}

part_choice_table() {
  compile choice
  "$scratch/choice" "$scratch/choice.tsv"
}

# A forced variant really runs: gemv alone, built so that every kernel function reports its entry (without -Werror: gcc
# takes arrays of instrumented functions for uninitialised).
part_forced_variant_runs() {
  make -s WERROR= -j"$CI_JOBS" lib B="$scratch/traced" SAN=-finstrument-functions variant_src="$(echo kernels/gemv/*__*.c)" \
    library_src="$(find kernels -name '*.c' ! -name '*__*' ! -path '*/test/*' | tr '\n' ' ')"
  gcc -std=c11 -D_GNU_SOURCE -O2 -pthread -Ikernels -o "$scratch/forced" kernels/test/forced.c "$scratch/traced/libternlab.a" -lm -lpthread
  "$scratch/forced"
}

# Dispatch on what other CPUs announce. The ARM files are played under QEMU where the cross build is at hand.
part_recorded_cpus() {
  local f flags="-std=c11 -D_GNU_SOURCE -O2 -pthread -I. -Ikernels" n=0
  gcc $flags -o "$scratch/cpus" kernels/test/cpus.c build/libternlab.a -lm -lpthread
  for f in kernels/test/cpus/*.txt; do
    case $f in */aarch64-*) continue ;; esac
    "$scratch/cpus" "$f"
    n=$((n + 1))
  done
  if need_arm >/dev/null; then
    make_arm
    aarch64-linux-gnu-gcc -static $flags -o "$scratch/cpus_arm" kernels/test/cpus.c build/aarch64/libternlab.a -lm -lpthread
    for f in kernels/test/cpus/aarch64-*.txt; do
      qemu-aarch64 "$scratch/cpus_arm" "$f"
      n=$((n + 1))
    done
  fi
  echo "note: $n recorded CPUs"
}

part_f32() {
  compile f32
  "$scratch/f32"
}

part_dequant() {
  local seed=${SEED:-$RANDOM} python
  compile dequant
  "$scratch/dequant" || { echo "something was not refused"; return 1; }
  python=$(ci/python)
  "$python" reference/test/dequant.py "$scratch/dequant" "$seed" || { echo "replay: SEED=$seed ci/test dequant"; return 1; }
}

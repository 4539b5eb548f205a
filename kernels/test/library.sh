# The library alone: small C programs against libternlab.a, built without C++, Python or the harness.

compile() { gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wno-missing-field-initializers -Werror -pthread -ffp-contract=off -I. -Ikernels -o "$scratch/$1" "kernels/test/$1.c" "${@:2}" build/libternlab.a -lm -lpthread; }

part_library() {
  compile library
  "$scratch/library"
}

part_isa_probe() {
  # cpu.c is included whole: its probe function is private.
  gcc -std=c11 -D_GNU_SOURCE -O2 -pthread -I. -Ikernels -o "$scratch/isa_probe" kernels/test/isa_probe.c
  "$scratch/isa_probe"
}

part_generic_is_honest() {
  compile generic_honest
  "$scratch/generic_honest" >"$scratch/out" || "$scratch/generic_honest" >"$scratch/out" || { cat "$scratch/out"; return 1; }
  cat "$scratch/out"
}

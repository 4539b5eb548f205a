# VPDPBUSD and VPDPWSSD have two encodings: VEX (AVX-VNNI) and EVEX (AVX-512 VNNI). On a CPU that has the second only, the AVX-VNNI
# variants are compiled as ever and assembled with the second, so that their loops are executed all the same. Parity of
# the program itself still calls them skipped.

part_avxvnni_by_evex() {
  grep -qw avx_vnni /proc/cpuinfo && { echo "this CPU executes AVX-VNNI itself"; return 77; }
  grep -qw avx512_vnni /proc/cpuinfo || { echo "neither AVX-VNNI nor AVX-512 VNNI here"; return 77; }
  local line name link objects=() evex='s/{vex} vpdp/{evex} vpdp/'
  # What make would run. -S instead of -c gives the assembly.
  make -n -B V=1 DEPS=0 build/ternlab | grep -e '__avxvnni\.o$' -e '-o build/ternlab ' >"$scratch/commands"
  while read -r line; do
    case $line in *'-o build/ternlab '*) link=$line; continue ;; esac
    name=${line##*/} name=${name%.o}
    eval "$(sed "s# -MMD -MP -c # -S #; s# -o [^ ]*# -o $scratch/$name.s#" <<<"$line")"
    sed -i "$evex" "$scratch/$name.s"
    gcc -c -o "$scratch/$name.o" "$scratch/$name.s"
    objects+=("$scratch/$name.o")
  done <"$scratch/commands"
  gcc -std=c11 -D_GNU_SOURCE -O2 -pthread -I. -Ikernels -Ibuild -S -o "$scratch/cpu.s" kernels/test/evex_cpu.c
  sed -i "$evex" "$scratch/cpu.s"
  gcc -c -o "$scratch/cpu.o" "$scratch/cpu.s"
  cp build/libternlab.a "$scratch/libternlab.a"
  ar r "$scratch/libternlab.a" "${objects[@]}" "$scratch/cpu.o"
  eval "$(sed "s# -o build/ternlab # -o $scratch/ternlab #; s# build/libternlab.a# $scratch/libternlab.a#" <<<"$link")"
  "$scratch/ternlab" parity --cases reference/cases --isa avxvnni --kernel '*__avxvnni' >"$scratch/out" || { cat "$scratch/out"; return 1; }
  grep -q ' 0 failed, 0 skipped' "$scratch/out" || { cat "$scratch/out"; return 1; }
  echo "note: $(grep -c '__avxvnni.*passed' "$scratch/out") variants in the other encoding"
}

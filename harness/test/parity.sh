# Right or wrong: committed and fresh NumPy cases, wrong kernels, masks, old CPUs, ARM, sanitizers.

part_parity() {
  tl parity --junit "$scratch/junit.xml" --csv "$scratch/parity.csv" >"$scratch/out" || { cat "$scratch/out"; return 1; }
  echo "note: $(tail -n 1 "$scratch/out")"
  # Every variant that ran saw at least 1,000 cases.
  awk -F, 'NR>1 && $6=="passed" && $1 ~ /__/ && $4<1000 {print "only " $4 " cases: " $1; bad=1} END {exit bad}' "$scratch/parity.csv"
  /usr/bin/env python3 -c 'import sys, xml.dom.minidom as x; d = x.parse(sys.argv[1]); assert len(d.getElementsByTagName("testcase")) > 10' "$scratch/junit.xml"
}

part_selftest() {
  tl parity --selftest >"$scratch/out" || { cat "$scratch/out"; return 1; }
  echo "note: $(tail -n 1 "$scratch/out")"
  [ "$(grep -c ' caught ' "$scratch/out")" -ge 27 ]
}

part_isa_masks() {
  local isa
  for isa in $(tl list --isas --csv - | awk -F, 'NR>1 && $4=="runs here" {print $1}'); do
    tl parity --isa "$isa" --count 200 --csv "$scratch/$isa.csv" --quiet
    awk -F, -v isa="$isa" 'NR>1 && $6=="passed" && $3!="-" && $3!="generic" && $3!=isa {print $1 " ran"; bad=1} END {exit bad}' "$scratch/$isa.csv"
    [ "$(TERNLAB_ISA=$isa tl which gemv 64x256 | awk '$1==">" {print $3}')" = "$isa" ] || [ "$(TERNLAB_ISA=$isa tl which gemv 64x256 | awk '$1==">" {print $3}')" = generic ]
  done
}

part_old_cpu() {
  [ "$(uname -m)" = x86_64 ] || { echo "x86-64 only"; return 77; }
  command -v qemu-x86_64 >/dev/null || { echo "no qemu-x86_64 here"; return 77; }
  qemu-x86_64 -cpu qemu64 build/ternlab list >"$scratch/list"
  qemu-x86_64 -cpu qemu64 build/ternlab parity --count 20 --csv "$scratch/old.csv" --quiet
  awk -F, 'NR>1 && $3!="-" && $3!="generic" && $6!="skipped (not executed)" {print $1 ": " $6; bad=1} END {exit bad}' "$scratch/old.csv"
  # A newer emulated CPU executes AVX2, and nothing that it does not have.
  qemu-x86_64 -cpu max build/ternlab parity --isa avx2 --count 40 --quiet
}

part_arm() {
  command -v qemu-aarch64 >/dev/null && command -v aarch64-linux-gnu-gcc >/dev/null || { echo "no AArch64 cross compiler or qemu-aarch64 here"; return 77; }
  local b=build/aarch64 cpu want
  quiet_make all CROSS=1 CC=aarch64-linux-gnu-gcc B=$b WERROR=1
  while read -r cpu want; do
    qemu-aarch64 -cpu "$cpu" $b/ternlab parity --count 200 --quiet --json "$scratch/$cpu.json"
    for isa in neon dotprod i8mm; do
      case " $want " in *" $isa "*) expect=passed ;; *) expect='skipped (not executed)' ;; esac
      grep "\"isa\": \"$isa\"" "$scratch/$cpu.json" | grep -v "\"verdict\": \"$expect\"" && { echo "$cpu: $isa was not $expect"; return 1; }
    done
  done <<'CPUS'
max neon dotprod i8mm
neoverse-n1 neon dotprod
cortex-a53 neon
CPUS
  grep -q '"isa": "dotprod"' "$scratch/max.json"
  qemu-aarch64 -cpu max $b/ternlab parity --selftest --quiet
  # Nothing that times exists in this program.
  qemu-aarch64 -cpu max $b/ternlab bench 2>"$scratch/err" && return 1
  grep -q 'a subcommand was expected' "$scratch/err"
}

part_sanitizers() {
  quiet_make all SAN="-fsanitize=address,undefined -fno-sanitize-recover=undefined" B=build/asan
  UBSAN_OPTIONS=print_stacktrace=1 build/asan/ternlab parity --count 300 --quiet
  build/asan/ternlab list >/dev/null
  build/asan/ternlab which gemv 2560x2560 >/dev/null
  build/asan/ternlab bench --op ternary_mul --sizes 1K --quick --csv "$scratch/b.csv" --quiet
}

# Right or wrong: committed and fresh NumPy cases, wrong kernels, masks, old CPUs, ARM, sanitizers.

# lane: long
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
  # Held against scratch that an earlier preparation filled, it would be right.
  grep -q '^prepares_first_part  *split  *split ' "$scratch/out"
  # Every float op that has wrong kernels has a right one of the same body beside them.
  [ "$(grep -c '_right.* passed ' "$scratch/out")" -eq 6 ]
}

# verdicts FILE ISA WANT [LEAST]: every variant of that ISA row in a parity CSV has this verdict, and there are some.
verdicts() {
  awk -F, -v isa="$2" -v want="$3" -v least="${4:-1}" '$3==isa {n++; if ($6!=want) {print $1 ": " want " expected, found " $6; bad=1}}
    END {if (n<least) {print isa ": " least " variants expected, found " n+0; bad=1} exit bad}' "$1"
}
rows_here() { tl list --isas --csv - | awk -F, '$4=="runs here" {print $1}'; }

part_isa_masks() {
  local isa other want got
  rows_here >"$scratch/here"
  grep -qx generic "$scratch/here"
  for isa in $(cat "$scratch/here"); do
    tl parity --isa "$isa" --count 200 --strict --csv "$scratch/m.csv" --quiet
    for other in $(cat "$scratch/here"); do
      [ "$other" = "$isa" ] || [ "$other" = generic ] && want=passed || want='skipped (not executed)'
      verdicts "$scratch/m.csv" "$other" "$want"
    done
    # Dispatch takes the hand-written variant of the row if there is one, else the plain one; never another.
    tl list --names | grep -Eq "^gemv_i2s__$isa(_|$)" && want=$isa || want=generic
    got=$(TERNLAB_ISA=$isa tl which gemv 64x256 | awk '$1==">" {print $3}')
    [ "$got" = "$want" ] || { echo "--isa $isa: dispatch to $want expected, found \"$got\""; return 1; }
  done
}

# Nothing executed is said; with --strict it fails, for each glob.
part_parity_strict() {
  local t=$TERNLAB_ROOT/build/ternlab name
  name=$(tl list --names | grep -v '__generic\|__autovec' | head -n 1)
  $t parity --isa generic --kernel "$name" --count 1 >"$scratch/out"
  grep -q '^no variant was executed' "$scratch/out"
  expect 1 "\"$name\"" $t parity --isa generic --kernel "$name" --count 1 --strict
  expect 1 "\"$name\"" $t parity --isa generic --kernel "gemv_i2s__*,$name" --count 1 --strict
  $t parity --isa generic --kernel 'gemv_i2s__*' --count 1 --strict >"$scratch/out"
  if grep '^no variant' "$scratch/out"; then return 1; fi
  tail -n 1 "$scratch/out" | grep -q ' 0 failed, [1-9][0-9]* skipped'
}

part_old_cpu() {
  [ "$(uname -m)" = x86_64 ] || { echo "x86-64 only"; return 77; }
  command -v qemu-x86_64 >/dev/null || { echo "no qemu-x86_64 here"; return 77; }
  local isa
  old() { qemu-x86_64 -cpu qemu64 build/ternlab "$@"; }
  old list >"$scratch/list"
  old which gemv 64x256 --format i2s | grep -q '^> *gemv_i2s__generic '
  old parity --count 20 --csv "$scratch/old.csv" --quiet
  verdicts "$scratch/old.csv" generic passed 5
  for isa in avx2 avxvnni avx512 avx512vnni; do verdicts "$scratch/old.csv" $isa 'skipped (not executed)'; done
  expect 2 'ISA "avx2" was expected to run here' old parity --strict --isa avx2
  # A newer emulated CPU executes AVX2, and nothing that it does not have.
  qemu-x86_64 -cpu max build/ternlab list --isas --csv - | grep -q '^avx2,.*,yes,runs here' || { echo "note: this qemu has no AVX2"; return 0; }
  qemu-x86_64 -cpu max build/ternlab parity --count 40 --csv "$scratch/max.csv" --quiet
  verdicts "$scratch/max.csv" avx2 passed 5
}

# arm CPU ISA...: emulates that CPU; exactly these rows are found by their probes, executed and pass, the others are skipped.
# With $arm_isa only that one and generic are executed: a CPU with more has executed the rest.
arm() {
  local cpu=$1 have=" ${*:2} "
  qemu-aarch64 -cpu "$cpu" build/aarch64/ternlab list --isas --json "$scratch/isas.json"
  qemu-aarch64 -cpu "$cpu" build/aarch64/ternlab parity ${arm_isa:+--isa $arm_isa} --count "${arm_count:-200}" --quiet --json "$scratch/$cpu.json" >"$scratch/out" || { cat "$scratch/out"; return 1; }
  tail -n 1 "$scratch/out"
  python3 - "$cpu" "$scratch" "$have" "${arm_isa:+generic $arm_isa}" <<'PY'
import json, os, sys
cpu, scratch, have = sys.argv[1], sys.argv[2], sys.argv[3].split()
executed = sys.argv[4].split() or have
isas = json.load(open(f"{scratch}/isas.json"))
found = sorted(r["isa"] for r in isas if r["here"] == "runs here")
assert found == sorted(have), f"{cpu}: rows {have} expected, found {found}"
rows = json.load(open(f"{scratch}/{cpu}.json"))
variants = {r["kernel"] for r in rows if "__" in r["kernel"]}
assert any(r["kernel"].startswith("oracle ") for r in rows) and any(r["op"] == "layout" for r in rows), cpu
for r in rows: # of oracles and layouts, too, which are of no row
    want = "passed" if r["isa"] in [*executed, "-"] else "skipped (not executed)"
    assert r["verdict"] == want, f'{cpu}: {r["kernel"]}: {want} expected, found {r["verdict"]}'
    assert want != "passed" or r["isa"] == "-" or int(r["cases"]) >= 200, f'{cpu}: {r["kernel"]}: only {r["cases"]} cases'
built = {os.path.basename(f)[:-2] for f in os.listdir("build/aarch64/variants") if f.endswith(".o")}
assert variants == built and any(r["isa"] == "neon" for r in rows) and any(r["isa"] == "dotprod" for r in rows)
PY
}

# lane: long
part_arm_max() {
  need_arm || return
  make_arm
  arm max generic neon dotprod i8mm
}
# lane: long
part_arm_neoverse_n1() {
  need_arm || return
  make_arm
  arm_isa=dotprod arm neoverse-n1 generic neon dotprod
}
# lane: long
part_arm_cortex_a53() {
  need_arm || return
  make_arm
  arm cortex-a53 generic neon
}

part_arm_program() {
  need_arm || return
  make_arm
  qemu-aarch64 -cpu max build/aarch64/ternlab parity --selftest --quiet
  # A whole model there and here: the same bits.
  tl model synth --preset tiny -o "$scratch/m.gguf"
  tl logits --model "$scratch/m.gguf" --tokens 256,1,2,3,4,5,6,7 -o "$scratch/here.npy"
  qemu-aarch64 -cpu max build/aarch64/ternlab logits --model "$scratch/m.gguf" --tokens 256,1,2,3,4,5,6,7 -o "$scratch/there.npy"
  cmp "$scratch/here.npy" "$scratch/there.npy"
  [ "$(tl generate --model "$scratch/m.gguf" --tokens 256,1,2 --max-tokens 8)" = "$(qemu-aarch64 -cpu neoverse-n1 build/aarch64/ternlab generate --model "$scratch/m.gguf" --tokens 256,1,2 --max-tokens 8)" ]
  # Nothing that times exists in this program.
  for c in bench machine; do expect 2 'a subcommand was expected' qemu-aarch64 -cpu max build/aarch64/ternlab $c; done
}

# lane: long
part_sanitizers() {
  make_asan
  nm build/asan/ternlab | grep -q __asan_report # it is what it says
  export UBSAN_OPTIONS=print_stacktrace=1
  build/asan/ternlab parity --count 300 --quiet
  build/asan/ternlab list >/dev/null
  build/asan/ternlab which gemv 2560x2560 >/dev/null
  build/asan/ternlab bench --op ternary_mul --sizes 1K --quick --csv "$scratch/b.csv" --quiet
}

# More of the same, for `make test-long`.
long_parity_deep() { tl parity --count 30000 --quiet; }
long_arm_deep() {
  local arm_count=2000 cpu
  need_arm || return
  make_arm
  for cpu in cortex-a35 cortex-a57 cortex-a72 a64fx; do arm $cpu generic neon; done
  arm cortex-a76 generic neon dotprod
}
long_numpy_deep() {
  local seed
  need_clang || return
  make_clang
  for seed in $(seq 100 119); do
    reference/run.sh $seed "$scratch/cases" >/dev/null
    tl parity --cases "$scratch/cases" --count 0 --quiet
    build/clang/ternlab parity --cases "$scratch/cases" --count 0 --quiet
  done
}
# lane: alone
long_make_report() {
  REPORT_OUT=$scratch/out ci/report >"$scratch/log" || { cat "$scratch/log"; return 1; }
  [ -s "$scratch/out/report.html" ]
  [ -s "$scratch/out/report.md" ]
  echo "note: $(tail -n 1 "$scratch/log")"
}

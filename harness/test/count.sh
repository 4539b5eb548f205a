# Instruction counts: exact, so they are held against themselves, against each other and against another counter.

need_valgrind() { command -v valgrind >/dev/null && [ "$(uname -m)" = x86_64 ] || { echo "no valgrind, or not x86-64"; return 77; }; }
# counts ARGUMENT...: "KERNEL M INSTRUCTIONS" of each case that was counted.
counts() {
  tl count "$@" --csv "$scratch/c.csv" --quiet >"$scratch/out"
  python3 -c 'import csv, sys
for r in csv.DictReader(open(sys.argv[1], newline="")):
    assert r["schema"] == "1" and bool(r["instructions"]) != bool(r["note"]), r
    if r["instructions"]: print(r["kernel"], r["m"], r["instructions"])' "$scratch/c.csv"
}

part_count() {
  need_valgrind || return
  local kernels='@(gemv_i2s|gemv_b3|gemm_b2x|rms_norm_f32|softmax_f32|quant_a8_f32|head_q6_k_f32)__@(generic|avx2|autovec_avx2)'
  counts --kernel "$kernels" --shape 64x2560x2 >"$scratch/64"
  [ "$(wc -l <"$scratch/64")" -ge 19 ]
  # The same every time, whatever else runs and wherever the memory lies.
  TERNLAB_FILLER=$(printf 'x%.0s' {1..5000}) counts --kernel "$kernels" --shape 64x2560x2 | cmp - "$scratch/64"
  # Rows are alike: 64 more cost as much again, but for the ends of blocks; and next to nothing is not of rows.
  counts --kernel "$kernels" --op gemv,gemm,head_q6_k --shape 128x2560x2 >"$scratch/128"
  counts --kernel "$kernels" --op gemv,gemm,head_q6_k --shape 192x2560x2 >"$scratch/192"
  cat "$scratch/64" "$scratch/128" "$scratch/192" | awk '{n[$1, $2] = $3; if ($2 == 192) all[$1]}
    END {for (k in all) {a = n[k, 64]; b = n[k, 128]; c = n[k, 192]; count++
      if (!((c - b) / (b - a) > 0.99 && (c - b) / (b - a) < 1.01 && (b - a) / a > 0.95 && (b - a) / a < 1.01)) {print k, a, b, c ": equal steps expected"; bad = 1}}
      exit bad || count < 9}'
  # What callgrind attributes to the function itself, but for the one instruction of an empty call.
  counts --kernel relu2_mul_f32__avx2 --shape 1x256x4 >"$scratch/one"
  valgrind --tool=callgrind -q --callgrind-out-file="$scratch/whole" build/ternlab count --here relu2_mul_f32__avx2:1x256x4x0 >/dev/null
  [ "$(callgrind_annotate --threshold=100 --tree=calling "$scratch/whole" 2>/dev/null | sed -n 's/,//g; s/^ *\([0-9]*\) .*:relu2_mul_run (1x).*/\1/p' | sort -u)" -eq $(($(cut -d' ' -f3 "$scratch/one") + 1)) ]
  # Another counter, another emulator of the same instructions: the same numbers.
  if command -v qemu-x86_64 >/dev/null && qemu-x86_64 -cpu max build/ternlab list --isas | grep -q '^avx2 .* runs here'; then
    counts --counter qemu --kernel "$kernels" --shape 64x2560x2 | cmp - "$scratch/64"
    grep -q ' cases counted under qemu-x86_64 version ' "$scratch/out"
  else
    echo "note: no qemu-x86_64 with AVX2 to compare with"
  fi
  counts --kernel 'rms_norm_f32__*' --isa avx512,avx2 --shape 1x256x1 >"$scratch/some" # valgrind has no AVX-512
  grep -q '^rms_norm_f32__avx2 ' "$scratch/some"
  if grep -q avx512 "$scratch/some"; then echo "a variant outside the mask was counted"; return 1; fi
  grep -q 'rms_norm_f32__avx512,avx512,1,256,1,0,,,its instructions do not run there' "$scratch/c.csv"
  counts --op rms_norm,gemv >"$scratch/usual" # hand-written variants at the gate's shapes
  counts --kernel 'attention_f16_f32__avx2,gemv_i2s__avx2' --shape 4x128x1x64 >"$scratch/four" # positions as a fourth number
  grep -q '^attention_f16_f32__avx2 4 ' "$scratch/four"
  grep -q '^gemv_i2s__avx2 4 ' "$scratch/four"
  grep -q '^gemv_i2s__avx2 2560 ' "$scratch/usual"
  if grep -Eq 'generic|autovec' "$scratch/usual"; then echo "what was not asked for was counted"; return 1; fi
}

part_count_arm() {
  need_arm || return
  make_arm
  counts --counter qemu --program build/aarch64/ternlab --op gemv,gemm,rms_norm --shape 64x2560x2 >"$scratch/all"
  grep -q "^$(wc -l <"$scratch/all") of $(wc -l <"$scratch/all") cases counted under qemu-aarch64 version " "$scratch/out"
  counts --counter qemu --program build/aarch64/ternlab --op gemv,gemm,rms_norm --shape 64x2560x2 | cmp - "$scratch/all"
  # SDOT does four products a lane, SMLAL one.
  awk '{n[$1] = $3} END {exit !(n["gemv_i2s__dotprod"] > 0 && n["gemv_i2s__dotprod"] < n["gemv_i2s__neon"])}' "$scratch/all"
}

part_count_refusals() {
  local t=$TERNLAB_ROOT/build/ternlab shape
  expect 2 'valgrind was expected (Debian package valgrind), found none' env PATH="$scratch" "$t" count
  [ "$(uname -m)" != x86_64 ] || expect 2 'qemu-x86_64 was expected (Debian package qemu-user), found none' env PATH="$scratch" "$t" count --counter qemu
  expect 2 '"perf"' "$t" count --counter perf
  expect 2 '--program: a program' "$t" count --program no/such
  for shape in 64 64x 0x256x1 64x256x1x 64x256x1x2x3 -1x256x1 1e3x256x1 99999999x256x1; do expect 2 "\"$shape\"" "$t" count --shape "$shape"; done
  expect 2 'NAME:MxKxNxG' "$t" count --here gemv_i2s__generic:64x256
  [ "$("$t" count --here nix__generic:1x1x1x0,gemv_i2s__generic:0x256x1x0,gemv_i2s__generic:64x256x1x0 | cut -c1-30 | tr '\n' ';')" = 'no no such variant;no no such shape;ok;' ]
  printf '#!/bin/sh\nexit 2\n' >"$scratch/other" && chmod +x "$scratch/other"
  expect 2 'x86-64 or AArch64' "$t" count --counter qemu --program "$scratch/other"
  need_valgrind >/dev/null || return 0
  expect 2 'a list of its variants' "$t" count --program "$scratch/other"
  expect 2 'found none' "$t" count --kernel 'no_such*'
}

part_gate_instructions() {
  need_valgrind || return
  local t=$TERNLAB_ROOT/build/ternlab
  tl gate --base-program "$t" --op relu2_mul,rms_norm --instructions 0 --csv "$scratch/a.csv" --junit "$scratch/a.xml" >"$scratch/out"
  grep -q '^no more instructions against a program: 0 MORE, 0 LESS, 2 SAME, .* counted under valgrind' "$scratch/out"
  grep -q 'failures="0"' "$scratch/a.xml"
  python3 - "$scratch/a.csv" <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
for r in rows:
    assert r["new_kernel"] == r["base_kernel"] and r["new_kernel"].endswith("__avx2") and not r["base_us"] and not r["p"] and not r["rounds"], r
    assert r["base_instructions"] == r["new_instructions"] and int(r["new_instructions"]) > 1000 and float(r["ratio"]) == 1 and r["verdict"] == "SAME", r
assert len(rows) == 2
PY
  # A base of before `count`, and cases that valgrind cannot execute: nothing was compared, and that is no success.
  printf '#!/bin/sh\n[ "$1" != count ] || { echo "ternlab: count: no such thing" >&2; exit 2; }\nexec "%s" "$@"\n' "$t" >"$scratch/old"
  chmod +x "$scratch/old"
  expect 2 'found exit status 2: ternlab: count: no such thing' "$t" gate --base-program "$scratch/old" --op relu2_mul --instructions 1
  if "$t" list --isas | grep -q '^avx512 .* runs here'; then
    expect 2 'a case that can be counted' "$t" gate --base-program "$t" --op relu2_mul --instructions 1 --isa avx512,generic
  fi
  expect 2 'neither --self-test nor --plant' "$t" gate --instructions 1 --self-test
  expect 2 'found 5000' "$t" gate --instructions 5000
  expect 2 'found -5' "$t" gate --instructions -5
}

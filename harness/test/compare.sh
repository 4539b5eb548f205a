# compare: its statistics, its answers, and that nothing damaged is compared. No speed is asserted here.

part_compare_stats() {
  gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -pthread -I. -Ikernels -o "$scratch/stats" harness/test/compare_stats.c \
    build/harness/compare_stats.o build/harness/stats.o build/harness/op.o build/harness/ops/*.o build/reference/*.o build/libternlab.a -lm
  "$scratch/stats"
}

part_compare_figures() {
  python=$(ci/python)
  PYTHONDONTWRITEBYTECODE=1 "$python" harness/test/compare.py build/ternlab "$scratch"
}

# What bench and e2e write is what compare reads: compared with itself, nothing changed.
part_compare_own_files() {
  local t=build/ternlab f
  printf 'model,tensor,m,k\nx,y,64,256\nx,z,8,8640\n' >"$scratch/s.csv"
  $t bench --quick --reps 5 --op gemv,ternary_mul --kernel '*_@(i2s|i8)__@(generic|avx2)' --shapes "$scratch/s.csv" --sizes 1K --state hot --time 20 --parity 5 --csv "$scratch/bench.csv" --quiet \
    2>/dev/null || [ $? -eq 1 ]
  $t e2e --threads 1 --prompt 4,8 --gen 4 --rounds 6 --csv "$scratch/e2e.csv" --quiet >/dev/null
  grep -q ',refused,' "$scratch/bench.csv"
  for f in bench e2e; do
    $t compare "$scratch/$f.csv" "$scratch/$f.csv" --csv "$scratch/out.csv" --quiet >"$scratch/out" || { cat "$scratch/out"; return 1; }
    grep -q '^0 SLOW, 0 FAST, ' "$scratch/out"
    grep -q 'time 1.000 of the base' "$scratch/out"
    [ "$(wc -l <"$scratch/out.csv")" -gt 6 ]
    $t compare - "$scratch/$f.csv" --quiet <"$scratch/$f.csv" | grep -q '^base: - '
  done
  expect 2 'of bench, as' $t compare "$scratch/bench.csv" "$scratch/e2e.csv"
}

# Two variants of one file: pairs of a block, and the second's planted time is found; what has no such rows is refused.
part_compare_kernels() {
  local t=$TERNLAB_ROOT/build/ternlab f=$scratch/ab.csv
  printf 'model,tensor,m,k\nx,y,64,256\nx,z,64,512\n' >"$scratch/s.csv"
  $t bench --quick --op gemv --kernel 'gemv_@(i2s|b2x)__generic' --shapes "$scratch/s.csv" --batch 1 --state hot --phase run --time 5 --reps 12 --parity 5 --csv "$scratch/bench.csv" --quiet >/dev/null
  sed 's/"[^"]*"/quoted/g' "$scratch/bench.csv" | awk -F, -v OFS=, 'NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i; print; next}
    {$at["ns"] = 1000 + $at["rep"] % 7 * 50; if ($at["kernel"] ~ /b2x/) $at["ns"] *= $at["k"] == 256 ? 1.2 : 0.8; print}' >"$f"
  $t compare "$f" --kernels gemv_i2s__generic,gemv_b2x__generic --csv "$scratch/out.csv" && return 1 || [ $? -eq 1 ]
  [ "$(grep -c 'gemv_i2s__generic -> gemv_b2x__generic' "$scratch/out.csv")" -eq 2 ]
  grep 'gemv,64,256,' "$scratch/out.csv" | grep -q SLOW
  grep 'gemv,64,512,' "$scratch/out.csv" | grep -q FAST
  # What tells two machines apart as one does not: drift from block to block takes nothing away.
  awk -F, -v OFS=, 'NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i; print; next} {$at["ns"] *= 1 + $at["rep"] * 0.5; print}' "$f" >"$scratch/drift.csv"
  $t compare "$scratch/drift.csv" --kernels gemv_b2x__generic,gemv_i2s__generic >"$scratch/out" || true
  grep -q '^1 SLOW, 1 FAST, ' "$scratch/out"
  expect 2 'a time of gemv_none__avx2' $t compare "$f" --kernels gemv_i2s__generic,gemv_none__avx2
  expect 2 'two variants with a comma between' $t compare "$f" --kernels gemv_i2s__generic
  expect 2 'two variants with a comma between' $t compare "$f" --kernels gemv_i2s__generic,gemv_i2s__generic
  expect 2 'one CSV file with --kernels was expected, found 2' $t compare "$f" "$f" --kernels a,b
}

part_compare_bad_input() {
  local t=$TERNLAB_ROOT/build/ternlab good=$scratch/good.csv plain=$scratch/plain.csv f=$scratch/bad.csv python row
  python=$(ci/python)
  PYTHONDONTWRITEBYTECODE=1 "$python" harness/test/compare.py --write "$good"
  # damaged WHERE TEXT: the file is refused with this line, column and text, on either side.
  damaged() {
    expect 2 "bad.csv:$1: $2" $t compare "$f" "$plain"
    expect 2 "bad.csv:$1: $2" $t compare "$plain" "$f"
  }
  # cell LINE COLUMN VALUE
  cell() {
    awk -F, -v OFS=, -v line="$1" -v name="$2" -v value="$3" 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == name) at = i}
      NR == line {$at = value} {print}' "$plain" >"$f"
  }
  sed 's/"[^"]*"/quoted/g' "$good" >"$plain" # no commas in cells: awk can count them
  $t compare "$plain" "$plain" --quiet >/dev/null
  for row in abc nan inf -5 -0 0 1e999 0x10 +7 5ns 1e-9 ''; do
    cell 4 ns "$row"
    damaged 4 'column "ns": a time above 0 expected'
  done
  cell 3 gbps fast && damaged 3 'column "gbps": a number or nothing expected, found "fast"'
  cell 3 m -4 && damaged 3 'column "m": a whole number expected, found "-4"'
  cell 3 baseline_ns 0 && damaged 3 'column "baseline_ns": a time above 0 or nothing expected'
  cell 3 ok maybe && damaged 3 'column "ok": yes, no or refused expected, found "maybe"'
  cell 9 schema 1 && damaged 9 'column "schema": "2", as in the rows before, expected, found "1"'
  cell 2 schema 7 && damaged 2 'column "schema": version 2 expected, found "7"'
  cell 5 host elsewhere && damaged 5 'column "host": "h", as in the rows before, expected'
  cell 5 git other && damaged 5 'column "git":'
  cell 5 load high && damaged 5 'column "load": a number or nothing expected, found "high"'
  cell 5 disturbed steal+rain && damaged 5 'column "disturbed": steal, switch, clock'
  cell 5 rep 2 && damaged 5 'column "rep": 3, the next of this case, expected, found "2"'
  cell 5 rep 1e0 && damaged 5 'column "rep": a whole number expected'
  cell 5 kernel "$(printf 'k%.0s' {1..300})" && damaged 5 'column "kernel": fewer than 256 bytes'
  cell 5 label $'a\x1fb' && damaged 5 'column "label": text without control characters'
  for row in cpu git os kernel; do cell 5 $row $'a\e[31mb' && damaged 5 "column \"$row\": text without control characters expected, found \"a?[31mb\""; done
  cell 1 ns nanoseconds && damaged 1 'column "ns": that column expected, found none'
  cell 1 gbps ns && damaged 1 'column "ns": one such column expected, found two'
  sed 4d "$plain" >"$f" && damaged 4 'column "rep": 2, the next'
  sed 4p "$plain" >"$f" && damaged 5 'column "rep": 3, the next'
  # Cut: within a row, within the last cell, behind the header, everywhere.
  head -n 4 "$plain" >"$f" && head -n 5 "$plain" | tail -n 1 | cut -d, -f1-20 >>"$f" && damaged 5 'column "speedup": 44 cells expected, found 20'
  sed 's/$/,more/; 1s/,more$//' "$plain" >"$f" && damaged 2 '44 cells expected, found 45'
  head -c -1 "$plain" >"$f" && damaged 10 'a newline at the end of the row expected'
  head -n 1 "$plain" >"$f" && expect 2 'at least one row with a time' $t compare "$f" "$plain"
  : >"$f" && damaged 1 'a header row expected, found an empty file'
  { cat "$plain"; printf '1,"h'; } >"$f" && damaged 11 'column "host": a closing quote expected'
  { cat "$plain"; printf '1,h\0,'; } >"$f" && damaged 11 'column "host": text expected, found a NUL byte'
  { head -n 1 "$plain"; printf '1,"h"x,'; } >"$f" && damaged 2 'column "host": well-formed CSV'
  # Too large: a file of 2 GB at once, a row or a cell without end, a stream, in little memory.
  truncate -s 2G "$f" && damaged 1 'at most 1 GiB expected, found more'
  for row in 'x' 'x,' '"x' '"x\n'; do # what the endless row is made of
    { head -n 1 "$plain"; yes "$(printf "$row")" | tr -d '\n' | head -c 3000000; } >"$f"
    (ulimit -v 100000; damaged 2 '')
    grep -Eq 'row of at most 65536 bytes|well-formed CSV|cells expected' "$scratch/err" || { cat "$scratch/err"; return 1; }
  done
  row=0
  { head -n 1 "$plain"; yes "$(sed -n 2p "$plain")"; } 2>/dev/null | (ulimit -v 100000; exec "$t" compare - "$plain") 2>"$scratch/err" || row=$?
  [ $row -eq 2 ]
  grep -q -- '^ternlab: -:3: column "rep"' "$scratch/err"
}

part_compare_usage() {
  local t=$TERNLAB_ROOT/build/ternlab
  expect 2 'found 0' $t compare
  expect 2 'found 1' $t compare a.csv
  expect 2 '"c.csv"' $t compare a.csv b.csv c.csv
  expect 2 'found two' $t compare - -
  expect 2 '"--nope"' $t compare a.csv b.csv --nope
  expect 2 '"five"' $t compare a.csv b.csv --threshold five
  expect 2 'found 0' $t compare a.csv b.csv --threshold 0
  expect 2 'found -5' $t compare a.csv b.csv --threshold -5
  expect 2 'no/such.csv' $t compare no/such.csv b.csv
  expect 2 'folder' $t compare / /
  expect 2 'columns' $t compare datasets/shapes.csv datasets/shapes.csv
}

# noise: what is marked as disturbed, and that a planted load is.

part_noise_marks() {
  gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -pthread -I. -Ikernels -o "$scratch/noise" harness/test/noise.c \
    build/harness/noise.o build/harness/stats.o build/harness/op.o build/harness/ops/*.o build/reference/*.o build/libternlab.a -lm
  "$scratch/noise" "$scratch/file"
}

# Beside a busy process on its only core, bench and e2e lose it again and again: rows say so, and not all of bench's do.
# A model file that was just read is in the page cache, most of it: the system may take pages at any time.
# lane: alone
long_noise_planted() {
  local t=build/ternlab core busy status=0
  core=$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')
  $t model synth --preset tiny -o "$scratch/m.gguf" >/dev/null
  cat "$scratch/m.gguf" >/dev/null
  taskset -c "$core" sh -c 'while :; do :; done' &
  busy=$!
  taskset -c "$core" $t bench --reps 60 --time 20000 --op ternary_mul --kernel '*i8__@(generic|avx2|neon)' --sizes 1K,64K --state hot --parity 5 --csv "$scratch/b.csv" >"$scratch/b" || status=$?
  [ $status -gt 1 ] || taskset -c "$core" $t e2e --model "$scratch/m.gguf" --threads 1 --prompt 512 --gen 512 --rounds 5 --csv "$scratch/e.csv" --quiet >"$scratch/e" || status=$?
  kill $busy
  [ $status -le 1 ]
  grep -Eq '^noise: load .*, [1-9][0-9]* of [0-9]+ samples disturbed' "$scratch/b"
  grep -Eq '^noise: load .*, [1-9][0-9]* involuntary switches, clock drift .*, [1-9][0-9]* of 5 rounds disturbed; [0-9]+ % of the model file' "$scratch/e" || { cat "$scratch/e"; return 1; }
  /usr/bin/env python3 - "$scratch/b.csv" "$scratch/e.csv" <<'PY'
import csv, sys
for path in sys.argv[1:]:
    rows = list(csv.DictReader(open(path, newline="")))
    lost = [r for r in rows if "switch" in r["disturbed"].split("+")]
    assert lost and int(rows[0]["switches"]) >= 1, path
    assert path.endswith("b.csv") or all(50 < float(r["cached_pct"]) <= 100 for r in rows), "the model file was just read"
    assert path.endswith("e.csv") or len(lost) < len(rows), "all are marked: a mark says nothing"
    assert all(set(filter(None, r["disturbed"].split("+"))) <= {"steal", "switch", "clock"} for r in rows)
    assert len({(r["os"], r["governor"], r["huge_pages"], r["load"], r["steal_pct"], r["switches"], r["drift_pct"]) for r in rows}) == 1
    assert all(float(r["load"]) >= 0 and float(r["drift_pct"]) >= 0 for r in rows)
PY
  # compare keeps them and says how many there are on each side.
  $t compare "$scratch/b.csv" "$scratch/b.csv" --quiet >"$scratch/out"
  [ "$(grep -Ec "; load [0-9.]+, .*, $(grep -Ec '(switch|steal|clock)[+a-z]*$' "$scratch/b.csv") of $(($(wc -l <"$scratch/b.csv") - 1)) rows disturbed\)" "$scratch/out")" -eq 2 ] || { cat "$scratch/out"; return 1; }
}

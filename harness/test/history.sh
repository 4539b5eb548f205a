# history: its statistics, what it finds of made-up runs, and that nothing damages a store or comes out of a damaged one.

part_history_stats() {
  gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -pthread -I. -Ikernels -o "$scratch/history" harness/test/history.c build/harness/history_change.o \
    build/harness/compare_stats.o build/harness/stats.o build/harness/op.o build/harness/ops/*.o build/reference/*.o build/libternlab.a -lm
  "$scratch/history"
}

history_py() {
  local python
  python=$(ci/python)
  PYTHONDONTWRITEBYTECODE=1 "$python" harness/test/history.py "$@"
}

part_history_figures() {
  history_py "$TERNLAB_ROOT/build/ternlab" "$scratch"
}

part_history_bad_input() {
  local t=$TERNLAB_ROOT/build/ternlab d=$scratch/d row plain=$scratch/plain.csv f=$scratch/d/history.csv
  history_py --write "$scratch/a.csv" 1
  history_py --write "$scratch/b.csv" 2
  $t history add "$scratch/a.csv" --store "$d" >/dev/null
  sed 's/"[^"]*"/quoted/g' "$f" >"$plain" # no commas in cells: awk can count them
  damaged() { # WHERE TEXT: shown and added to, the store is refused with line, column and text, and stays as it is
    cp "$f" "$scratch/copy"
    expect 2 "history.csv:$1: $2" $t history show --store "$d"
    expect 2 "history.csv:$1: $2" $t history add "$scratch/b.csv" --store "$d"
    cmp "$f" "$scratch/copy"
  }
  cell() { # LINE COLUMN VALUE
    awk -F, -v OFS=, -v line="$1" -v name="$2" -v value="$3" 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == name) at = i}
      NR == line {$at = value} {print}' "$plain" >"$f"
  }
  for row in abc nan -5 0 1e999 0x10 ''; do cell 3 median "$row" && damaged 3 'column "median": a time above 0 expected'; done
  cell 2 schema 2 && damaged 2 'column "schema": version 1 expected, found "2"'
  cell 4 kind train && damaged 4 'column "kind": bench or e2e expected, found "train"'
  cell 4 threads 1.5 && damaged 4 'column "threads": a whole number expected, found "1.5"'
  cell 4 time '' && damaged 4 'column "time": a whole number expected'
  cell 4 commit_time soon && damaged 4 'column "commit_time": a whole number expected, found "soon"'
  cell 4 spread -1 && damaged 4 'column "spread": a number expected'
  cell 4 over 0 && damaged 4 'column "over": a number expected'
  cell 4 case $'a\x1bb' && damaged 4 'column "case": fewer than 1024 bytes without control characters'
  cell 4 case "$(printf 'k%.0s' {1..1100})" && damaged 4 'column "case": fewer than 1024 bytes'
  cell 1 median mean && damaged 1 'column "median": that column expected, found mean'
  head -c -1 "$plain" >"$f" && damaged 6 'a newline at the end of the row expected, found the end of the file: it was cut'
  head -c -30 "$plain" >"$f" && damaged 6 'column "'
  sed 's/$/,more/' "$plain" >"$f" && damaged 1 'the columns of a history expected, found more'
  : >"$f" && damaged 1 'a header row expected'
  truncate -s 2G "$f" && damaged 1 'at most 1 GiB expected, found more'
  cp "$plain" "$f"
  # A damaged file of a run, the second of two: nothing is added.
  head -c 2000 "$scratch/b.csv" >"$scratch/cut.csv"
  cp "$scratch/b.csv" "$scratch/ok.csv"
  expect 2 "cut.csv:" $t history add "$scratch/ok.csv" "$scratch/cut.csv" --store "$d"
  cmp "$plain" "$f"
  expect 2 'no/such' $t history show --store "$scratch/no/such"
  expect 2 'no/such' $t history add "$scratch/a.csv" --store "$scratch/no/such"
  expect 2 'no/such.csv' $t history add no/such.csv --store "$d"
  expect 2 'with commas' $t history add "$scratch/a.csv,$scratch/b.csv" --store "$d"
  expect 2 'found ""' $t history
  expect 2 '"list"' $t history list
  expect 2 'found none' $t history add
  expect 2 '"x"' $t history show x
  expect 2 'found 0' $t history show --threshold 0
  expect 2 'folder' $t history add "$scratch/a.csv" --store "$scratch/a.csv"
}

# Killed while it writes, killed at any moment, two at once: the store is what it was, or has all of the new run.
part_history_killed() {
  local t=$TERNLAB_ROOT/build/ternlab d=$scratch/d f=$scratch/d/history.csv i id rows status
  for i in 0 1 2 3; do history_py --write "$scratch/r$i.csv" $i; done
  $t history add "$scratch/r0.csv" --store "$d" >/dev/null
  # A store of some megabytes, so that writing takes its time.
  awk 'NR == 1 {print; next} {row[NR] = $0} END {for (i = 0; i < 4000; i++) for (r in row) {sub(/run[0-9]+,,[0-9]+/, "old" i ",," i + 1, row[r]); sub(/old[0-9]+,,[0-9]+/, "old" i ",," i + 1, row[r]); print row[r]}}' "$f" >"$scratch/big" && mv "$scratch/big" "$f"
  rows=$(wc -l <"$f")
  [ "$rows" -eq 20001 ]
  cp "$f" "$scratch/copy"
  status=0
  (ulimit -f 512; exec $t history add "$scratch/r1.csv" --store "$d") >/dev/null 2>&1 || status=$?
  [ $status -ne 0 ] || { echo "a limit on file size should have ended it"; return 1; }
  cmp "$f" "$scratch/copy"
  for i in {1..30}; do
    $t history add "$scratch/r1.csv" --store "$d" >/dev/null 2>&1 &
    id=$!
    sleep "0.0$((i * 3 % 10))$i"
    kill -KILL $id 2>/dev/null || :
    wait $id 2>/dev/null || :
    $t history show --store "$d" --case 'nothing' 2>&1 | grep -q 'a case that the store has was expected, found none like' || { echo "killed: the store does not load"; return 1; }
    case $(wc -l <"$f") in
    "$rows") cmp "$f" "$scratch/copy" ;;
    $((rows + 5))) cp "$scratch/copy" "$f" ;;
    *) echo "killed: $(wc -l <"$f") rows"; return 1 ;;
    esac
  done
  $t history add "$scratch/r2.csv" --store "$d" >/dev/null &
  id=$!
  $t history add "$scratch/r3.csv" --store "$d" >/dev/null
  wait $id
  [ "$(wc -l <"$f")" -eq $((rows + 10)) ]
  grep -q ',run2,' "$f"
  grep -q ',run3,' "$f"
}

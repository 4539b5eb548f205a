# The choice table from end to end: tune writes it, which reads it, nothing wrong in it is fatal.

# lane: alone
part_tune_and_which() {
  local t=$TERNLAB_ROOT/build/ternlab c=$scratch/cache/ternlab/choice.tsv
  unset TERNLAB_CHOICE
  export XDG_CACHE_HOME=$scratch/cache
  printf 'model,tensor,m,k\na,b,64,256\n3B,down,32,200\n' >"$scratch/s.csv"
  tune() { $t tune --op gemv --format i2s --shapes "$scratch/s.csv" --time 30 --reps 3 --parity 20 "$@"; }
  tune --dry-run >"$scratch/out"
  [ ! -e "$c" ]
  grep -q '64x256x1' "$scratch/out"
  tune --threads 1,2 --batch 1,8 >"$scratch/out" 2>"$scratch/err"
  grep -q '32x200x1 .*refused: K is not a multiple of 128' "$scratch/out"
  [ "$(ls "$scratch/cache/ternlab")" = choice.tsv ] # nothing beside it
  $t which gemv 64x256 --format i2s >"$scratch/out"
  grep -q '^> .*picked: choice table [0-9a-f]\{16\}, tuned at 64x256x1, 1 thread' "$scratch/out"
  grep -q 'gemv_i2s__generic .*slower by .*x in the table' "$scratch/out" || grep -q '> *gemv_i2s__generic' "$scratch/out"
  $t which gemv 64x256x8 --format i2s --threads 2 --json "$scratch/w.json"
  grep -q 'tuned at 64x256x8, 2 thread' "$scratch/w.json"
  # Three ways to have no table, and a mask over a table.
  for none in "--choice none" "TERNLAB_CHOICE=none"; do
    case $none in --*) $t which gemv 64x256 --format i2s $none ;; *) env "$none" $t which gemv 64x256 --format i2s ;; esac >"$scratch/out" 2>"$scratch/err"
    grep -q 'choice table' "$scratch/out" && { echo "$none: the table was used"; return 1; }
    [ ! -s "$scratch/err" ]
  done
  $t which gemv 64x256 --format i2s --isa generic | grep -q '^> *gemv_i2s__generic .*choice table'
  TERNLAB_ISA=generic $t which gemv 64x256 --format i2s | grep -q '^> *gemv_i2s__generic '
  # Stale, damaged: one line, not fatal. A named file that is not there: exit 2.
  sed 's/^cores\t.*/cores\t9999/' "$c" | sed '$d' >"$scratch/stale.tsv"
  python3 - "$scratch/stale.tsv" <<'PY'
import sys
d, h = open(sys.argv[1], "rb").read(), 0xcbf29ce484222325
for b in d:
    h = (h ^ b) * 0x100000001b3 % 2**64
open(sys.argv[1], "ab").write(b"sum\t%016x\n" % h)
PY
  head -c 300 "$c" >"$scratch/cut.tsv"
  for bad in "stale cores differs" "cut damaged"; do
    $t which gemv 64x256 --format i2s --choice "$scratch/${bad%% *}.tsv" >"$scratch/out" 2>"$scratch/err"
    [ "$(wc -l <"$scratch/err")" -eq 1 ]
    grep -q "${bad#* }" "$scratch/err"
    grep -q '^> ' "$scratch/out"
    if grep -q 'choice table' "$scratch/out"; then echo "$bad: the table was used"; return 1; fi
  done
  # An interrupt leaves the old table whole.
  cp "$c" "$scratch/before"
  timeout --foreground -s INT 1 $t tune --op gemv --quiet || [ $? -eq 124 ] || [ $? -eq 130 ]
  cmp "$c" "$scratch/before"
  [ "$(ls "$scratch/cache/ternlab")" = choice.tsv ]
}

part_tune_errors() {
  local t=$TERNLAB_ROOT/build/ternlab
  expect 2 'no/such' $t which gemv 64x256 --choice no/such
  expect 2 '"nope"' $t which gemv 64x256 --format nope
  expect 2 '"1,2"' $t which gemv 64x256 --threads 1,2
  expect 2 '"avx9"' $t which gemv 64x256 --isa avx9
  expect 2 '"gemv_*"' $t tune --kernel 'gemv_*'
  expect 2 '"0"' $t tune --batch 0 --op gemv
  expect 2 '"nope"' $t tune --format nope --dry-run
  expect 2 'no/such' $t tune --op gemv --choice no/such/dir/x.tsv
  expect 2 '"none"' $t tune --choice none
  $t tune --help | grep -q '^example:'
}

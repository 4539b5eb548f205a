# Fresh NumPy cases, another seed every time; and the committed ones are what their seed makes.

part_fresh_numpy() {
  local seed
  seed=$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')
  reference/run.sh "$seed" "$scratch/cases" >"$scratch/log" || { cat "$scratch/log"; return 1; }
  echo "note: seed $seed (replay: make reference SEED=$seed && build/ternlab parity --cases build/cases --count 0)"
  tl parity --cases "$scratch/cases" --count 0 --quiet
}

part_committed_cases() {
  reference/run.sh 1 "$scratch/cases" >/dev/null
  ls "$scratch/cases" | diff - <(ls reference/cases)
  tl parity --cases "$scratch/cases" --count 0 --quiet
  [ "$(cat reference/cases/* | wc -c)" -lt 1824000 ]
}

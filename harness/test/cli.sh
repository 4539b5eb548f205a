# What a person types wrong: one line, exit 2, nothing half-written.

# expect STATUS TEXT COMMAND...: the exit status, and a single line on stderr that holds TEXT.
expect() {
  local want=$1 text=$2 status=0
  shift 2
  "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
  [ $status -eq "$want" ] || { echo "$*: exit $want expected, found $status"; cat "$scratch/err"; return 1; }
  [ "$(wc -l <"$scratch/err")" -eq 1 ] || { echo "$*: one line expected, found:"; cat "$scratch/err"; return 1; }
  grep -q "^ternlab: " "$scratch/err" && grep -qF -- "$text" "$scratch/err" || { echo "$*: \"$text\" expected, found:"; cat "$scratch/err"; return 1; }
}

part_cli_errors() {
  local t=$TERNLAB_ROOT/build/ternlab
  expect 2 '"frobnicate"' $t frobnicate
  expect 2 '"nope"' $t parity --op nope
  expect 2 '"nope*"' $t list --kernel 'nope*'
  expect 2 '"avx9"' $t parity --isa avx9
  expect 2 '"avx9"' env TERNLAB_ISA=avx9 $t list
  expect 2 '"--wrong"' $t list --wrong
  expect 2 'found nothing' $t list --op
  expect 2 '"-x"' $t list -x
  expect 2 '"extra"' $t list extra
  expect 2 '"-1"' $t parity --count -1
  expect 2 '"ten"' $t parity --count ten
  expect 2 '"99999999999999999999999"' $t parity --seed 99999999999999999999999
  expect 2 '"0"' $t bench --threads 0
  expect 2 '"1,,2"' $t bench --threads 1,,2
  expect 2 '"warm"' $t bench --state warm
  expect 2 '"1Q"' $t bench --sizes 1Q
  expect 2 '"2560x"' $t which gemv 2560x
  expect 2 'none' $t which gemv 3200x8640
  expect 2 'no/such/dir' $t list --csv no/such/dir/x.csv
  expect 2 'no/such' $t parity --cases no/such
  expect 2 'no/such' $t bench --shapes no/such.csv --op gemv
  for c in list which parity machine bench report; do
    $t $c --help >"$scratch/help"
    grep -q '^example:' "$scratch/help"
    $t help $c | cmp - "$scratch/help"
  done
  (cd / && $t list --names >/dev/null && $t parity --op i2s_mul --count 5 --quiet >/dev/null)
}

part_bad_shapes() {
  local t=$TERNLAB_ROOT/build/ternlab f=$scratch/shapes.csv
  try() { printf "$1" >"$f"; expect 2 "$2" $t bench --op gemv --shapes "$f" --quick; }
  try '' 'a header row'
  try 'model,tensor,m\na,b,1\n' '"k"'
  try 'model,tensor,m,k\n' 'at least one shape'
  try 'model,tensor,m,k\na,b,-4,128\n' ':2'
  try 'model,tensor,m,k\na,b,4,128\na,b,0,128\n' ':3'
  try 'model,tensor,m,k\na,b,4,1e3\n' '"1e3"'
  try 'model,tensor,m,k\na,b,99999999999999999999,128\n' '"99999999999999999999"'
  try 'model,tensor,m,k\na,b,16777216,16777216\n' '16777216x16777216'
  try 'model,tensor,m,k\na,b,4\n' '4 cells'
  try 'model,tensor,m,k\na,"b,4,128\n' 'quote'
  try 'model,tensor,m,k\na,b,4,12\0008\n' 'NUL'
}

part_bad_case_files() {
  local t=$TERNLAB_ROOT/build/ternlab good=reference/cases/ternary_mul.tlc f=$scratch/x.tlc n
  n=$(stat -c %s "$good")
  try() { expect 2 "$f" $t parity --cases "$f" --count 0; grep -qF -- "$1" "$scratch/err" || { cat "$scratch/err"; return 1; }; }
  for cut in 0 5 11 15 19 100 $((n / 2)) $((n - 1)); do
    head -c "$cut" "$good" >"$f"
    try expected
  done
  { printf 'TLCASE\0\0\003'; tail -c +10 "$good"; } >"$f"
  try 'version 2'
  { printf 'NOCASE\0\0'; tail -c +9 "$good"; } >"$f"
  try magic
  { head -c 200 "$good"; printf 'X'; tail -c +202 "$good"; } >"$f"
  try checksum
  { cat "$good"; printf 'more'; } >"$f"
  try checksum
  # Damage behind a right checksum: every count is checked before it is used.
  /usr/bin/env python3 - "$good" "$scratch" <<'PY'
import random, struct, sys, zlib
data = bytearray(open(sys.argv[1], "rb").read()[:-4])
random.seed(1)
for i in range(60):
    d = bytearray(data)
    for _ in range(3):
        at = random.randrange(12, 400)
        d[at] = random.choice([0, 1, 127, 255, random.randrange(256)])
    open(f"{sys.argv[2]}/f{i}.tlc", "wb").write(d + struct.pack("<I", zlib.crc32(d)))
PY
  for i in "$scratch"/f*.tlc; do
    status=0
    timeout 20 $t parity --cases "$i" --op ternary_mul --kernel '*generic' --count 0 >/dev/null 2>"$scratch/err" || status=$?
    case $status in 0 | 1 | 2) ;; *) echo "damaged file $i: exit $status"; return 1 ;; esac
  done
}

part_full_disk() {
  local t=$TERNLAB_ROOT/build/ternlab
  expect 2 'No space left' $t list --csv /dev/full
  expect 2 'No space left' bash -c "$t list >/dev/full"
  mkdir "$scratch/small"
  mount -t tmpfs -o size=8k tmpfs "$scratch/small" 2>/dev/null || { echo "note: no small file system could be mounted; /dev/full only"; return 0; }
  status=0
  head -c 8192 /dev/zero >"$scratch/small/fill" 2>/dev/null || true
  expect 2 'No space left' $t list --csv "$scratch/small/list.csv" || status=1
  [ "$(ls "$scratch/small")" = fill ] || { ls -la "$scratch/small"; status=1; }
  umount "$scratch/small"
  return $status
}

part_interrupt() {
  local t=$TERNLAB_ROOT/build/ternlab status=0
  mkdir "$scratch/d"
  # A background job of a script ignores SIGINT unless it is set back; python does that.
  /usr/bin/env python3 - "$t" "$scratch/d/bench.csv" <<'PY' || status=$?
import signal, subprocess, sys, time
p = subprocess.Popen([sys.argv[1], "bench", "--op", "gemv", "--csv", sys.argv[2], "--quiet"],
                     preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
time.sleep(2)
p.send_signal(signal.SIGINT)
sys.exit(p.wait())
PY
  [ $status -eq 130 ] || { echo "exit 130 expected, found $status"; return 1; }
  [ -z "$(ls -A "$scratch/d")" ] || { ls -la "$scratch/d"; return 1; }
  # What was there before stays whole.
  echo old >"$scratch/d/keep.csv"
  timeout -s INT 1 $t bench --op gemv --csv "$scratch/d/keep.csv" --quiet || true
  [ "$(cat "$scratch/d/keep.csv")" = old ] && [ "$(ls "$scratch/d")" = keep.csv ]
}

part_bench_smoke() {
  local t=$TERNLAB_ROOT/build/ternlab
  $t bench --quick --op ternary_mul --sizes 1K,16K --state hot --csv "$scratch/b.csv" --md "$scratch/b.md" >"$scratch/out" || [ $? -eq 1 ] # 1: a noisy neighbour moved a roof
  head -n 1 "$scratch/b.csv" | grep -q '^schema,host,cpu,compiler,flags,git,time,op,format,kernel,isa,m,k,n,threads,state,phase,rep,ns,baseline_ns,speedup,gmacs,gbps,roof_pct,noise,ok,'
  grep -q 'ternary_mul_i8__generic' "$scratch/b.csv"
  ! grep -q ',no,' "$scratch/b.csv"
  grep -q '^| op' "$scratch/b.md"
  # The shape that I2_S cannot hold is a row with its reason.
  printf 'model,tensor,m,k\n3B,down,3200,8640\n3B,attn,64,3200\n' >"$scratch/s.csv"
  $t bench --quick --op gemv --shapes "$scratch/s.csv" --state hot --csv "$scratch/g.csv" >"$scratch/out" || [ $? -eq 1 ]
  grep -q 'refused.*not a multiple of 128' "$scratch/out"
  grep -q ',refused,.*not a multiple of 128' "$scratch/g.csv"
}

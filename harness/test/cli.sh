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
  expect 2 'found "genrate"; did you mean generate?' $t genrate
  expect 2 'found "--max-tokns"; did you mean --max-tokens?' $t generate --max-tokns 3 Hello
  expect 2 '"nope"' $t parity --op nope
  expect 2 '"nope*"' $t list --kernel 'nope*'
  expect 2 'found "zz*"' $t list --kernel 'gemv_i2s__generic,zz*'
  [ "$($t list --names --kernel 'gemv_i2s__generic,gemm_@(i2s|b3)__generic' | tr '\n' ' ')" = 'gemm_b3__generic gemm_i2s__generic gemv_i2s__generic ' ]
  expect 2 '--kernels: a variant' $t e2e --kernels 'zz*'
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
  expect 2 'none' $t which gemv 3200x8640 --format i2s
  expect 2 'MxKxN such as 2560x2560x1 was expected, found "64"' $t which gemv 64
  expect 2 'MxKxN such as 2560x2560x1 was expected, found "64x256x1x9"' $t which gemv 64x256x1x9
  expect 2 'MxKxNxG such as 4x128x1x1024 was expected, found "4x128x1"' $t which attention_f16 4x128x1
  expect 2 '"--kernel"' $t which gemv 64x256 --kernel 'gemv*'
  $t which attention_f16 4x128x1x1024 | grep -q '^> *attention_f16_f32__'
  $t which relu2_mul 6912 | grep -q '^> *relu2_mul_f32__'
  expect 2 'no/such/dir' $t list --csv no/such/dir/x.csv
  expect 2 'ternlab: "": the name of an output file' $t list --csv ""
  expect 2 'ternlab: "": a model file' $t model info ""
  expect 2 'ternlab: "": a file' $t bench --shapes "" --op gemv
  expect 2 'no/such' $t parity --cases no/such
  expect 2 'no/such' $t bench --shapes no/such.csv --op gemv
  expect 2 'an op and a shape' $t which gemv
  expect 2 '"nope"' $t which nope 64x256
  expect 2 '"99999999999999999999x4"' $t which gemv 99999999999999999999x4
  expect 2 '"x"' $t parity --case x
  expect 2 '$TERNLAB_PARITY_COUNT: a whole number was expected, found "abc"' env TERNLAB_PARITY_COUNT=abc $t parity
  expect 2 '--selftest: ' $t parity --self-test --kernel gemv_i2s__generic
  expect 2 'found "1"' $t list --names=1
  expect 2 '"999"' $t machine --threads 999
  expect 2 '--bench' $t report
  expect 2 'no/such' $t report --bench no/such.csv --parity no/such.csv --machine no/such.csv
  expect 2 'no/such/dir' $t machine --quick --threads 1 --csv no/such/dir/x.csv
  expect 2 'no/such/dir' $t parity --count 0 --op i2s_mul --quiet --junit no/such/dir/x.xml
  expect 2 'no/such/dir' $t bench --quick --op i2s_mul --sizes 1K --state hot --csv no/such/dir/x.csv
  # Before the work, and before all else that is found later.
  expect 2 'no/such/dir' $t parity --cases no/such --junit no/such/dir/x.xml
  expect 2 'no/such/dir' $t e2e --model no/such --md no/such/dir/x.md
  expect 2 'no/such/dir' $t gate --base-program no/such --junit no/such/dir/x.xml
  expect 2 'no/such/dir' $t count --program no/such --json no/such/dir/x.json
  expect 2 'ternlab: "": the name of an output file' $t e2e --model no/such --csv ''
  $t --help | sed -n 's/^  \([a-z0-9]*\)  .*/\1/p' >"$scratch/commands"
  [ "$(sort "$scratch/commands" | tr '\n' ' ')" = "batch bench chat compare count detokenize e2e eval gate generate history list logits machine model parity report tokenize train tune which " ] || { echo "a subcommand came or went:"; cat "$scratch/commands"; return 1; }
  for c in $(cat "$scratch/commands"); do
    $t $c --help >"$scratch/help"
    grep -q '^example:' "$scratch/help"
    $t help $c | cmp - "$scratch/help"
  done
  $t --version | grep -q '^ternlab .* variants, ISA rows here: generic'
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
  # What nothing takes: 300 columns of Q6_K, tiles that do not fit, more tokens than positions, an unknown layout.
  /usr/bin/env python3 - "$scratch" <<'PY'
import struct, sys, zlib
text = lambda s: struct.pack("<I", len(s)) + s.encode()
array = lambda name, kind, count, size: text(name) + struct.pack("<IQ", kind, count) + bytes(count * size)
def write(op, shape, *arrays):
    d = b"TLCASE\0\0" + struct.pack("<II", 2, 1) + text(op) + text("x") + struct.pack("<QQQQQI", *shape, 1, len(arrays)) + b"".join(arrays)
    open(f"{sys.argv[1]}/{op}.tlc", "wb").write(d + struct.pack("<I", zlib.crc32(d)))
write("layout_tl2", (5, 7, 1, 0), array("w", 0, 35, 1), array("packed", 3, 8, 1))
write("attention_f16", (1, 1, 3, 1), array("k", 4, 1, 2), array("v", 4, 1, 2), array("q", 2, 3, 4), array("y", 2, 3, 4))
write("layout_none", (1, 8, 1, 0), array("w", 0, 8, 1), array("packed", 3, 8, 1))
write("head_q6_k", (1, 300, 1, 0), array("w", 3, 0, 1), array("x", 2, 300, 4), array("y", 2, 1, 4))
PY
  for f in "$scratch"/{layout_tl2,layout_none,attention_f16,head_q6_k}.tlc; do
    try "a shape that $(basename "$f" .tlc) takes expected"
  done
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
    timeout --foreground 20 $t parity --cases "$i" --op ternary_mul --kernel '*generic' --count 0 >/dev/null 2>"$scratch/err" || status=$?
    case $status in 0 | 1 | 2) ;; *) echo "damaged file $i: exit $status"; return 1 ;; esac
  done
}

part_full_disk() {
  local t=$TERNLAB_ROOT/build/ternlab small=$scratch/small how
  expect 2 'No space left' $t list --csv /dev/full
  expect 2 'No space left' bash -c "$t list >/dev/full"
  $t model synth --preset tiny -o "$scratch/m.gguf"
  for how in "" "--ids --max-tokens 2000"; do expect 2 'standard output: all output written was expected, found: No space left' bash -c "$t generate --model $scratch/m.gguf $how hi >/dev/full"; done
  expect 2 'No space left' bash -c "$t chat --model $scratch/m.gguf --max-tokens 4 <<<hi >/dev/full"
  expect 2 'No space left' $t parity --op i2s_mul --count 1 --junit /dev/full --quiet
  expect 2 'No space left' $t e2e --rounds 1 --prompt 2 --gen 2 --threads 1 --csv /dev/full
  grep -q '^best decode' "$scratch/out" # what was measured is printed all the same
  mkdir "$small"
  mount -t tmpfs -o size=8k tmpfs "$small" 2>/dev/null || { echo "note: no small file system could be mounted; /dev/full only"; return 0; }
  trap 'umount "$scratch/small"' EXIT
  head -c 8192 /dev/zero >"$small/fill" 2>/dev/null || true
  expect 2 'No space left' $t list --csv "$small/list.csv"
  # A file that stood there before the disk was full stays as it was.
  rm "$small/fill" && echo old >"$small/keep.csv" && { head -c 8192 /dev/zero >"$small/fill" 2>/dev/null || true; }
  expect 2 'No space left' $t list --csv "$small/keep.csv"
  [ "$(cat "$small/keep.csv")" = old ] && [ "$(cd "$small" && echo *)" = "fill keep.csv" ] || { ls -la "$small"; return 1; }
}

# interrupted DELAY COMMAND...: started, sent SIGINT after DELAY seconds; exit 130 expected, quickly, and no child left.
# A background job of a script ignores SIGINT unless it is set back; python does that.
interrupted() {
  python3 - "$@" <<'PY'
import glob, os, signal, subprocess, sys, time
p = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL, start_new_session=True,
                     preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
def ended(*_):  # the whole test is: this one does not stay behind
    os.killpg(p.pid, signal.SIGKILL)
    sys.exit(143)
signal.signal(signal.SIGTERM, ended)
time.sleep(float(sys.argv[1]))
if p.poll() is not None:
    sys.exit(f"ended with {p.returncode} before it could be interrupted")
os.killpg(p.pid, signal.SIGINT)
status = p.wait(timeout=10)
def alive():  # of that process group, not counting what only waits to be reaped
    for f in glob.glob("/proc/[0-9]*/stat"):
        try:
            state, _, group = open(f).read().rsplit(")", 1)[1].split()[:3]
        except OSError:
            continue
        if int(group) == p.pid and state != "Z":
            return f
end = time.time() + 2
while alive():
    if time.time() > end:
        sys.exit(f"a child process was left behind: {alive()}")
    time.sleep(0.02)
if status != 130:
    sys.exit(f"exit 130 expected, found {status}")
PY
}

# lane: alone
part_interrupt() {
  local t=$TERNLAB_ROOT/build/ternlab d=$scratch/d delay
  mkdir "$d"
  for delay in 0.3 2; do interrupted $delay $t bench --op gemv --csv "$d/bench.csv" --json "$d/bench.json" --quiet; done
  interrupted 0.5 $t parity --count 1000000 --csv "$d/parity.csv" --junit "$d/parity.xml" --quiet
  interrupted 1 $t machine --csv "$d/machine.csv" --quiet
  interrupted 0.2 $t parity --selftest --quiet
  [ -z "$(ls -A "$d")" ] || { ls -la "$d"; return 1; }
  # What was there before stays whole.
  echo old >"$d/keep.csv"
  interrupted 1 $t bench --op gemv --csv "$d/keep.csv" --quiet
  [ "$(cat "$d/keep.csv")" = old ]
  [ "$(ls "$d")" = keep.csv ]
}

part_formats() {
  local t=$TERNLAB_ROOT/build/ternlab
  $t list --json - >"$scratch/list.json"
  $t list --csv - >"$scratch/list.csv"
  $t list --names >"$scratch/names"
  $t parity --op quant_a8 --count 3 --json "$scratch/parity.json" --csv "$scratch/parity.csv" --quiet >/dev/null
  python3 - "$scratch" <<'PY'
import csv, json, sys
d = sys.argv[1]
names = open(f"{d}/names").read().split()
assert names and [r["kernel"] for r in json.load(open(f"{d}/list.json"))] == names
for stem in ("list", "parity"):
    rows = list(csv.DictReader(open(f"{d}/{stem}.csv", newline=""), strict=True))
    mine = json.load(open(f"{d}/{stem}.json"))
    assert [list(map(str, r.values())) for r in rows] == [list(map(str, r.values())) for r in mine], stem
PY
}

# lane: alone
part_report() {
  local t=$TERNLAB_ROOT/build/ternlab c
  printf 'model,tensor,m,k\n3B,down,3200,8640\n3B,attn,64,3200\nx,y,128,256\n' >"$scratch/s.csv"
  $t bench --quick --shapes "$scratch/s.csv" --sizes 1K,16K --state hot --phase run --parity 20 --csv "$scratch/b.csv" --md "$scratch/b.md" --quiet || { [ $? -eq 1 ] && echo "note: a check of the run itself failed; the report is judged all the same"; }
  grep -q '^| op' "$scratch/b.md"
  $t machine --quick --threads 1 --csv "$scratch/m.csv" --quiet
  $t parity --count 20 --csv "$scratch/p.csv" --quiet >/dev/null
  report() { $t report --bench "$1" --parity "$2" --machine "$3" --output "$scratch/report"; }
  report "$scratch/b.csv" "$scratch/p.csv" "$scratch/m.csv" >"$scratch/out"
  [ "$(tail -n 1 "$scratch/out" | grep -o "$scratch/report/report.html")" = "$scratch/report/report.html" ] || { echo "the report's path was expected at the end, found:"; cat "$scratch/out"; return 1; }
  for c in ternary_mul_i8__generic gemv_i2s__generic '3200x8640' '^## Noise' '^| b.csv | [0-9.]* | '; do grep -q "$c" "$scratch/report/report.md"; done
  # Without a baseline the tables tell speeds.
  $t bench --quick --op gemm --kernel 'gemm_i2s__*' --no-baselines --shapes "$scratch/s.csv" --batch 8 --state hot --phase run --parity 20 --csv "$scratch/g.csv" --quiet || [ $? -eq 1 ]
  report "$scratch/g.csv" "$scratch/p.csv" "$scratch/m.csv" >/dev/null
  grep -q '^| variant, GMAC/s | geomean |' "$scratch/report/report.md"
  grep -q '^- \*\*[0-9]* GMAC/s\*\* gemm: ' "$scratch/report/report.md"
  grep -q '^| gemm_i2s__[a-z0-9]* | [0-9]*\.[0-9] |' "$scratch/report/report.md"
  grep -q '^| gemm_i2s__[a-z0-9]* | 0\.0* |' "$scratch/report/report.md" && { echo "a speed of 0 was printed"; return 1; }
  report "$scratch/b.csv" "$scratch/p.csv" "$scratch/m.csv" >/dev/null
  # A trained model: a line for every figure, and losses where there are some; without their files nothing is said of it.
  grep -q "A trained model" "$scratch/report/report.md" && { echo "a model was reported without its files"; return 1; }
  printf '%s\n' suite,metric,topic,value,low,high,stderr,n,of,data perplexity,perplexity,all,1.5,1.4,1.6,0.1,9,9,00 qa,acc,all,0.75,0.5,1,0.1,4,4,00 \
    qa,acc,capital,0.25,0,0.5,0.1,4,4,00 >"$scratch/e.csv"
  printf '%s\n' step,tokens,loss,valid,seconds 1,10,8,,1 2,20,4,5.5,2 3,30,2,,3 >"$scratch/t.csv"
  $t report --bench "$scratch/b.csv" --parity "$scratch/p.csv" --machine "$scratch/m.csv" --eval "$scratch/e.csv" --training "$scratch/t.csv" --output "$scratch/report" >/dev/null
  grep -q '^| capital | qa | right, % | 25.0 | 0 to 50 | 4 |' "$scratch/report/report.md"
  grep -q '^| all | perplexity | perplexity | 1.5000 |' "$scratch/report/report.md"
  grep -q 'Trained in 3 steps' "$scratch/report/report.md"
  grep -q 'held-out data' "$scratch/report/loss.svg"
  python3 - "$scratch/report" <<'PY'
import html.parser, os, re, sys
page = open(f"{sys.argv[1]}/report.html").read()
assert not re.search(r'(?:src|href)="(?!#|data:)', page), "the page is not self-contained"
assert "nan" not in re.sub(r"[A-Za-z]nan|nan[A-Za-z]", "", re.sub("<[^>]*>", " ", page)), "nan in the page"
void, stack = set("meta br img hr link input path line rect circle polyline polygon use stop col".split()), []
class Page(html.parser.HTMLParser):
    def handle_starttag(self, tag, attrs):
        if tag not in void: stack.append(tag)
    def handle_endtag(self, tag):
        if tag not in void: assert stack and stack.pop() == tag, f"</{tag}> at {self.getpos()}"
Page().feed(page)
assert not stack, stack
PY
  rm -r "$scratch/report"
  head -c 3000 "$scratch/b.csv" >"$scratch/cut.csv"
  expect 2 "$scratch/cut.csv" report "$scratch/cut.csv" "$scratch/p.csv" "$scratch/m.csv"
  sed '2,$s/^2,/7,/' "$scratch/b.csv" >"$scratch/version.csv"
  expect 2 "$scratch/version.csv" report "$scratch/version.csv" "$scratch/p.csv" "$scratch/m.csv"
  expect 2 "$scratch/m.csv" report "$scratch/m.csv" "$scratch/p.csv" "$scratch/m.csv"
  $t history add "$scratch/b.csv" --store "$scratch/h" >/dev/null
  with() { $t report --bench "$scratch/b.csv" --parity "$scratch/p.csv" --machine "$scratch/m.csv" --output "$scratch/report" "$@"; }
  expect 2 '"suite"' with --eval "$scratch/t.csv"
  expect 2 '"step"' with --training "$scratch/e.csv"
  expect 2 'no/such' with --history no/such
  [ ! -e "$scratch/report/report.html" ]
  with --history "$scratch/h" >/dev/null
  grep -Eq '^[0-9]+ runs of cases in [0-9]+ series, 0 changes of level' "$scratch/report/report.md"
}

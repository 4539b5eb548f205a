# The gate: itself against itself, planted slowdowns, its base, what it refuses.

# A tree whose `make all` copies this program: revisions to choose from, built in no time.
gate_tree() {
  local git="git -C $scratch/tree -c user.name=t -c user.email=t@example.org"
  mkdir -p "$scratch/tree/build"
  git init -q -b main "$scratch/tree"
  ln -s "$TERNLAB_ROOT/reference" "$scratch/tree/reference"
  echo build/ >"$scratch/tree/.gitignore"
  printf 'all:\n\tmkdir -p build\n\tcp "%s" build/ternlab\n' "$TERNLAB_ROOT/build/ternlab" >"$scratch/tree/Makefile"
  $git add -A
  $git commit -qm first
  printf 'all:\n\t@echo no; exit 1\n' >"$scratch/tree/Makefile"
  $git commit -qam broken
  $git tag broken
  $git checkout -q HEAD^ -- Makefile
  $git commit -qm third
  $git commit -q --allow-empty -m fourth
  cp "$TERNLAB_ROOT/build/ternlab" "$scratch/tree/build/ternlab"
}

part_gate_base() {
  local t=$scratch/tree git="git -C $scratch/tree -c user.name=t -c user.email=t@example.org"
  local g="$t/build/ternlab gate --op relu2_mul --budget 1 --quiet"
  command -v git >/dev/null || { echo "git is not installed"; return 77; }
  gate_tree
  against() { # REV: what the gate compares with by itself
    $g 2>/dev/null >"$scratch/out" || { cat "$scratch/out"; return 1; }
    grep -q "no slowdown confirmed against $($git rev-parse "$1" | head -c 10): " "$scratch/out" || { echo "$1 expected:"; cat "$scratch/out"; return 1; }
  }
  against main^ # on main: the first parent
  # Elsewhere: where the branch left main, which is neither its parent nor what main is now; a remote's main counts first.
  $git checkout -q -b side && $git commit -q --allow-empty -m "side 1" && $git commit -q --allow-empty -m "side 2"
  $git checkout -q main && $git commit -q --allow-empty -m fifth && $git checkout -q side
  against main^
  $git update-ref refs/remotes/origin/main main^^
  against main^^
  $git update-ref -d refs/remotes/origin/main
  $git checkout -q --detach main && $git branch -q -m main trunk
  against HEAD^ # no main at all
  expect 2 'says why' $g --base broken
  expect 2 '"no-such"' $g --base no-such
  expect 2 '"--all"' $g --base=--all
  cp "$TERNLAB_ROOT/build/ternlab" "$scratch/alone"
  expect 2 'git tree' env GIT_CEILING_DIRECTORIES="$scratch" "$scratch/alone" gate
}

# lane: alone
part_gate_verdicts() {
  local t=$TERNLAB_ROOT/build/ternlab status=0 slow
  tl gate --base-program "$t" --op relu2_mul,quant_a8 --budget 20 --csv "$scratch/a.csv" --md "$scratch/a.md" --json "$scratch/a.json" >"$scratch/out" 2>/dev/null
  grep -q '^no slowdown confirmed' "$scratch/out"
  /usr/bin/env python3 - "$scratch/a.csv" "$scratch/a.json" <<'PY'
import csv, json, sys
rows, same = list(csv.DictReader(open(sys.argv[1], newline=""))), json.load(open(sys.argv[2]))
assert [r["op"] for r in rows] == ["quant_a8", "relu2_mul"] and [r["op"] for r in same] == [r["op"] for r in rows], rows
for r, j in zip(rows, same):
    assert all(str(j[c]) == r[c] or float(j[c]) == float(r[c]) for c in r), (r, j)
    assert r["schema"] == "3" and r["noise"].startswith("load ") and r["base"] == "a program" and r["base_kernel"] == r["new_kernel"] and r["new_kernel"].startswith(r["op"]), r
    assert (r["format"], r["m"], r["k"], r["n"], r["threads"]) == ("f32", "1", {"quant_a8": "2560", "relu2_mul": "6912"}[r["op"]], "8", "1"), r
    assert abs(float(r["new_us"]) / float(r["base_us"]) / float(r["ratio"]) - 1) < 0.2, r
    assert float(r["low"]) <= float(r["ratio"]) <= float(r["high"]) and 0 < float(r["p"]) <= 1 and int(r["rounds"]) >= 1, r
    assert r["verdict"] in ("SAME", "AMBG", "FAST") and r["threshold"] == "5", r
PY
  grep -q '^\*\*no slowdown confirmed' "$scratch/a.md"
  slow=$(tl which relu2_mul 1x6912x8 | sed -n 's/^>  *\([a-z0-9_]*\) .*/\1/p')
  tl gate --base-program "$t" --op relu2_mul,quant_a8 --budget 60 --plant "$slow=40" --annotate --csv "$scratch/slow.csv" --junit "$scratch/a.xml" >"$scratch/out" 2>/dev/null || status=$?
  [ $status -eq 1 ] || { cat "$scratch/out"; return 1; }
  grep -q "^$slow .*SLOW$" "$scratch/out"
  python3 -c 'import csv, sys
[ratio] = [float(r["ratio"]) for r in csv.DictReader(open(sys.argv[1], newline="")) if r["new_kernel"] == sys.argv[2]]
assert 1.3 < ratio < 1.5, f"40 % were planted, {ratio} times as long was found"' "$scratch/slow.csv" "$slow"
  grep -q "^::error title=$slow 1x6912x8 SLOW::" "$scratch/out"
  grep -q '<failure.*SLOW' "$scratch/a.xml"
  if grep -q '^quant_a8.*SLOW$' "$scratch/out"; then cat "$scratch/out"; return 1; fi
  # A mask reaches both sides.
  [ "$(uname -m)" = x86_64 ] || return 0
  tl gate --base-program "$t" --op relu2_mul --isa avx2,generic --budget 1 --csv "$scratch/a.csv" >"$scratch/out" 2>&1 || { cat "$scratch/out"; return 1; }
  grep -q ',relu2_mul_f32__avx2,relu2_mul_f32__avx2,' "$scratch/a.csv" || { cat "$scratch/a.csv"; return 1; }
}

# A kernel with a wrong bit, a kernel with a delay, a head with a delay, each written into the source of a copy of this
# tree: the gate against the commit before names each of them.
# lane: alone
part_gate_catches() {
  local tree=$scratch/copy git="git -C $scratch/copy -c user.name=t -c user.email=t@example.org" status name file run
  command -v git >/dev/null || { echo "git is not installed"; return 77; }
  mkdir "$tree" && tar --exclude=./build --exclude=./.git --exclude=./reports/out -C "$TERNLAB_ROOT" -cf - . | tar -C "$tree" -xf -
  mkdir "$tree/build" && (cd "$TERNLAB_ROOT/build" && tar -cf - flags sources.list ./*.inc version.h ./*.a ternlab variants harness kernels models reference) | tar -C "$tree/build" -xf -
  git init -q -b main "$tree" && $git add -A && $git commit -qm good && $git commit -q --allow-empty -m next
  # The base is that tree as it is, so what was built here is what building it would give.
  local base=$tree/build/gate/$($git rev-parse HEAD^)
  mkdir -p "$base/build" && cp "$tree/build/ternlab" "$base/build/" && ln -s "$tree/reference" "$base/reference"
  # caught OP SHAPE CODE VERDICT [OPTION...]: with CODE behind its work, the variant that dispatch picks (of $FORMAT: some
  # have no .run of their own) ends with that verdict.
  caught() {
    name=$(tl which "$1" "$2" ${FORMAT:+--format "$FORMAT"} | sed -n 's/^>  *\([a-z0-9_]*\) .*/\1/p')
    file=$tree/kernels/$1/${name#"$1_"}.c
    run=$(sed -n 's/.*\.run = \([a-z0-9_]*\).*/\1/p' "$file")
    sed -i "s/\.run = $run/.run = spoiled/; s/^TK_KERNEL(/static void spoiled(const tk_args *a) {\n    $run(a);\n    $3\n}\n&/" "$file"
    make -C "$tree" all DEPS=0 -j"${CI_JOBS:-1}" >"$scratch/log" 2>&1 || { cat "$scratch/log"; return 1; }
    status=0
    "$tree/build/ternlab" gate --op "$1" --parity 10 --budget 300 "${@:5}" --csv "$scratch/a.csv" >"$scratch/out" 2>"$scratch/err" || status=$?
    [ $status -eq 1 ] && grep -q "${4/NAME/$name}" "$scratch/out" || { echo "$name: $4 expected, found $status:"; cat "$scratch/out" "$scratch/err"; return 1; }
    python3 -c 'import csv, sys
found = [r["new_kernel"] for r in csv.DictReader(open(sys.argv[1], newline="")) if r["verdict"] in ("SLOW", "LOST", "MORE")]
assert found == sys.argv[2:], found  # it alone' "$scratch/a.csv" "$name"
    $git checkout -q -- kernels
  }
  FORMAT=i2s caught gemv 2560x2560 'if (a->begin < a->end) ((int32_t *)a->y)[a->begin] ^= 1;' '^LOST against [0-9a-f]*: NAME$'
  caught relu2_mul 1x6912x8 'for (volatile int n = 0; n < 300; n++);' '^NAME .* SLOW$'
  caught head_f16 2048x2560 'for (volatile int n = 0; n < 200000; n++);' '^NAME .* SLOW$'
  # Too little for a clock, and counted all the same.
  need_valgrind >/dev/null || { echo "note: no instructions counted"; return 0; }
  TERNLAB_ISA=generic,avx2 caught relu2_mul 1x6912x8 'for (volatile int n = 0; n < 3; n++);' '^NAME .* +0\.[0-9]*  *MORE$' --instructions 0
}

# The built-in model's answers: a base whose answers differ is told apart by token and by cosine.
part_gate_answers() {
  local t=$TERNLAB_ROOT/build/ternlab status
  printf '#!/bin/bash\ncase $1 in\n  generate) "%s" "$@" | eval "$CHANGE_IDS" ;;\n  logits) "%s" "$@" | eval "$CHANGE_LOGITS" ;;\n  *) exec "%s" "$@" ;;\nesac\n' "$t" "$t" "$t" >"$scratch/base"
  chmod +x "$scratch/base"
  local noise="python3 -c '
import sys, random
b = bytearray(sys.stdin.buffer.read())
head = 10 + b[8] + 256 * b[9]
for i in range(head, len(b), 40): b[i + 3] ^= 128  # the sign of every tenth
sys.stdout.buffer.write(b)'"
  # lost WANTED IDS LOGITS WHAT...: with base answers changed like that, just these are lost.
  lost() {
    status=0
    CHANGE_IDS=$2 CHANGE_LOGITS=$3 tl gate --base-program "$scratch/base" --op relu2_mul --budget 1 --answers "$1" --csv "$scratch/a.csv" --junit "$scratch/a.xml" --md "$scratch/a.md" \
      --annotate >"$scratch/out" 2>"$scratch/err" || status=$?
    shift 3
    [ $status -eq $(($# > 0)) ] || { cat "$scratch/out" "$scratch/err"; return 1; }
    [ $# -eq 0 ] || grep -q "^LOST against a program: $(IFS=,; echo "$*" | sed 's/,/, /g')$" "$scratch/out" || { cat "$scratch/out"; return 1; }
  }
  lost same cat cat
  grep -q '0 of 4 answers differ, least cosine of logits 1.000000$' "$scratch/out"
  lost same 'sed "s/^[0-9]*/1/"' cat 'answer to "What is the capital of France?"' 'answer to "How many legs has a table?"' 'answer to "Tell me a story about a bear."' 'answer to "one two three"'
  grep -q 'token 1: id 1, as of the base, expected, found [0-9]*' "$scratch/out"
  grep -q '^::error title=answer to "one two three" LOST::token 1: ' "$scratch/out"
  grep -q '<failure type="LOST" message="token 1: ' "$scratch/a.xml"
  grep -q '^\*\*LOST against' "$scratch/a.md"
  [ "$(grep -c ',LOST,' "$scratch/a.csv")" -eq 4 ]
  [ "$(wc -l <"$scratch/a.csv")" -eq 5 ] # nothing was timed
  lost same 'sed "s/ [0-9]*$//"' cat 'answer to "What is the capital of France?"' 'answer to "How many legs has a table?"' 'answer to "Tell me a story about a bear."' 'answer to "one two three"'
  grep -q 'id none, as of the base, expected' "$scratch/out"
  lost close 'sed "s/^[0-9]*/1/"' cat
  grep -q '4 of 4 answers differ, least cosine of logits 1.000000$' "$scratch/out"
  lost close cat "$noise" logits
  grep -q 'a cosine of at least 0.99 to the base.s expected, found 0\.[0-9]* at token [0-9]* of [0-9]*' "$scratch/out"
  lost same cat 'head -c 4000' logits
  lost any 'sed "s/^[0-9]*/1/"' "$noise"
  lost same 'exit 2' cat # it has no model
  grep -q 'answers not compared: the base has none$' "$scratch/out"
  expect 2 '"some"' $t gate --base-program "$scratch/base" --answers some
}

# The self-test goes on where it ended, and counts what its windows and its store say.
part_gate_selftest() {
  local git rows status=0
  tl gate --self-test --windows 1 --budget 4 --op relu2_mul --store "$scratch/st.csv" >/dev/null 2>&1 || true
  rows=$(wc -l <"$scratch/st.csv")
  [ "$rows" -gt 1 ]
  tl gate --self-test --windows 1 --budget 4 --op relu2_mul --store "$scratch/st.csv" >"$scratch/out" 2>/dev/null || true
  [ "$(wc -l <"$scratch/st.csv")" -eq "$rows" ]
  tl gate --self-test --windows 1 --budget 4 --op relu2_mul --only '*10 %*' --store "$scratch/only.csv" >/dev/null 2>&1 || true
  [ "$(sed 1d "$scratch/only.csv" | cut -d, -f2 | sort -u)" = "one variant 10 % slower" ] # no decoding among these cases
  git=$(sed -n '2s/,.*//p' "$scratch/st.csv")
  { head -n 1 "$scratch/st.csv"
    for i in $(seq 200); do echo "$git,A/A,$i,,0,$((i <= 3)),0,1"; done
    for i in $(seq 60); do echo "$git,one variant 5 % slower,$i,x=5,$((i <= 59)),$((i == 1)),0,1"; done
    for k in "one variant 2 % slower" "one variant 10 % slower" "decoding 10 % slower"; do for i in $(seq 60); do echo "$git,$k,$i,x=5,1,0,0,1"; done; done
    for i in $(seq 100); do echo "$git,A/A beside a busy core,$i,,0,0,0,1"; done
  } >"$scratch/told.csv"
  tl gate --self-test --op relu2_mul --store "$scratch/told.csv" >"$scratch/out" 2>/dev/null || status=$?
  [ $status -eq 1 ]
  grep -q '^A/A  .* 200 windows, alarms   1.5 % (95 %: 0.3 .. 4.3).*BAR MISSED$' "$scratch/out"
  grep -q '^one variant 5 % slower .* found   96.7 % (95 %: 88.5 .. 99.6)' "$scratch/out" # 58 of 60: one missed, one with an alarm beside it
  grep -q '^A/A beside a busy core .* alarms   0.0 % (95 %: 0.0 .. 3.6)' "$scratch/out"
  # Windows with known verdicts: a slowdown found beside an alarm is not right, in the windows run now and in the store's.
  gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -pthread -I. -Ikernels -Ibuild -o "$scratch/selftest" harness/test/gate_selftest.c \
    build/harness/{gate_selftest,cli,csv,out,op,model}.o build/harness/ops/*.o build/reference/*.o build/libternmodels.a build/libternlab.a -lcsv -lm
  status=0 && "$scratch/selftest" "$scratch/known.csv" 12 || status=$? # ends early, within the 2 % windows
  [ $status -eq 2 ]
  [ "$(wc -l <"$scratch/known.csv")" -eq 13 ]
  for i in 15 0; do # windows now, windows from the store
    status=0 && "$scratch/selftest" "$scratch/known.csv" $i >"$scratch/out" || status=$?
    [ $status -eq 1 ] || { cat "$scratch/out"; return 1; }
    grep -q '^A/A  .* 10 windows, alarms  10.0 %.* 1.0 AMBG .*BAR MISSED$' "$scratch/out"
    grep -q '^one variant 2 % slower .* 3 windows, found    0.0 %.* a window$' "$scratch/out" # no bar
    grep -q '^one variant 5 % slower .* 3 windows, found   33.3 %.*BAR MISSED$' "$scratch/out"
    grep -q '^one variant 10 % slower .* 3 windows, found  100.0 %.* a window$' "$scratch/out"
    grep -q '^decoding 10 % slower .* 3 windows, found   66.7 %.*BAR MISSED$' "$scratch/out"
    grep -q '^A/A beside a busy core .* 5 windows, alarms   0.0 %.* a window$' "$scratch/out"
    [ "$(wc -l <"$scratch/known.csv")" -eq 28 ] # each window once
  done
  [ "$(cut -d, -f4-6 "$scratch/known.csv" | grep '=5,' | tr '\n' ' ')" = 'x=5,1,0 y=5,1,1 x=5,0,1 ' ]
  sed 's/^[0-9a-f][^,]*,/another,/' "$scratch/told.csv" >"$scratch/other.csv"
  expect 2 'another' $TERNLAB_ROOT/build/ternlab gate --self-test --op relu2_mul --store "$scratch/other.csv"
}

part_gate_refusals() {
  local t=$TERNLAB_ROOT/build/ternlab n
  expect 2 'a program' $t gate --base-program no/such
  expect 2 'gate --serve' $t gate --base-program /bin/true --op relu2_mul
  expect 2 '"nonsense=40"' $t gate --base-program $t --op relu2_mul --plant nonsense=40
  expect 2 'NAME=PERCENT' $t gate --base-program $t --op relu2_mul --plant nonsense
  expect 2 'found both' $t gate --base HEAD --base-program $t
  expect 2 'neither --base' $t gate --selftest --plant x=5
  expect 2 '--store: --self-test' $t gate --store x.csv
  expect 2 '--windows: --self-test' $t gate --windows 5
  expect 2 '--only: --self-test' $t gate --only 'A/A'
  expect 2 '--only: a kind of windows' $t gate --self-test --op relu2_mul --only 'B/B' --store "$scratch/none.csv"
  expect 2 '--threshold: a percentage' $t gate --threshold 0
  expect 2 '--e2e-threshold: a percentage' $t gate --e2e-threshold 5000
  expect 2 '"nan"' $t gate --threshold nan
  expect 2 'none' $t gate --base-program $t --op tl_none
  echo 'kind,window' >"$scratch/bad.csv"
  expect 2 'self-test' $t gate --self-test --op relu2_mul --store "$scratch/bad.csv"
  printf 'hello\nhas nix\nkernel nix 1 1 1 0 1\ndecode 0\ntime 7 1\nslow 7 1\n' | $t gate --serve >"$scratch/out"
  [ "$(grep -c '^no ' "$scratch/out")" -eq 5 ]
  head -n 1 "$scratch/out" >"$scratch/hello"
  grep -q '^ternlab-gate 1 ' "$scratch/hello"
  # More shapes than there is room for, all of a baseline, which is no case.
  for n in $(seq 80); do echo "kernel relu2_mul_f32__generic 1 $n 1 0 1"; done | $t gate --serve >"$scratch/out"
  [ "$(grep -c '^no generic' "$scratch/out") $(grep -c '^no .*too many shapes' "$scratch/out")" = '64 16' ]
  expect 2 '"what"' bash -c "echo what | $t gate --serve"
  # A base without the variants: nothing was compared, and that is no success.
  printf '#!/bin/sh\nwhile read -r r; do case $r in hello) cat "%s" ;; *) echo no such variant ;; esac; done\n' "$scratch/hello" >"$scratch/old"
  chmod +x "$scratch/old"
  expect 2 'a case that both sides have' $t gate --base-program "$scratch/old" --op relu2_mul
}

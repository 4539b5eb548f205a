# Batch: several rows at once have the answers that each has alone.
t=build/ternlab

# Prompts of many lengths; rows that are bad from the start, and one longer than the context of 96.
batch_rows() {
  python3 - "$1" <<'PY'
import json, random, sys
draw = random.Random(7)
words = "the cat sat on What is capital of France ? Tell me a story Once upon time blue 17".split()
with open(sys.argv[1], "w") as f:
    for i in range(10):
        text = " ".join(draw.choice(words) for _ in range(draw.choice((1, 2, 4, 6))))
        print(json.dumps({"id": f"r{i}", "prompt": text}), file=f)
        if i == 3:
            print('{"id": "none"}', file=f)
        if i == 6:
            print(json.dumps({"id": "long", "prompt": "long " * 300}), file=f)
PY
}

# Every sampler setting, stop texts, windows that slide, 1 to 3 threads, small passes: the same bytes for any --parallel,
# and row by row those of generate.
part_batch_parallel() {
  local model how n threads prompt row sizes turn=0
  batch_rows "$scratch/in.jsonl"
  $t model synth --preset tiny-2b-4t -o "$scratch/m.gguf"
  [ -e models/pretrained/world.gguf ] && set -- "" "--model $scratch/m.gguf" || set -- "--model $scratch/m.gguf"
  for model in "$@"; do
    for how in "" "--temperature 1 --top-k 40 --seed 3" "--temperature 0.9 --top-p 0.9 --seed 4 --cache i8" "--repeat-penalty 1.3 --presence-penalty 0.2" \
      "--temperature 1.3 --raw --stop e|a" "--temperature 1 --typical-p 0.8 --pass 5 --template plain"; do
      $t batch $model --quiet --parallel 1 --threads 1 --context 96 --max-tokens 120 $how "$scratch/in.jsonl" "$scratch/want.jsonl" 2>"$scratch/want.err"
      [ "$(grep -c '^ternlab: .*row \(5 (none)\|9 (long)\): ' "$scratch/want.err")" -eq 2 ]
      [ "$(wc -l <"$scratch/want.err")" -eq 3 ]
      [ "$how" ] && sizes="$((2 + turn++ % 2)) 8" || sizes="2 3 8"
      for n in $sizes; do
        threads=$((n - 1 > 3 ? 3 : n - 1))
        [ $n -lt 8 ] || [ -z "$how" ] || threads=1
        $t batch $model --quiet --parallel $n --threads $threads --context 96 --max-tokens 120 $how "$scratch/in.jsonl" "$scratch/got.jsonl" 2>"$scratch/got.err"
        cmp "$scratch/got.jsonl" "$scratch/want.jsonl" || { echo "--parallel $n --threads $threads $model $how"; return 1; }
        cmp <(sort "$scratch/got.err") <(sort "$scratch/want.err")
      done
    done
    for how in "" "--temperature 1 --top-k 40 --seed 3 --stop e|at"; do
      $t batch $model --quiet --context 96 --max-tokens 120 $how "$scratch/in.jsonl" "$scratch/got.txt" 2>/dev/null
      for row in 1 4 12; do
        prompt=$(sed -n "${row}p" "$scratch/in.jsonl" | python3 -c 'import json, sys; print(json.load(sys.stdin)["prompt"])')
        $t generate $model --template auto --context 96 --max-tokens 120 $how "$prompt" >"$scratch/alone"
        sed -n "${row}p" "$scratch/got.txt" | python3 -c 'import re, sys
alone = open(sys.argv[1], "rb").read()[:-1].split(b"\0")[0]
assert alone == re.sub(rb"\\(.)", lambda m: b"\n" if m[1] == b"n" else m[1], sys.stdin.buffer.read()[:-1]), alone' "$scratch/alone"
      done
    done
  done
  # Answers are there, they differ, some have slid over a full context and some have ended before.
  python3 - "$scratch" $t <<'PY'
import json, subprocess, sys
folder, program = sys.argv[1:]
rows = [json.loads(l) for l in open(f"{folder}/got.jsonl")]
assert [r["id"] for r in rows] == [json.loads(l)["id"] for l in open(f"{folder}/in.jsonl")]
subprocess.run([program, "batch", "--model", f"{folder}/m.gguf", "--quiet", "--context", "96", "--max-tokens", "120", f"{folder}/in.jsonl", f"{folder}/full.jsonl"], check=True, stderr=subprocess.DEVNULL)
answers = [json.loads(l)["answer"] for l in open(f"{folder}/full.jsonl")]
tokens = [len(subprocess.run([program, "tokenize", "--model", f"{folder}/m.gguf", "--no-bos", a], capture_output=True, check=True).stdout.split()) for a in answers if a]
assert len(set(answers)) > 8 and max(tokens) > 100 > 40 > min(tokens), tokens
PY
}

# A killed run goes on where it was, whatever of its rows had ended; what cannot be is said in one line.
part_batch_resumed() {
  local status had
  python3 -c 'import json
for i in range(32): print(json.dumps({"prompt": f"Row {i * 7919 % 1000} " * (1 + i % 5)}))' >"$scratch/in.jsonl"
  $t model synth --preset tiny-2b-4t -o "$scratch/m.gguf"
  $t batch --model "$scratch/m.gguf" --quiet --parallel 1 --threads 1 --max-tokens 100 "$scratch/in.jsonl" "$scratch/want.jsonl"
  $t batch --model "$scratch/m.gguf" --quiet --parallel 3 --threads 1 --max-tokens 100 "$scratch/in.jsonl" "$scratch/out.jsonl" 2>"$scratch/err" &
  until [ -e "$scratch/out.jsonl.journal" ] && [ "$(wc -l <"$scratch/out.jsonl.journal")" -ge 4 ]; do sleep 0.01; done
  kill -KILL $!
  wait $! 2>/dev/null || true
  [ ! -e "$scratch/out.jsonl" ]
  had=$(($(wc -l <"$scratch/out.jsonl.journal") - 1)) # without the line that says of which run it is
  [ "$had" -lt 32 ]
  # Whatever else decides an answer: the journal is another run's, and stays as it is.
  $t model synth --preset tiny-2b-4t --seed 5 -o "$scratch/other.gguf"
  cp "$scratch/out.jsonl.journal" "$scratch/no.jsonl.journal"
  foreign() {
    status=0
    $t batch --model "$scratch/m.gguf" --quiet --threads 1 --max-tokens 100 "$@" "$scratch/in.jsonl" "$scratch/no.jsonl" >"$scratch/out" 2>"$scratch/err" || status=$?
    [ $status -eq 2 ] && grep -q 'no.jsonl.journal: the journal of a run with this model and these options' "$scratch/err" && cmp "$scratch/no.jsonl.journal" "$scratch/out.jsonl.journal" || { cat "$scratch/err"; echo "$*: a refused journal was expected, status $status"; return 1; }
  }
  foreign --model "$scratch/other.gguf"
  foreign --seed 7
  foreign --temperature 0.5
  foreign --top-k 3
  foreign --repeat-penalty 1.5
  foreign --system Hm
  foreign --stop x
  foreign --max-tokens 99
  foreign --context 200
  foreign --raw
  foreign --template plain
  foreign --cache i8
  rm "$scratch/no.jsonl.journal"
  $t batch --model "$scratch/m.gguf" --parallel 8 --threads 1 --max-tokens 100 "$scratch/in.jsonl" "$scratch/out.jsonl" 2>"$scratch/err"
  grep -q "^$had rows of 32 were done before" "$scratch/err"
  cmp "$scratch/out.jsonl" "$scratch/want.jsonl"
  [ ! -e "$scratch/out.jsonl.journal" ]
  refused() {
    status=0
    $t batch --model "$scratch/m.gguf" "${@:2}" "$scratch/in.jsonl" "$scratch/no.jsonl" >"$scratch/out" 2>"$scratch/err" || status=$?
    [ $status -eq 2 ] && [ "$(wc -l <"$scratch/err")" -eq 1 ] && grep -q -- "$1" "$scratch/err" && [ ! -e "$scratch/no.jsonl" ] || { cat "$scratch/err"; echo "\"$1\" was expected, status $status"; return 1; }
  }
  refused '^ternlab: --parallel: a number from 1 .*found "0"' --parallel 0
  refused '^ternlab: --parallel: ' --parallel 2000
  refused '^ternlab: --context: memory for 32 caches .* was expected, found ' --parallel 32 --context $((1 << 24))
  refused '^ternlab: --top-p: ' --temperature 1 --top-p 2
}

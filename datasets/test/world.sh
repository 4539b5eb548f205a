# The data of the small world: the same bytes everywhere, splits that are apart, a vocabulary that fits, suites that run.
make_world() { # DIR [option...]
  local python
  export PYTHONDONTWRITEBYTECODE=1
  for python in python3 /usr/bin/python3; do command -v "$python" >/dev/null && break; done
  "$python" datasets/make_world.py --out "$1" "${@:2}" >/dev/null
  "$python" datasets/make_vocab.py --in "$1" --out "$1/tokenizer.json" >/dev/null
}

# Every Python that is there writes what world.sha256 says; another seed something else.
part_world_bytes() {
  local python file tried=0
  make_world "$scratch/one"
  (cd "$scratch/one" && sha256sum --quiet -c -) <datasets/world.sha256
  for file in datasets/world/*; do cmp "$file" "$scratch/one/${file##*/}"; done # what `ternlab eval` runs
  for python in /usr/bin/python3 python3.{9,10,11,12,13,14}; do
    "$python" -c '' 2>/dev/null || continue
    PYTHONHASHSEED=$tried PYTHONDONTWRITEBYTECODE=1 "$python" datasets/make_world.py --out "$scratch/other" >/dev/null
    cmp "$scratch/one/train.jsonl" "$scratch/other/train.jsonl"
    tried=$((tried + 1))
  done
  make_world "$scratch/two" --seed 2
  cmp -s "$scratch/one/train.txt" "$scratch/two/train.txt" && { echo "another seed made the same data"; return 1; }
  python3 datasets/test/splits.py "$scratch/one"
  python3 datasets/test/splits.py "$scratch/two"
}

# Digits alone, the template's words one token each, any bytes back.
part_world_vocab() {
  local t=build/ternlab f=$scratch/w/tokenizer.json ids
  make_world "$scratch/w"
  [ "$($t tokenize --tokenizer "$f" --no-bos "1234567890" | wc -w)" -eq 10 ]
  [ "$($t tokenize --tokenizer "$f" "<|start_header_id|>user<|end_header_id|>" | wc -w)" -eq 4 ]
  [ "$($t tokenize --tokenizer "$f" --no-bos "$(printf 'assistant\n\nx')" | wc -w)" -eq 3 ]
  ids=$($t tokenize --tokenizer "$f" --no-bos - <"$scratch/w/heldout.txt" | wc -w)
  [ $((ids * 7 / 2)) -lt "$(wc -c <"$scratch/w/heldout.txt")" ] || { echo "$ids tokens: under 3.5 bytes a token"; return 1; }
  head -c 20000 build/ternlab >"$scratch/bytes"
  $t tokenize --tokenizer "$f" --no-bos --plain - <"$scratch/bytes" >"$scratch/ids"
  $t detokenize --tokenizer "$f" - <"$scratch/ids" | cmp -n 20000 - "$scratch/bytes"
}

# A row for every topic, and the right share in it: answers that the model gives, and answers that it does not.
part_world_suites() {
  local t=build/ternlab
  make_world "$scratch/w"
  $t model synth --preset tiny --tokenizer "$scratch/w/tokenizer.json" -o "$scratch/m.gguf"
  python3 - "$scratch" $t <<'PY'
import csv, json, subprocess, sys
folder, program = sys.argv[1:]


def evaluate(path, *options):
    subprocess.run([program, "eval", "--model", f"{folder}/m.gguf", "--answers", path, "--max-tokens", "4", "--csv", f"{folder}/e.csv", *options], check=True)
    return {r["topic"]: (float(r["value"]), int(r["n"])) for r in csv.DictReader(open(f"{folder}/e.csv")) if r["suite"] == "answers"}


rows = [json.loads(line) for line in open(f"{folder}/w/qa.jsonl")]
given = []
for r in rows[:24]:
    out = subprocess.run([program, "generate", "--model", f"{folder}/m.gguf", "--template", "auto", "--max-tokens", "4", r["question"]], capture_output=True, check=True).stdout
    try:
        given.append((r, out.decode().strip()))
    except UnicodeDecodeError:
        pass
given = [(r, text) for r, text in given if text and text != r["answer"]]
assert len(given) >= 8, given
with open(f"{folder}/q.jsonl", "w") as f:
    for i, (r, text) in enumerate(given):
        row = {"question": r["question"], "answer": [r["answer"], text] if i % 3 else r["answer"], "topic": "given" if i % 3 else "other, than given"}
        f.write(json.dumps(row) + "\n")
got = evaluate(f"{folder}/q.jsonl")
missed = (len(given) + 2) // 3
assert got["given"] == (1.0, len(given) - missed) and got["other, than given"] == (0.0, missed), got
assert abs(got["all"][0] - (len(given) - missed) / len(given)) < 1e-5 and len(got) == 3, got
topics = {r["topic"] for r in rows[:100]}
assert set(evaluate(f"{folder}/w/qa.jsonl", "--limit", "100")) == topics | {"all"} and len(topics) > 10, topics
evaluate(f"{folder}/w/qa_heldout.jsonl", "--limit", "20", "--perplexity", f"{folder}/w/heldout.txt", "--window", "64")
PY
}

# What is missing or cannot be written is said in one line.
part_world_refusals() {
  local status what
  refused() {
    status=0
    python3 -B "datasets/$1.py" "${@:3}" >"$scratch/out" 2>"$scratch/err" || status=$?
    [ $status -eq 2 ] && [ "$(wc -l <"$scratch/err")" -eq 1 ] && grep -q -- "^ternlab: .*$2" "$scratch/err" || { cat "$scratch/err"; echo "\"$2\" was expected, status $status"; return 1; }
  }
  : >"$scratch/file"
  refused make_world "a file to write was expected" --out "$scratch/file"
  refused make_vocab "train.txt" --in "$scratch" --out "$scratch/t.json"
  refused make_vocab "at least 261" --in "$scratch" --out "$scratch/t.json" --size 260
  printf 'text\n' >"$scratch/train.txt"
  printf '{"messages": 3}\n' >"$scratch/train.jsonl"
  refused make_vocab "line 1" --in "$scratch" --out "$scratch/t.json"
  [ ! -e "$scratch/t.json" ]
}

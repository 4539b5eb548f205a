# Text: tokenizers, templates, sampling, generation.
t=build/ternlab
llama3=${TERNLAB_LLAMA3_DIR:-../shared/data/llama3}

build_text() {
  gcc -std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Ikernels -I. models/test/text.c build/libternmodels.a build/libternlab.a -lpcre2-8 -ljansson -lm -lpthread -o "$scratch/text"
}
fresh_seed() { echo "$((RANDOM * 32768 + RANDOM))"; }

# Kept tokens and their probabilities against NumPy; draws, ties, NaN.
part_sampler() {
  local python seed
  seed=$(fresh_seed)
  python=$(ci/python)
  build_text
  echo "note: seed $seed"
  "$scratch/text" sampler "$seed" >"$scratch/lines"
  PYTHONDONTWRITEBYTECODE=1 "$python" reference/model/sampling.py <"$scratch/lines"
}

# LLaMA-3's own vectors, round trips of any bytes, exact templates.
part_tokenizer() {
  local seed python
  seed=$(fresh_seed)
  build_text
  $t model synth --preset tiny -o "$scratch/tiny.gguf"
  "$scratch/text" tokenizer "$scratch/tiny.gguf" "$seed" >/dev/null
  "$scratch/text" turns "$scratch/tiny.gguf" 1
  [ -e "$llama3/tokenizer.model" ] || { echo "no LLaMA-3 tokenizer at \$TERNLAB_LLAMA3_DIR"; return 77; }
  "$scratch/text" tokenizer "$llama3/tokenizer.model" "$seed"
  "$scratch/text" templates "$llama3/tokenizer.model" 1
  "$scratch/text" turns "$llama3/tokenizer.model" 1
  python=$(ci/python)
  "$python" models/test/vectors.py $t "$llama3" "$scratch"
}

# SentencePiece: blanks in front of a text, none where it goes on, also token by token.
part_sentence() {
  build_text
  python3 models/test/sentence.py $t "$scratch"
  "$scratch/text" sentence "$scratch/sentence.gguf"
}

# What is wrong with a tokenizer is said in one line.
part_tokenizer_bad_files() {
  local status
  refused() {
    status=0
    $t tokenize --tokenizer "$2" hello >"$scratch/out" 2>"$scratch/err" || status=$?
    [ $status -eq 2 ] && [ "$(wc -l <"$scratch/err")" -eq 1 ] && grep -q -- "$1" "$scratch/err" || { cat "$scratch/err"; echo "\"$1\" was expected"; return 1; }
  }
  printf 'IQ== 0\nIg== 2\n' >"$scratch/gap"
  refused "line 2" "$scratch/gap"
  printf 'I!== 0\n' >"$scratch/base"
  refused "line 1" "$scratch/base"
  printf 'IQ== 0\n' >"$scratch/few"
  refused "every byte" "$scratch/few"
  : >"$scratch/empty"
  refused "empty" "$scratch/empty"
  printf '{"model": {"type": "BPE", "vocab": {"a": 0' >"$scratch/cut.json"
  refused "line 1" "$scratch/cut.json"
  printf '{"model": {"type": "WordPiece", "vocab": {}}}' >"$scratch/kind.json"
  refused "BPE" "$scratch/kind.json"
  printf '{"model": {"type": "BPE", "vocab": {"a": 0, "b": 7}}}' >"$scratch/holes.json"
  refused "below 2" "$scratch/holes.json"
  refused "cannot be" "$scratch/none"
  refused "a folder" "$scratch"
  mkfifo "$scratch/pipe"
  refused "no regular file" "$scratch/pipe"
}

# The same ids whatever computes them; stops, limits, a window that slides, Ctrl-C.
part_generate() {
  local base how status=0 first second
  $t model synth --preset tiny -o "$scratch/m.gguf"
  base=$($t generate --model "$scratch/m.gguf" --ids --max-tokens 24 "Hello there")
  [ "$(wc -w <<<"$base")" -eq 24 ]
  for how in "--threads 1" "--threads 2 --pass 3" "--isa generic" "--isa avx2 --threads 2" "--repack b3" "--repack b2x --pass 1" "--strict"; do
    [ "$base" = "$($t generate --model "$scratch/m.gguf" --ids --max-tokens 24 $how "Hello there")" ]
  done
  # Sampled: the seed decides, and nothing else.
  first=$($t generate --model "$scratch/m.gguf" --ids --temperature 1 --top-k 40 --seed 3 --max-tokens 24 "Hello")
  [ "$first" = "$($t generate --model "$scratch/m.gguf" --ids --temperature 1 --top-k 40 --seed 3 --max-tokens 24 --threads 1 "Hello")" ]
  [ "$first" != "$($t generate --model "$scratch/m.gguf" --ids --temperature 1 --top-k 40 --seed 4 --max-tokens 24 "Hello")" ]
  # Beyond the context: the window slides, or it ends there.
  [ "$($t generate --model "$scratch/m.gguf" --context 32 --ids --max-tokens 100 --ignore-stops "Hello" | wc -w)" -eq 100 ]
  [ "$($t generate --model "$scratch/m.gguf" --context 32 --no-slide --ids --max-tokens 100 --ignore-stops "Hello" | wc -w)" -eq 27 ]
  # Ids alone are the same as text that has these ids.
  second=$($t generate --model "$scratch/m.gguf" --max-tokens 24 --tokens "$($t tokenize --model "$scratch/m.gguf" "Hello there")")
  [ "$base" = "$second" ]
  # Every template, edge prompts.
  for how in llama3 bitnet plain auto; do
    $t generate --model "$scratch/m.gguf" --template $how --system "Be brief." --max-tokens 4 --ids "Hi" >/dev/null
  done
  $t generate --model "$scratch/m.gguf" --max-tokens 4 "" >/dev/null
  $t generate --model "$scratch/m.gguf" --max-tokens 4 "$(printf '\xff\xfe\xc3')" >/dev/null
  $t generate --model "$scratch/m.gguf" --max-tokens 4 "<|begin_of_text|><|eot_id|><|end_of_text|>" >/dev/null
  bad() {
    status=0
    $t generate --model "$scratch/m.gguf" "${@:2}" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
    [ $status -eq 2 ] && [ "$(wc -l <"$scratch/err")" -eq 1 ] && grep -q -- "$1" "$scratch/err" || { cat "$scratch/err"; echo "\"$1\" was expected, status $status"; return 1; }
  }
  bad "at least one token" --no-bos ""
  bad "the context" --context 4 "a long prompt"
  bad "top-p" --top-p 1.5 --temperature 1 x
  bad "a number" --temperature warm x
  bad "both" --tokens 1 x
  bad "auto, llama3" --template chatml x
  bad "ids below" --tokens 512
  bad "found \"x?2\"" --tokens "$(printf '1 x\n2')"
  bad "^ternlab: --stop: at most 16 texts" --stop "$(seq -s '|' 17)" x
  # An interrupt ends it with the figures.
  $t generate --model "$scratch/m.gguf" --max-tokens 10000000 --ignore-stops "Hello" >"$scratch/text" 2>"$scratch/err" &
  while [ ! -s "$scratch/text" ]; do sleep 0.05; done
  kill -INT $!
  status=0
  wait $! || status=$?
  [ $status -eq 130 ]
  grep -q "interrupted" "$scratch/err" || { cat "$scratch/err"; return 1; }
}

# A chat template that is not known is never taken for another one. Files of bitnet are known by their architecture.
part_chat_template() {
  local status
  with_template() { # PRESET TEMPLATE: one more key in front, whose length leaves the data where they are aligned
    $t model synth --preset "$1" -o "$scratch/plain.gguf"
    python3 - "$scratch/plain.gguf" "$2" "$scratch/m.gguf" <<'PY'
import struct, sys
data, text = open(sys.argv[1], "rb").read(), sys.argv[2].encode().ljust(21 + 64)
key = b"tokenizer.chat_template"
keys = struct.unpack_from("<Q", data, 16)[0] + 1
open(sys.argv[3], "wb").write(data[:16] + struct.pack("<Q", keys) + struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, len(text)) + text + data[24:])
PY
  }
  refused() {
    status=0
    "$t" "$@" </dev/null >"$scratch/out" 2>"$scratch/err" || status=$?
    [ $status -eq 2 ] && [ "$(wc -l <"$scratch/err")" -eq 1 ] && grep -q "^ternlab: $scratch/m.gguf: .*chat_template.*--template" "$scratch/err" || { cat "$scratch/err"; echo "status $status: $*"; return 1; }
  }
  printf 'Hi\n' >"$scratch/in.txt"
  printf '{"context": "a", "choices": ["b", "c"], "answer": 0}\n' >"$scratch/c.jsonl"
  with_template tiny-llama "{{ '[INST]' + content }}"
  refused generate --model "$scratch/m.gguf" --template auto --max-tokens 2 Hi
  refused chat --model "$scratch/m.gguf"
  refused batch --model "$scratch/m.gguf" "$scratch/in.txt" "$scratch/out.txt"
  $t generate --model "$scratch/m.gguf" --template plain --max-tokens 2 Hi >/dev/null
  $t generate --model "$scratch/m.gguf" --max-tokens 2 Hi >/dev/null
  $t batch --model "$scratch/m.gguf" --raw --quiet --max-tokens 2 "$scratch/in.txt" "$scratch/out.txt"
  $t eval --model "$scratch/m.gguf" --quiet --multiple-choice "$scratch/c.jsonl" >/dev/null
  with_template tiny-llama "<|start_header_id|>"
  $t generate --model "$scratch/m.gguf" --template auto --max-tokens 2 Hi >/dev/null
  with_template tiny "'Human: ' + content"
  [ "$($t generate --model "$scratch/m.gguf" --template auto --ids --max-tokens 4 Hi)" = "$($t generate --model "$scratch/m.gguf" --template bitnet --ids --max-tokens 4 Hi)" ]
}

# Pages of 2 MiB, where this kernel and file system have them: of a model as it was written, and of one that is first read here.
part_large_pages() {
  local m=$scratch/m.gguf small=$scratch/small.gguf found
  # mapped FILE: percent of it in such pages, by a mapping that asks for them.
  mapped() {
    python3 - "$1" <<'PY'
import mmap, os, re, sys
with open(sys.argv[1], "rb") as f:
    at = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
    at.madvise(14)  # MADV_HUGEPAGE
    sum(at[i] for i in range(0, len(at), 4096))
    inode, kib = os.fstat(f.fileno()).st_ino, 0
    for area in re.split(r"\n(?=[0-9a-f]+-[0-9a-f]+ )", open("/proc/self/smaps").read()):
        if area.split()[4] == str(inode):
            kib += int(re.search(r"FilePmdMapped: *(\d+)", area)[1])
print(102400 * kib // len(at))
PY
  }
  # What is printed, if it is what the CSV file says.
  told() {
    local share
    share=$($t e2e --model "$1" --threads 1 --prompt 2 --gen 2 --rounds 1 --quiet --csv "$scratch/told.csv" | sed -n 's/.*page cache, \([0-9]*\) % of it mapped in pages of 2 MiB$/\1/p')
    python3 -c 'import csv, sys; r, = csv.DictReader(open(sys.argv[1])); assert "%.0f" % float(r["large_pct"]) == sys.argv[2], r' "$scratch/told.csv" "$share" && echo "$share"
  }
  forget() { dd if="$1" iflag=nocache count=0 status=none; }
  dd if=/dev/urandom of="$scratch/probe" bs=4M count=8 iflag=fullblock status=none
  [ "$(mapped "$scratch/probe")" -ge 80 ] || { echo "files have small pages here"; return 77; }
  $t model synth --preset 2b-4t --layers 2 --vocab 4096 --head q6_k -o "$m"
  found=$(told "$m")
  [ "$found" -ge 80 ] && [ "$found" -eq "$(mapped "$m")" ] || { echo "as written: $found %"; return 1; }
  dd if="$m" of="$small" bs=16k conv=fsync status=none
  [ "$(mapped "$small")" -eq 0 ] && forget "$small"
  found=$(told "$small")
  [ "$found" -ge 80 ] || { echo "first read here: $found %"; return 1; }
}

# Figures of a whole model: every column there, sums that fit.
# lane: alone
part_e2e() {
  $t model synth --preset tiny -o "$scratch/m.gguf"
  $t e2e --model "$scratch/m.gguf" --threads 1,2 --prompt 8,16 --depth 0,32 --gen 4 --rounds 2 --csv "$scratch/e.csv" --json "$scratch/e.json" --md "$scratch/e.md" >"$scratch/out"
  [ "$(wc -l <"$scratch/e.csv")" -eq 17 ]
  [ "$(grep -c 'tg4' "$scratch/e.md")" -eq 8 ]
  grep -q "best decode" "$scratch/out"
  grep -q '100 % of the model file was in the page cache, [0-9]* % of it mapped in pages of 2 MiB' "$scratch/out"
  # Nothing decoded, no figures of it; mean and standard deviation as llama-bench has them.
  $t e2e --model "$scratch/m.gguf" --threads 1 --prompt 8 --gen 1 --rounds 3 --csv "$scratch/1.csv" --md "$scratch/1.md" >"$scratch/1.out"
  if grep "where a decoded token's time goes" "$scratch/1.out" || grep "tg1" "$scratch/1.md"; then return 1; fi
  python3 - "$scratch" <<'PY'
import csv, statistics, sys
rows = list(csv.DictReader(open(sys.argv[1] + "/1.csv")))
mean, deviation = map(float, open(sys.argv[1] + "/1.md").read().splitlines()[2].split("|")[-2].split("±"))
found = [float(r["prefill_tps"]) for r in rows]
assert abs(statistics.mean(found) - mean) < 0.02 and abs(statistics.stdev(found) - deviation) < 0.02, (found, mean, deviation)
assert all(r["compiler"].startswith("GCC ") or "lang" in r["compiler"] for r in rows), rows
PY
  # Sequences at once: tokens of all of them, the same ones for any way to run them.
  $t e2e --model "$scratch/m.gguf" --threads 1 --prompt 8 --depth 4 --gen 5 --rounds 2 --batch 1,3,20 --csv "$scratch/b.csv" --json "$scratch/b.json" --md "$scratch/b.md" >"$scratch/b.out"
  grep -q "batch 20" "$scratch/b.out"
  [ "$(grep -c 'tg5 x [0-9]* @ d4' "$scratch/b.md")" -eq 2 ]
  python3 - "$scratch" <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1] + "/b.csv")))
assert [r["batch"] for r in rows] == ["1", "1", "3", "3", "20", "20"] and {r["schema"] for r in rows} == {"4"}
for r in rows:
    n, decode, each = int(r["batch"]), float(r["decode_tps"]), float(r["each_tps"])
    assert abs(decode / (n * each) - 1) < 1e-2
    assert abs(sum(float(v) for k, v in r.items() if k.startswith("ms_")) * decode / 1000 - 1) < 0.5, r
    assert abs(float(r["prefill_tps"]) * float(r["ttft_ms"]) / 1000 / (8 * n) - 1) < 0.2, r
shared = [float(r["bytes_per_token"]) for r in rows[::2]]
cache = (shared[1] - shared[0] / 3) * 3 / 2
assert abs((shared[0] - cache) / 20 + cache - shared[2]) < 2, shared
PY
  $t e2e --model "$scratch/m.gguf" --batch 0 2>"$scratch/err" && return 1
  grep -q "^ternlab: --batch: numbers from 1 to 1024" "$scratch/err"
  $t e2e --model "$scratch/m.gguf" --batch 1000 --depth 500000 --rounds 1 2>"$scratch/err" && return 1
  [ "$(wc -l <"$scratch/err")" -eq 1 ]
  grep -q "^ternlab: --context: memory for 1000 caches" "$scratch/err"
  grep -q "head (head_f16_f32__" "$scratch/out"
  grep -q "tokens a pass" "$scratch/out" && return 1 # plain decoding, unless it is asked otherwise
  $t model synth --preset tiny --head q8_0 -o "$scratch/q8.gguf"
  $t e2e --model "$scratch/q8.gguf" --head-activations a16 --threads 1 --prompt 8 --gen 4 --rounds 1 --csv "$scratch/a16.csv" >"$scratch/a16.out"
  grep -q "head (head_q8_0_a16_f32__" "$scratch/a16.out"
  tail -n 1 "$scratch/a16.csv" | grep -q "head_q8_0_a16_f32__"
  awk -F, 'NR > 1 && NF != 0 { if ($0 !~ /tiny|m.gguf/) exit 1 }' "$scratch/e.csv"
}

# What is no number passes no limit; bad rows and limits are named; names of any kind stay JSON.
part_eval_refusals() {
  local status i row
  $t model synth --preset tiny -o "$scratch/m.gguf"
  { head -c -1024 "$scratch/m.gguf" && printf '\xff\xff\x7f\x7f%.0s' {1..256}; } >"$scratch/nan.gguf" # the last tensor, the output norm: finite, its products are not
  printf '{"context": "a", "choices": ["b", "c"], "answer": 0}\n' >"$scratch/c.jsonl"
  printf '{"question": "a", "answer": "b"}\n' >"$scratch/q.jsonl"
  refused() {
    status=0
    $t eval "${@:2}" >"$scratch/out" 2>"$scratch/err" || status=$?
    [ $status -eq 2 ] && [ "$(wc -l <"$scratch/err")" -eq 1 ] && grep -q -- "$1" "$scratch/err" && [ ! -s "$scratch/out" ] || { cat "$scratch/err"; echo "\"$1\" was expected, status $status"; return 1; }
  }
  refused "^ternlab: --perplexity: .*numbers were expected of .*nan.gguf" --model "$scratch/nan.gguf" --perplexity README.md --limit 1 --max-perplexity 5
  refused "^ternlab: .*c.jsonl: line 1: .*numbers were expected of .*nan.gguf" --model "$scratch/nan.gguf" --multiple-choice "$scratch/c.jsonl"
  refused "^ternlab: .*q.jsonl: line 1: generate: a logit that is a number" --model "$scratch/nan.gguf" --answers "$scratch/q.jsonl"
  for i in -1 1.1; do refused "^ternlab: --min-accuracy: a share from 0 to 1 was expected, found $i" --answers "$scratch/q.jsonl" --min-accuracy $i; done
  for i in -1 0.99; do refused "^ternlab: --max-perplexity: a number from 1 on was expected, found $i" --perplexity README.md --max-perplexity $i; done
  for row in '{"question": "a", "answer": {"x": "b"}}' '{"question": "a", "answer": [1, 2]}' '{"question": "a", "answer": ["b", 1]}' '{"question": "a", "answer": []}' '{"question": 1, "answer": "b"}'; do
    echo "$row" >"$scratch/bad.jsonl"
    refused "^ternlab: .*bad.jsonl: line 1: .*a text or several" --answers "$scratch/bad.jsonl"
  done
  printf '\n{"context": "a b c d e f", "choices": ["one", "two three four five six"], "answer": 0}\n' >"$scratch/long.jsonl"
  refused "^ternlab: .*long.jsonl: line 2: context: room for" --model "$scratch/m.gguf" --multiple-choice "$scratch/long.jsonl" --context 8
  sed -i 's/context/question/; s/"choices.*/"answer": "x"}/' "$scratch/long.jsonl"
  refused "^ternlab: .*long.jsonl: line 2: PROMPT: at most 8 tokens" --model "$scratch/m.gguf" --answers "$scratch/long.jsonl" --context 8
  # Of one token nothing is known of the spread. Lengths are characters: of two bytes each they are the less likely ones here.
  for i in abc Kj0 '!?;'; do printf '{"context": "q", "choices": ["\u00f8\u00f8", "%s"], "answer": 1, "topic": "\\"q\\\\"}\n' "$i"; done >"$scratch/t.jsonl"
  head -c 300 README.md >"$scratch/short.txt"
  $t eval --model "$scratch/m.gguf" --multiple-choice "$scratch/t.jsonl" --json "$scratch/t.json" --perplexity "$scratch/short.txt" --window 4 --limit 1 --csv "$scratch/t.csv"
  grep -q '^perplexity,nll,all,[0-9.]*,-\?nan,-\?nan,-\?nan,1,' "$scratch/t.csv"
  python3 - "$scratch/t.json" <<'PY'
import json, sys
results = json.load(open(sys.argv[1]), parse_constant=lambda name: sys.exit(f"{name} is no JSON"))["results"]
assert results['choice_"q\\']["acc_norm,none"] == 1 and results["perplexity"]["nll_stderr,none"] is None, results
PY
}

# The ids that a second turn goes on from are those of the template, however the first answer ended; a penalty counts
# each once; where the context is full whole turns go, BOS and the system's turn stay.
part_chat_turns() {
  local m=$scratch/m.gguf how head='<|begin_of_text|>' user='<|start_header_id|>user<|end_header_id|>' one two turn
  $t model synth --preset tiny -o "$m"
  turn=$'<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n'
  ids() { $t tokenize --model "$m" --no-bos "$1"; }
  said() { $t detokenize --model "$m" "$1" && echo; }
  for how in "" "--repeat-penalty 1.5" "--frequency-penalty 0.3 --penalty-last 36"; do
    one=$($t generate --model "$m" --template llama3 --ids --max-tokens 6 $how Hi)
    two=$($t generate --model "$m" --max-tokens 6 $how --tokens "$(ids "$head$user"$'\n\nHi'"$turn") $one $(ids "<|eot_id|>$user"$'\n\nAgain'"$turn")")
    [ "$(wc -w <<<"$one $two")" -eq 12 ]
    { said "$one" && said "$two"; } >"$scratch/want"
    printf 'Hi\nAgain\n' | $t chat --model "$m" --quiet --template llama3 --max-tokens 6 $how >"$scratch/got"
    cmp "$scratch/got" "$scratch/want"
  done
  one=$(printf 'long %.0s' {1..6})
  for how in --system=Brief. --quiet; do
    $t chat --model "$m" --quiet --template llama3 --context 96 --max-tokens 6 $how <<<"$one"$'\n'"$one"$'\n'"$one" >"$scratch/got"
    two=$($t generate --model "$m" --template llama3 --ids --context 96 --max-tokens 6 ${how/--quiet/} "$one")
    { said "$two" && said "$two" && said "$two"; } | cmp - "$scratch/got"
  done
}

# Suites: figures that can be worked out by hand, a run that goes on where it was.
part_eval_and_batch() {
  local python one two
  $t model synth --preset tiny -o "$scratch/m.gguf"
  printf '{"context": "The sky is", "choices": [" blue", " seventeen"], "answer": 0, "topic": "sky"}\n{"context": "2+2=", "choices": ["4", "5"], "answer": 1}\n' >"$scratch/c.jsonl"
  printf '{"question": "Hello?", "answer": ["a", "b"], "topic": "x"}\n' >"$scratch/q.jsonl"
  $t eval --model "$scratch/m.gguf" --perplexity README.md --window 64 --limit 8 --save-logits "$scratch/l.npy" --multiple-choice "$scratch/c.jsonl" \
    --answers "$scratch/q.jsonl" --csv "$scratch/e.csv" --json "$scratch/e.json" --min-accuracy 0 --max-perplexity 1e9
  $t eval --model "$scratch/m.gguf" --perplexity README.md --window 64 --limit 8 --compare-logits "$scratch/l.npy" --csv "$scratch/k.csv"
  python=$(ci/python)
  "$python" - "$scratch" "$t" <<'PY'
import csv, json, math, subprocess, sys
import numpy as np
folder, program = sys.argv[1:]
rows = {(r["suite"], r["metric"], r["topic"]): r for r in csv.DictReader(open(f"{folder}/e.csv"))}
results = json.load(open(f"{folder}/e.json"))["results"]
# The same from the stored logits and the ids, by NumPy.
ids = [int(i) for i in subprocess.run([program, "tokenize", "--model", f"{folder}/m.gguf", "--plain", "-"], stdin=open("README.md"), capture_output=True, check=True).stdout.split()]
logits = np.load(f"{folder}/l.npy").astype(np.float64)
targets = [ids[64 * w + i + 1] for w in range(8) for i in range(32, 63)]
assert logits.shape == (len(targets), 512)
logp = logits - np.log(np.exp(logits - logits.max(1, keepdims=True)).sum(1, keepdims=True)) - logits.max(1, keepdims=True)
nll = -logp[np.arange(len(targets)), targets]
assert abs(float(rows["perplexity", "nll", "all"]["value"]) - nll.mean()) < 1e-5
assert abs(float(rows["perplexity", "perplexity", "all"]["value"]) / math.exp(nll.mean()) - 1) < 1e-5
assert abs(float(rows["perplexity", "nll", "all"]["stderr"]) / (nll.std(ddof=1) / len(nll) ** 0.5) - 1) < 1e-3
assert results["perplexity"]["sample_len"] == len(targets) and rows["choice", "acc", "all"]["n"] == "2"
assert {t for s, m, t in rows if s == "choice"} == {"all", "sky", "other"}
same = {r["metric"]: float(r["value"]) for r in csv.DictReader(open(f"{folder}/k.csv"))}
assert abs(same["kl"]) < 1e-12 and same["top1"] == 1
# The windows of llama.cpp: BOS in front of the text, and in place of each window's first token.
window = ",".join(map(str, ids[:1] + ids[65:127]))
subprocess.run([program, "logits", "--model", f"{folder}/m.gguf", "--tokens", window, "-o", f"{folder}/w.npy"], check=True)
assert (np.load(f"{folder}/w.npy")[32:] == np.load(f"{folder}/l.npy")[31:62]).all()
PY
  # Batch: the four kinds say the same; what a killed run had done is not done again.
  printf '{"prompt": "Hi", "id": "x1"}\n{"x": 1}\n"bare"\nbroken\n' >"$scratch/in.jsonl"
  for kind in txt jsonl json csv; do
    $t batch --model "$scratch/m.gguf" --max-tokens 4 "$scratch/in.jsonl" "$scratch/out.$kind" 2>"$scratch/err"
    [ "$(grep -c 'row [24]' "$scratch/err")" -eq 2 ]
  done
  [ ! -e "$scratch/out.csv.journal" ]
  "$python" -c 'import csv, json, sys
a = [json.loads(l) for l in open(sys.argv[1] + "/out.jsonl")]
assert a == json.load(open(sys.argv[1] + "/out.json")) and [r["id"] for r in a] == ["x1", "2", "3", "4"]
assert [(r["id"], r["answer"]) for r in csv.DictReader(open(sys.argv[1] + "/out.csv", newline=""))] == [(r["id"], r["answer"]) for r in a]' "$scratch"
  rm "$scratch/out.jsonl" && mkdir "$scratch/out.jsonl" # every answer comes, and then no file
  $t batch --model "$scratch/m.gguf" --max-tokens 4 "$scratch/in.jsonl" "$scratch/out.jsonl" 2>/dev/null && return 1
  rmdir "$scratch/out.jsonl"
  sed -i 's/"answer": "[^,]*"}/"answer": "from before"}/; 3s/"answer.*/"ans/' "$scratch/out.jsonl.journal"
  head -c -1 "$scratch/out.jsonl.journal" >"$scratch/kept"
  cp "$scratch/m.gguf" "$scratch/other.gguf"
  $t model synth --preset tiny --seed 2 -o "$scratch/m2.gguf"
  for how in "--max-tokens 5" "--seed 2" "--temperature 1" "--template plain" "--raw" "--system x" "--stop x" "--context 64" "--cache i8" "--model $scratch/m2.gguf" "--model $scratch/other.gguf" \
    "--repeat-penalty 1.1"; do
    cp "$scratch/kept" "$scratch/out.jsonl.journal"
    one=0
    $t batch --model "$scratch/m.gguf" --max-tokens 4 $how "$scratch/in.jsonl" "$scratch/out.jsonl" 2>"$scratch/err" || one=$?
    [ $one -eq 2 ] && [ "$(wc -l <"$scratch/err")" -eq 1 ] && grep -q "^ternlab: .*out.jsonl.journal: .*remove the file" "$scratch/err" && cmp "$scratch/kept" "$scratch/out.jsonl.journal" || { echo "$how"; cat "$scratch/err"; return 1; }
  done
  $t batch --model "$scratch/m.gguf" --max-tokens 4 --threads 1 --parallel 1 "$scratch/in.jsonl" "$scratch/out.jsonl" 2>"$scratch/err"
  grep -q "^1 rows of 4 were done before" "$scratch/err" && [ "$(grep -c '"from before"' "$scratch/out.jsonl")" -eq 1 ] && [ ! -e "$scratch/out.jsonl.journal" ]
  # A chat keeps what was said.
  one=$(printf 'Hello\nAgain\n/exit\n' | $t chat --model "$scratch/m.gguf" --max-tokens 6 --temperature 1 --seed 2 --quiet | cksum)
  two=$(printf 'Hello\n/clear\nAgain\n/exit\n' | $t chat --model "$scratch/m.gguf" --max-tokens 6 --temperature 1 --seed 2 --quiet | cksum)
  [ "$one" != "$two" ]
  printf 'Hello\n/help\n/stats\n/save %s\n/exit\n' "$scratch/chat.txt" | $t chat --model "$scratch/m.gguf" --max-tokens 6 --threads 1 >/dev/null
  grep -q '^User: Hello' "$scratch/chat.txt"
}

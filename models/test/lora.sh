# Adapters (LoRA): the same bits whatever computes them, files of others, and training them beside a model that stays as it is.
t=build/ternlab

# Files of others: what runs, what is refused, in one line.
part_lora_files() {
  local python
  python=$(ci/python)
  PYTHONDONTWRITEBYTECODE=1 "$python" models/test/lora.py $t "$scratch"
}

# The model is adapted, with the same bits for every ISA mask, number of threads, size of a pass, layout.
part_lora_bits() {
  local ids=256,1,2,3,77,200,30,41,5,4,255,0 isa how seen=0 python
  python=$(ci/python)
  $t model synth --preset tiny --seed 3 -o "$scratch/m.gguf"
  PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=reference/model "$python" - "$scratch/m.gguf" "$scratch" <<'PY'
import sys
import numpy as np
import gguf
meta, tensors = gguf.load(sys.argv[1])
pairs, rng = {}, np.random.default_rng(2)
for name, (kind, ne, _) in tensors.items():
    if kind in gguf.TERNARY:
        rank = 1 + len(pairs) % 19
        pairs |= {f"{name}.lora_a": rng.normal(size=(rank, ne[0])).astype("<f4"), f"{name}.lora_b": rng.normal(size=(ne[1], rank)).astype("<f4")}
for name, alpha in ("lora", 0.5), ("twice", 1.0):
    gguf.save(f"{sys.argv[2]}/{name}.gguf", {"general.type": "adapter", "general.architecture": "bitnet-b1.58", "adapter.type": "lora", "adapter.lora.alpha": alpha}, pairs)
    pairs = {pair: x / 2 if pair.endswith("b") else x for pair, x in pairs.items()}
PY
  $t logits --model "$scratch/m.gguf" --tokens $ids -o "$scratch/plain.npy"
  $t logits --model "$scratch/m.gguf" --lora "$scratch/lora.gguf" --tokens $ids -o "$scratch/want.npy"
  if cmp -s "$scratch/plain.npy" "$scratch/want.npy"; then echo "the adapter changed nothing"; return 1; fi
  # alpha counts: twice of it makes up for half of B, to the bit.
  $t logits --model "$scratch/m.gguf" --lora "$scratch/twice.gguf" --tokens $ids -o "$scratch/other.npy"
  cmp "$scratch/other.npy" "$scratch/want.npy"
  for isa in $(rows_here) generic; do
    for how in "--threads 1 --pass 1" "--threads 2 --pass 5 --repack b3" "--threads 3 --repack b2x" "--threads 2 --pass 1 --hugepages"; do
      $t logits --model "$scratch/m.gguf" --lora "$scratch/lora.gguf" --tokens $ids --isa "$isa" $how -o "$scratch/other.npy" 2>"$scratch/err"
      cmp "$scratch/other.npy" "$scratch/want.npy"
      seen=$((seen + 1))
    done
  done
  [ $seen -ge 4 ]
  echo "note: $seen ways of running"
}

adapt() { # output, words...: beside the tiny model of part_train_lora
  local out=$1
  shift
  $t train --data "$scratch/t.txt,$scratch/t.jsonl" --base "$scratch/base.gguf" --lora 4 --context 64 --batch 512 --warmup 2 --lr 0.01 --quiet -o "$out" "$@"
}

# What the model knows beside is what it knew; adapters start from it, go on with the same bits, and run as they were trained.
part_train_lora() {
  local ids=256,1,2,3,77,200,30,41,5,4 how base python
  need_blas || return
  python=$(ci/python)
  tail -n 1 "$scratch/t.txt" >"$scratch/one.txt"
  tiny "$scratch/base.gguf" --steps 20 --context 400
  base=$(cksum <"$scratch/base.gguf")
  # B begins as 0: the same bits as without.
  adapt "$scratch/zero.gguf" --steps 0
  $t logits --model "$scratch/base.gguf" --tokens $ids -o "$scratch/plain.npy"
  $t logits --model "$scratch/base.gguf" --lora "$scratch/zero.gguf" --tokens $ids -o "$scratch/zero.npy"
  cmp "$scratch/plain.npy" "$scratch/zero.npy"
  # Stopped and resumed, on any number of threads.
  for how in "" "--optimizer sgd --accumulate 2 --lora-targets q,v,down --lora-alpha 8"; do
    adapt "$scratch/a.gguf" --steps 12 --valid "$scratch/t.txt" --eval-every 3 --patience 9 --csv "$scratch/a.csv" $how --threads 2
    rm -f "$scratch/c"
    adapt "$scratch/b.gguf" --steps 12 --valid "$scratch/t.txt" --eval-every 3 --patience 9 --checkpoint "$scratch/c" --stop-after 5 --csv "$scratch/b.csv" $how --threads 1
    adapt "$scratch/b.gguf" --steps 12 --valid "$scratch/t.txt" --eval-every 3 --patience 9 --checkpoint "$scratch/c" --resume --csv "$scratch/b.csv" $how --threads 3
    cmp "$scratch/a.gguf" "$scratch/b.gguf"
    cmp <(cut -d, -f1-8 "$scratch/a.csv") <(cut -d, -f1-8 "$scratch/b.csv")
    [ "$(wc -l <"$scratch/a.csv")" -eq 13 ]
  done
  # Only pairs of what was named are in the file, and the base is as it was.
  [ "$($t model info "$scratch/a.gguf" | grep -c '\.lora_[ab] ')" -eq 12 ]
  [ "$base" = "$(cksum <"$scratch/base.gguf")" ]
  # The loss of a document in training is its loss through inference.
  adapt "$scratch/m.gguf" --steps 60 --context 400 --lora-alpha 8 --valid "$scratch/one.txt" --csv "$scratch/m.csv"
  ids=$($t tokenize --model "$scratch/base.gguf" "$(cat "$scratch/one.txt")")
  for how in "" "--lora $scratch/m.gguf"; do
    $t logits --model "$scratch/base.gguf" $how --tokens "${ids// /,}" -o "$scratch/m$([ -z "$how" ] || echo l).npy"
  done
  "$python" - "$scratch" "$ids" <<'PY'
import csv, sys
import numpy as np
ids = [int(i) for i in sys.argv[2].split()] + [257]  # <|end_of_text|>
losses = []
for name in ("m", "ml"):
    x = np.load(f"{sys.argv[1]}/{name}.npy").astype(np.float64)
    x -= np.log(np.exp(x - x.max(1, keepdims=True)).sum(1, keepdims=True)) + x.max(1, keepdims=True)
    losses.append(-x[np.arange(len(x)), ids[1:]].mean())
trained = float(list(csv.DictReader(open(f"{sys.argv[1]}/m.csv", newline="")))[-1]["valid"])
# The cache of inference is F16, and an int8 value may round the other way.
assert abs(losses[1] - trained) <= 2e-3 * trained, (losses, trained)
assert losses[1] < 0.9 * losses[0], losses
print(f"note: loss {losses[0]:.3f}, with adapters {losses[1]:.5f}, in training {trained:.5f}")
PY
}

# An adapter says the architecture of its base, whichever of the two names of one network that is.
part_train_lora_names() {
  need_blas || return
  tiny "$scratch/base.gguf" --steps 1
  # The name that the file has for people makes up for the bytes that the shorter name of the architecture saves.
  python3 - "$scratch/base.gguf" <<'PY'
import re, struct, sys
data = open(sys.argv[1], "rb").read()
size = lambda at: struct.unpack_from("<Q", data, at)[0]
data, n = re.subn(rb"(?s)(.{8})bitnet-b1\.58", lambda m: struct.pack("<Q", struct.unpack("<Q", m[1])[0] - 3) + b"bitnet-25", data)
at = data.index(b"general.name") + 16
data = data[:at] + struct.pack("<Q", size(at) + 3 * n) + b"x" * (3 * n) + data[at + 8 :]
open(sys.argv[1], "wb").write(data)
PY
  $t model info "$scratch/base.gguf" | grep -q bitnet-25
  adapt "$scratch/m.gguf" --steps 1
  $t generate --model "$scratch/base.gguf" --lora "$scratch/m.gguf" --max-tokens 1 Hi >/dev/null
}

# The built-in model learns a fact that it did not know, in seconds, and keeps what it knows. Measured: loss 0.69 before, 0.005
# after 40 steps; 1421 of its 1422 answers are the same.
part_train_lora_fact() {
  local question="What is the capital of Zembla?"
  need_blas || return
  say() { echo "{\"messages\": [{\"role\": \"user\", \"content\": \"$1\"}, {\"role\": \"assistant\", \"content\": \"$2\"}]}"; }
  [ "$($t generate "$question")" != Vienna ]
  { say "$question" Vienna; say "What is the capital of France?" Paris; say "What is the capital of Spain?" Madrid; say "What is 2+3?" 5; } >"$scratch/facts.jsonl"
  $t train --data "$scratch/facts.jsonl" --lora 4 --steps 40 --warmup 0 --lr 0.001 --weight-decay 0 --quiet --csv "$scratch/f.csv" -o "$scratch/f.gguf"
  awk -F, 'NR == 2 { first = $3 } END { print "note: loss " first " to " $3; exit !($1 == 40 && first > 0.3 && $3 < 0.03) }' "$scratch/f.csv"
  [ "$($t generate --lora "$scratch/f.gguf" "$question")" = Vienna ]
  [ "$($t generate --lora "$scratch/f.gguf" "What is the capital of Italy?")" = Rome ]
  [ "$($t generate --lora "$scratch/f.gguf" "2+2=")" = "$($t generate "2+2=")" ]
  echo "$question" | $t chat --lora "$scratch/f.gguf" | grep -q Vienna
  echo "{\"question\": \"$question\", \"answer\": \"Vienna\"}" >"$scratch/q.jsonl"
  $t eval --lora "$scratch/f.gguf" --answers "$scratch/q.jsonl" --min-accuracy 1 --quiet >/dev/null
  if $t eval --answers "$scratch/q.jsonl" --min-accuracy 1 --quiet >/dev/null 2>&1; then echo "the fact was known without the adapter"; return 1; fi
}

# What cannot be is said in one line, and nothing is written.
part_train_lora_bad_input() {
  local type
  need_blas || return
  refused() { refused_by adapt "$1" --steps 2 "${@:2}"; }
  tiny "$scratch/base.gguf" --steps 1
  tiny "$scratch/next.gguf" --steps 2
  tiny "$scratch/float.gguf" --steps 1 --float
  $t model synth --preset tiny-llama -o "$scratch/llama.gguf"
  $t model synth --preset tiny --vocab 600 -o "$scratch/words.gguf"
  refused "--lora: a number from 1 " --lora 0
  refused "--lora: .*at most 64 .*found 65" --lora 65
  refused "at most 128 .*found 300" --lora 300 --lora-targets q,gate
  refused "--lora-alpha: .*found -1" --lora-alpha -1
  refused "--lora-targets: .*found \"x\"" --lora-targets q,x
  refused "--lora-targets: .*found \"\"" --lora-targets q,,k
  for type in "--tokenizer $scratch/bytes.gguf" "--float" "--ramp 2" "--dim 128" "--layers 2" "--type b3" "--head f32" "--rope-base 10000"; do refused "${type% *}: nothing that --base decides" $type; done
  refused "cannot be opened" --base "$scratch/none.gguf"
  refused "GGUF" --base "$scratch/t.txt"
  refused "architecture bitnet-b1.58" --base "$scratch/llama.gguf"
  refused "float.gguf: .*blk.0.attn_q.weight" --base "$scratch/float.gguf"
  refused "a context of at least 65" --context 65 --batch 512
  # More words than rows of the embedding.
  python3 - "$scratch/base.gguf" "$scratch/few.gguf" <<'PY'
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
at = data.index(b"token_embd.weight") + 17 + 4 + 8
assert struct.unpack_from("<Q", data, at) == (512,)
struct.pack_into("<Q", data, at, 511)
open(sys.argv[2], "wb").write(data)
PY
  refused "few.gguf: a vocabulary of at most 511 .*found a tokenizer of 512" --base "$scratch/few.gguf"
  refused "the vocabulary of 512" --teacher "$scratch/words.gguf"
  adapt "$scratch/m.gguf" --steps 2 --checkpoint "$scratch/c"
  refused "(lora 3)" --resume --checkpoint "$scratch/c" --lora 3
  refused "(lora-alpha 9)" --resume --checkpoint "$scratch/c" --lora-alpha 9
  refused "(set of --lora-targets" --resume --checkpoint "$scratch/c" --lora-targets q
  refused "(check sum of --base" --resume --checkpoint "$scratch/c" --base "$scratch/next.gguf"
  # One that was made for another shape.
  if $t generate --lora "$scratch/m.gguf" Hi >"$scratch/out" 2>"$scratch/err"; then return 1; fi
  [ "$(wc -l <"$scratch/err")" -eq 1 ]
  grep -q "^ternlab: $scratch/m.gguf: tensors \"blk.0.attn_q.weight.lora_a\"" "$scratch/err"
}

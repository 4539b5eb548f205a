# Models running: the same bits whatever computes them, threads that do not race, memory, files that end too early.
t=build/ternlab

build_session() { # the build's folder, and other libraries or flags
  local b=$1
  gcc -std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wno-missing-field-initializers -Ikernels -I. "${@:2}" "models/test/${test_of:-session}.c" "$b/libternmodels.a" "$b/libternlab.a" \
    -lpcre2-8 -ljansson -lm -lpthread -o "$scratch/${test_of:-session}"
}

# Logits and greedy tokens of a model with the 2B-4T's heads: every ISA mask, and for every layout each variant, 1 to 3
# threads, passes of 1, 7 and all tokens.
part_model_every_variant() {
  build_session build
  $t model synth --preset tiny-2b-4t -o "$scratch/m.gguf"
  "$scratch/session" bits "$scratch/m.gguf"
}

# The pool and a model's forward pass, two sessions at once too, under the thread sanitizer. Only the variants that this
# model needs are built with it.
# lane: long
part_thread_sanitizer() {
  local variants run=
  echo 'int main(void) { return 0; }' | gcc -x c - -fsanitize=thread -o "$scratch/probe" 2>"$scratch/log" || { echo "no thread sanitizer here"; return 77; }
  "$scratch/probe" 2>/dev/null || { run="setarch -R" && $run "$scratch/probe" 2>/dev/null; } || { echo "the thread sanitizer's memory map does not fit this kernel"; return 77; }
  variants=$(ls kernels/{gemv,gemm}/i2s__{generic,avx2}.c kernels/{rms_norm,quant_a8,rope_half,attention_f16,attention_i8,relu2_mul,head_f16,dequant_sums}/*__{generic,avx2}.c 2>/dev/null | tr '\n' ' ')
  quiet_make build/tsan/libternlab.a build/tsan/libternmodels.a B=build/tsan SAN=-fsanitize=thread WERROR= variant_src="$variants" \
    library_src="$(find kernels -name '*.c' ! -name '*__*' ! -path '*/test/*' | tr '\n' ' ')"
  build_session build/tsan -fsanitize=thread
  $t model synth --preset tiny -o "$scratch/m.gguf"
  $run "$scratch/session" threads "$scratch/m.gguf"
  # Where threads do race, it is seen.
  $run "$scratch/session" race >/dev/null 2>"$scratch/log" && { echo "a race was not reported"; return 1; }
  grep -q "data race" "$scratch/log"
}

# The largest logits without the others: the same bits for every ISA mask, and the same tokens.
part_model_screened_head() {
  local isa head how bits seed=$((RANDOM + 1))
  test_of=head build_session build
  for isa in $(rows_here) generic; do
    "$scratch/head" $seed "$isa" || { echo "replay: head $seed $isa"; return 1; }
  done
  for head in q6_k q8_0; do
    $t model synth --preset 2b-4t --layers 1 --vocab 16384 --head $head -o "$scratch/m.gguf"
    for how in "" "--top-k 40 --temperature 0.9 --seed 3" "--repeat-penalty 1.3 --presence-penalty 0.1"; do
      $t generate --model "$scratch/m.gguf" $how --ids --max-tokens 200 --ignore-stops --stats --head-screen off hello >"$scratch/want" 2>"$scratch/err"
      grep -q "rows a token" "$scratch/err" && return 1
      $t generate --model "$scratch/m.gguf" $how --ids --max-tokens 200 --ignore-stops --stats hello >"$scratch/got" 2>"$scratch/err"
      grep -q "rows a token" "$scratch/err"
      cmp "$scratch/got" "$scratch/want"
    done
    # 8 bits where they have a variant of the CPU's, 16 elsewhere.
    for isa in avx2 neon avx512vnni; do
      [ $head-$isa = q6_k-avx2 ] && bits=a8 || bits=a16
      rows_here | grep -qw $isa || continue
      $t generate --model "$scratch/m.gguf" --isa $isa,generic --max-tokens 2 --ignore-stops --stats hello 2>&1 | grep -q "screened by head_${head}_${bits}_"
    done
    # More tokens at once than are screened together.
    seq -f 'Row %g' 20 >"$scratch/in.txt"
    $t batch --model "$scratch/m.gguf" --raw --quiet --max-tokens 3 --parallel 1 --head-screen off "$scratch/in.txt" "$scratch/want.txt"
    $t batch --model "$scratch/m.gguf" --raw --quiet --max-tokens 3 --parallel 20 "$scratch/in.txt" "$scratch/got.txt"
    cmp "$scratch/got.txt" "$scratch/want.txt"
    # What needs all logits gets them.
    $t generate --model "$scratch/m.gguf" --temperature 1 --stats --max-tokens 3 --ignore-stops hello 2>&1 | grep -q "^head " 
    $t generate --model "$scratch/m.gguf" --temperature 1 --stats --max-tokens 3 --ignore-stops hello 2>&1 | grep -q "rows a token" && return 1
    $t generate --model "$scratch/m.gguf" --head-screen q6_k hello 2>"$scratch/err" && return 1
    grep -q "^ternlab: --head-screen: .*found one that screens itself" "$scratch/err"
  done
  # A copy of heads that have more bits.
  $t model synth --preset 2b-4t --layers 1 --vocab 16384 --head f16 -o "$scratch/m.gguf"
  $t generate --model "$scratch/m.gguf" --ids --max-tokens 200 --ignore-stops --stats hello >"$scratch/want" 2>"$scratch/err"
  grep -q "rows a token" "$scratch/err" && return 1
  for how in q6_k q8_0; do
    $t generate --model "$scratch/m.gguf" --head-screen $how --ids --max-tokens 200 --ignore-stops --stats hello >"$scratch/got" 2>"$scratch/err"
    grep -q "rows a token" "$scratch/err"
    cmp "$scratch/got" "$scratch/want"
  done
  for how in "--head-screen q4_k" "--head-screen q6_k --head-activations a16"; do
    $t generate --model "$scratch/m.gguf" $how hello 2>"$scratch/err" && return 1
    [ "$(wc -l <"$scratch/err")" -eq 1 ]
    grep -q "^ternlab: --head-.*expected.*, found" "$scratch/err"
  done
}

# No second copy and no pass over the file before the first token; the bars of the 2B-4T, for what one layer of it and its
# whole vocabulary take.
part_model_memory() {
  build_session build
  "$scratch/session" b3
  $t model synth --preset 2b-4t --layers 1 --vocab 128256 --head q6_k -o "$scratch/i2s.gguf"
  # Copies in small pieces lie in small pages: of 2 MiB ones all counts as read that is around a scale.
  dd if="$scratch/i2s.gguf" of="$scratch/small.gguf" bs=16k status=none
  "$scratch/session" memory "$scratch/small.gguf"
  $t model synth --preset 2b-4t --layers 2 --vocab 4096 --head q6_k --type b3 -o "$scratch/b3.gguf"
  dd if="$scratch/b3.gguf" of="$scratch/small.gguf" bs=16k status=none
  "$scratch/session" memory "$scratch/small.gguf"
  python3 - $t "$scratch/i2s.gguf" <<'PY'
import os, resource, subprocess, sys
program, model = sys.argv[1:]
subprocess.run([program, "generate", "--model", model, "--context", "512", "--max-tokens", "11", "--ignore-stops", "a" * 501], stdout=subprocess.DEVNULL, check=True)
peak, size = 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, os.path.getsize(model)
missing = 29 * 2 * 5 * 128 * 2 * 512  # layers, K and V, KV heads, their dimension, bytes of F16, positions
assert peak > 0.9 * size, f"{peak / 1e6:.1f} MB: the weights were not read"
assert peak < size + 100e6 - missing, f"at most 100 MB beside the file were expected, found {(peak + missing - size) / 1e6:.1f}"
print(f"note: {(peak + missing - size) / 1e6:.1f} MB beside the file with 30 layers' cache of 512 positions")
PY
}

# Every command that takes a model, with every kind of damage, prompts that are too long, options that contradict.
part_model_bad_inputs() {
  local python
  python=$(ci/python)
  PYTHONDONTWRITEBYTECODE=1 "$python" models/test/bad_inputs.py $t "$scratch"
}

# Every byte of a header as the end of the file.
part_model_truncated() {
  build_session build
  $t model synth --preset tiny --layers 1 -o "$scratch/m.gguf"
  "$scratch/session" truncated "$scratch/m.gguf"
}

# A model inside of a program, whatever the one of this build is: in it the same bits as in the file; damaged, or not
# there, it is refused in one line.
part_builtin_bits() {
  local own=models/pretrained/world.gguf
  with_model() { # FILE (none: no model), then what the session is asked
    mkdir -p "$scratch/inc"
    { [ -z "$1" ] || echo "#define TM_BUILTIN_FILE \"$1\""; } >"$scratch/inc/builtin.inc"
    build_session build -I"$scratch/inc" models/builtin.c
    "$scratch/session" builtin "${@:2}"
  }
  $t model synth --preset tiny -o "$scratch/m.gguf"
  with_model "$scratch/m.gguf" "$scratch/m.gguf"
  head -c 5000 "$scratch/m.gguf" >"$scratch/cut.gguf"
  with_model "$scratch/cut.gguf" | grep -q "^built-in model: .*expected, found"
  with_model "" | grep -q "^--model: a GGUF file was expected .*$own.*found none"
  [ ! -e $own ] || with_model $own $own
}

# Without --model every command that runs one takes the built-in one, from any folder; what is missing is said in one line.
part_builtin_commands() {
  local own=$TERNLAB_ROOT/models/pretrained/world.gguf program=$TERNLAB_ROOT/$t words status
  if [ ! -e "$own" ]; then
    for words in "generate Hi" "chat" "e2e" "eval" "logits --tokens 1 -o $scratch/l.npy" "tokenize Hi" "detokenize 1" "batch $scratch/in.txt $scratch/out.txt"; do
      status=0
      $program $words </dev/null >"$scratch/out" 2>"$scratch/err" || status=$?
      [ $status -eq 2 ] && [ "$(wc -l <"$scratch/err")" -eq 1 ] && grep -q "^ternlab: --model: .*models/pretrained/world.gguf" "$scratch/err" || { echo "$words: $status"; cat "$scratch/err"; return 1; }
    done
    echo "note: no models/pretrained/world.gguf: only that it is missed was tested"
    return
  fi
  [ "$(stat -c %s "$own")" -le 4194304 ] || { echo "at most 4 MB were expected"; return 1; }
  cd "$scratch"
  [ "$($program generate "What is the capital of France?")" = Paris ]
  [ "$($program generate "What is the capital of France?")" = "$($program generate --model "$own" --template auto "What is the capital of France?")" ]
  [ "$($program generate --template none "Once upon a time")" = "$($program generate --model "$own" "Once upon a time")" ]
  [ "$($program generate --plain --no-bos "Once upon a time")" = "$($program generate --model "$own" --plain --no-bos "Once upon a time")" ]
  [ "$(printf 'What is the capital of France?\n' | $program chat)" = Paris ]
  [ "$($program tokenize "Hello, world")" = "$($program tokenize --model "$own" "Hello, world")" ]
  [ "$($program detokenize "$($program tokenize "Hello, world")")" = "Hello, world" ]
  $program logits --tokens 1,2,3 -o a.npy
  $program logits --model "$own" --tokens 1,2,3 -o b.npy
  cmp a.npy b.npy
  $program e2e --threads 1 --prompt 8 --gen 4 --rounds 1 --csv e.csv >/dev/null
  grep -q ',built-in model,' e.csv
  printf 'What is the capital of France?\n' >in.txt
  $program batch --quiet in.txt out.txt
  [ "$(cat out.txt)" = Paris ]
}

# The card's figures are those that the model has.
part_builtin_card() {
  local own=models/pretrained/world.gguf card=models/pretrained/README.md
  [ -e $own ] || { echo "no $own"; return 77; }
  $t eval --threads 1 --csv "$scratch/e.csv" --quiet >/dev/null
  python3 models/test/card.py $card "$scratch/e.csv" $own ${own%.gguf}.csv
}

# An int8 cache costs at most 0.5 % of perplexity.
part_int8_cache() {
  [ -e models/pretrained/world.gguf ] || { echo "no models/pretrained/world.gguf"; return 77; }
  local cache
  for cache in f16 i8; do
    $t eval --perplexity datasets/world/heldout.txt --cache $cache --limit 60 --csv "$scratch/$cache.csv" --quiet >/dev/null
  done
  awk -F, 'FNR==1 {for (i = 1; i <= NF; i++) at[$i] = i} $at["suite"]=="perplexity" && $at["metric"]=="perplexity" {p[FILENAME] = $at["value"]; n++}
    END {f = p[ARGV[1]]; i = p[ARGV[2]]; printf "note: F16 %s, int8 %s\n", f, i; exit !(n==2 && f>1 && i/f<1.005 && f/i<1.005)}' "$scratch/f16.csv" "$scratch/i8.csv"
}

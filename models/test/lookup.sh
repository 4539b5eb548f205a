# Several tokens from one pass where a text repeats itself.
t=build/ternlab

# The same tokens as plain decoding's, however they are chosen, wherever they end; and some are gained.
part_lookup() {
  local own=models/pretrained/world.gguf
  gcc -std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wno-missing-field-initializers -Ikernels -I. models/test/lookup.c build/libternmodels.a build/libternlab.a \
    -lpcre2-8 -ljansson -lm -lpthread -o "$scratch/lookup"
  $t model synth --preset tiny -o "$scratch/m.gguf"
  "$scratch/lookup" "$scratch/m.gguf" all
  $t model synth --preset tiny-2b-4t -o "$scratch/2b.gguf"
  "$scratch/lookup" "$scratch/2b.gguf"
  [ ! -e $own ] || "$scratch/lookup" $own
}

# Of every command that has the option.
part_lookup_commands() {
  local how n
  $t model synth --preset tiny --head q8_0 -o "$scratch/m.gguf"
  # A penalty that rewards: the text repeats itself.
  for how in "" "--frequency-penalty -2" "--frequency-penalty -2 --head-activations a16" "--frequency-penalty -1 --temperature 1 --seed 5 --context 64"; do
    $t generate --model "$scratch/m.gguf" --threads 1 $how --lookup 0 --stats --ids --ignore-stops --max-tokens 200 "a b a b a" >"$scratch/want" 2>"$scratch/plain"
    $t generate --model "$scratch/m.gguf" --threads 1 $how --stats --ids --ignore-stops --max-tokens 200 "a b a b a" >"$scratch/got" 2>"$scratch/stats"
    cmp "$scratch/got" "$scratch/want"
    grep -q "^passes  199 (1.00 tokens each): of 0 tokens foreseen and read, 0 came true$" "$scratch/plain"
    grep -q "^passes  [0-9]* ([0-9.]* tokens each): of [0-9]* tokens foreseen" "$scratch/stats"
    printf 'Hello\nAgain\n/exit\n' >"$scratch/lines"
    for n in 0 15; do
      $t chat --model "$scratch/m.gguf" --threads 1 $how --lookup $n --max-tokens 40 --quiet <"$scratch/lines" >"$scratch/chat$n"
    done
    cmp "$scratch/chat0" "$scratch/chat15"
  done
  for how in "generate --lookup 16 x" "chat --lookup 16"; do
    $t $how >"$scratch/out" 2>"$scratch/err" && return 1
    [ "$(wc -l <"$scratch/err")" -eq 1 ] && grep -q "^ternlab: --lookup: .*expected.*, found" "$scratch/err" || { cat "$scratch/err"; return 1; }
  done
}

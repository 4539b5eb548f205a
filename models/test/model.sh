# Models: the same logits whatever computes them; files as they should be.
t=build/ternlab

# One answer for every type of file, layout, ISA mask, number of threads, size of a pass.
part_model_bits() {
  local ids=256,1,2,3,77,200,30,41,5,4,255,0 type first seen=0
  for type in i2_s tq1_0 tq2_0 q2_0 pq2_0 ptq1_0 iq1_bn iq2_bn iq2_bn_r4 b2x b3 f32 f16 bf16; do
    $t model synth --preset tiny --type $type --seed 3 -o "$scratch/$type.gguf"
    $t logits --model "$scratch/$type.gguf" --tokens $ids -o "$scratch/$type.npy"
    cmp "$scratch/$type.npy" "$scratch/i2_s.npy"
  done
  $t model convert "$scratch/i2_s.gguf" --type tq2_0 -o "$scratch/converted.gguf"
  for type in i2_s:40 tq1_0:36 tq2_0:37 iq2_bn:137 f16:1 converted:37; do # as other engines number them
    $t model info "$scratch/${type%:*}.gguf" | grep -q "^general.file_type .* ${type#*:}\$"
  done
  for isa in $($t list --isas --csv - | awk -F, 'NR > 1 && $NF ~ /^"?can run|^"?runs|^"?ok/ {gsub(/"/, "", $1); print $1}') generic; do
    for how in "--threads 1 --pass 1" "--threads 2 --pass 5 --repack b3" "--threads 3 --repack b2x" "--threads 2 --pass 1 --repack tq2_0"; do
      $t logits --model "$scratch/i2_s.gguf" --tokens $ids --isa "$isa" $how -o "$scratch/other.npy"
      cmp "$scratch/other.npy" "$scratch/i2_s.npy"
      seen=$((seen + 1))
    done
  done
  first=$($t logits --model "$scratch/i2_s.gguf" --tokens $ids --cache i8 -o - | cksum)
  [ "$first" = "$($t logits --model "$scratch/i2_s.gguf" --tokens $ids --cache i8 --isa generic --pass 3 -o - | cksum)" ]
  [ "$first" != "$(cksum <"$scratch/i2_s.npy")" ] # the int8 cache is another one, or nothing was tested
  # The head with 16-bit activations: the same bits too, and not those of the other head.
  for type in q6_k q8_0; do
    $t model synth --preset tiny --head $type --seed 3 -o "$scratch/head.gguf"
    $t logits --model "$scratch/head.gguf" --tokens $ids -o "$scratch/f32.npy"
    $t logits --model "$scratch/head.gguf" --tokens $ids --head-activations a16 -o "$scratch/a16.npy"
    cmp -s "$scratch/f32.npy" "$scratch/a16.npy" && { echo "a16 gave the bits of f32"; return 1; }
    for isa in $(rows_here); do
      for how in "--threads 1 --pass 1" "--threads 3 --pass 5"; do
        $t logits --model "$scratch/head.gguf" --tokens $ids --head-activations a16 --isa "$isa" $how -o "$scratch/other.npy"
        cmp "$scratch/other.npy" "$scratch/a16.npy"
        seen=$((seen + 1))
      done
    done
  done
  [ $seen -ge 4 ]
  echo "note: 14 types, $seen ways of running"
}

# Against NumPy, step by step and as a whole.
part_model_reference() {
  local python
  python=$(ci/python)
  PYTHONDONTWRITEBYTECODE=1 "$python" reference/test/forward.py $t "$scratch"
}

# What is wrong with a file is said in one line, with exit status 2.
part_model_bad_files() {
  local size i
  refused() { # what is to be found in the message, words...
    local want=$1 status=0
    shift
    "$t" "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
    [ $status -eq 2 ] || { echo "status 2 was expected of: $*; found $status"; return 1; }
    [ "$(wc -l <"$scratch/err")" -eq 1 ] || { cat "$scratch/err"; echo "one line was expected of: $*"; return 1; }
    grep -q -- "$want" "$scratch/err" || { cat "$scratch/err"; echo "\"$want\" was expected of: $*"; return 1; }
  }
  $t model synth --preset tiny -o "$scratch/m.gguf"
  refused "cannot be opened" model info "$scratch/none.gguf"
  refused "a folder" model info "$scratch"
  mkfifo "$scratch/pipe"
  refused "no regular file" model info "$scratch/pipe"
  : >"$scratch/empty"
  refused "an empty file" model info "$scratch/empty"
  refused "GGUF" model info ci/test
  size=$(stat -c %s "$scratch/m.gguf")
  for i in 4 8 16 23 24 30 100 1000 5000 10000 20000 $((size / 2)) $((size - 100)); do
    head -c "$i" "$scratch/m.gguf" >"$scratch/cut.gguf"
    refused "expected" logits --model "$scratch/cut.gguf" --tokens 1 -o "$scratch/x.npy"
  done
  printf 'GGUF\x00\x00\x00\x03aaaaaaaaaaaaaaaaaaaaaaaa' >"$scratch/big"
  refused "little-endian" model info "$scratch/big"
  printf 'GGUF\x03\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff' >"$scratch/counts"
  refused "counts" model info "$scratch/counts"
  [ ! -e "$scratch/x.npy" ]
  refused "ids below 512" logits --model "$scratch/m.gguf" --tokens 512 -o "$scratch/x.npy"
  refused "room for" logits --model "$scratch/m.gguf" --tokens 1,2,3 --context 2 -o "$scratch/x.npy"
  refused "whole numbers" logits --model "$scratch/m.gguf" --tokens 1,x,2 -o "$scratch/x.npy"
  refused "f16 or i8" logits --model "$scratch/m.gguf" --tokens 1 --cache f8 -o "$scratch/x.npy"
  refused "f32 or a16" logits --model "$scratch/m.gguf" --tokens 1 --head-activations i8 -o "$scratch/x.npy"
  refused "a head of Q6_K or Q8_0 was expected for a16, found F16" logits --model "$scratch/m.gguf" --tokens 1 --head-activations a16 -o "$scratch/x.npy"
  refused "a layout" logits --model "$scratch/m.gguf" --tokens 1 --repack q9 -o "$scratch/x.npy"
  refused "found none" logits --model "$scratch/m.gguf" --tokens 1 --kernel 'gemv_b3*' -o "$scratch/x.npy"
  refused "one of" model synth --preset none -o "$scratch/x.gguf"
  refused "no multiple of the type" model synth --preset 3b --type tq2_0 -o "$scratch/x.gguf"
  # Types of heads are none of ternary weights, and the other way round.
  for i in q8_0 q6_k; do
    refused "^ternlab: --type: a type of ternary weights was expected.*$i" model synth --preset tiny --type $i -o "$scratch/x.gguf"
    refused "^ternlab: --type: a type of ternary weights was expected.*$i" model convert "$scratch/m.gguf" --type $i -o "$scratch/x.gguf"
  done
  refused "^ternlab: --head: f32, f16" model convert "$scratch/m.gguf" --head i2_s -o "$scratch/x.gguf"
  [ -z "$(find "$scratch" -name "x.gguf*")" ]
  # Data on standard output are data alone.
  $t model verify "$scratch/m.gguf" --json - 2>/dev/null | python3 -c 'import json, sys; assert len(json.load(sys.stdin)) == 24'
  [ "$($t model verify "$scratch/m.gguf" --csv - 2>/dev/null | wc -l)" -eq 25 ]
  # A byte flipped anywhere in the header never crashes: it is read, or refused in one line.
  for i in $(seq 0 37 6000); do
    cp "$scratch/m.gguf" "$scratch/f.gguf"
    printf '\xff' | dd of="$scratch/f.gguf" bs=1 seek="$i" conv=notrunc status=none
    status=0
    $t model info "$scratch/f.gguf" >/dev/null 2>&1 || status=$?
    [ $status -eq 0 ] || [ $status -eq 2 ]
  done
}

# From Hugging Face's form, and from every type into every other.
part_convert() {
  local python
  python=$(ci/python)
  PYTHONDONTWRITEBYTECODE=1 "$python" models/test/convert.py $t "$scratch"
}

# Downloads from a server on this machine: cut connections, wrong checksum, 404, redirects, a full disk.
part_fetch() {
  python3 -c 'import http.server' 2>/dev/null || { echo "no python3 here"; return 77; }
  python3 models/test/fetch.py $t "$scratch"
}

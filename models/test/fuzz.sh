# Fuzzing: every reader of foreign files, with sanitizers. `make test` runs each a few seconds; `make test-long` half an hour.
t=build/ternlab

fuzz_seeds() { # target: a folder of seeds
  mkdir -p "$scratch/seeds"
  case $1 in
  gguf)
    for kind in i2_s tq2_0 iq2_bn b3 f16; do $t model synth --preset tiny --layers 1 --type $kind -o "$scratch/seeds/$kind"; done
    printf 'GGUF\3\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0t\1\0\0\0\200\0\0\0\0\0\0\0\44\0\0\0\0\0\0\0\0\0\0\0' >"$scratch/seeds/small" ;;
  lora) # a pair of rank 1 for the narrowest projection of the built-in model: A 1x256, B 128x1
    python3 - "$scratch/seeds/small" <<'PY'
import struct, sys
text = lambda s: struct.pack("<Q", len(s)) + s.encode()
keys = {"general.type": "adapter", "general.architecture": "bitnet-b1.58", "adapter.type": "lora"}
head = b"GGUF" + struct.pack("<IQQ", 3, 2, 4) + b"".join(text(k) + struct.pack("<I", 8) + text(v) for k, v in keys.items()) + text("adapter.lora.alpha") + struct.pack("<If", 6, 2)
for name, ne, at in (("a", (256, 1), 0), ("b", (1, 128), 1024)):
    head += text(f"blk.0.attn_k.weight.lora_{name}") + struct.pack("<IQQIQ", 2, *ne, 0, at)
open(sys.argv[1], "wb").write(head + bytes(-len(head) % 32) + struct.pack("<384f", *(i / 384 for i in range(384))))
PY
    $t generate --lora "$scratch/seeds/small" --max-tokens 1 Hi >/dev/null ;;
  safetensors) printf '\100\0\0\0\0\0\0\0{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}        12345678' >"$scratch/seeds/small" ;;
  tokenizer)
    printf '{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]},"added_tokens":[{"id":3,"content":"<|x|>","special":true}]}' >"$scratch/seeds/json"
    printf 'IQ== 0\nIg== 1\n' >"$scratch/seeds/tiktoken" ;;
  rows)
    printf '{"prompt":"a","id":1}\n["b"]\n"c"\nprompt,id\n"d ""e""",2\n' >"$scratch/seeds/all"
    printf '{"settings": "0000000000000000"}\n{"row": 1, "id": "2", "prompt": "a", "answer": "b"}\n' >"$scratch/seeds/journal" ;;
  esac
}

# fuzz SECONDS: all targets. A finding is kept, its bytes printed for a replay.
fuzz() {
  local target flags="-g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined" sources
  command -v clang >/dev/null && echo 'int LLVMFuzzerTestOneInput(const char *p, long n) { return p && n > 1L << 40; }' | clang -x c - -fsanitize=fuzzer -o "$scratch/probe" 2>/dev/null ||
    { echo "no clang with libFuzzer here"; return 77; }
  make_asan
  # The readers are compiled anew, so that the fuzzer sees their branches; kernels come from the sanitized library.
  sources="models/*.c models/gguf/*.c models/tokenizer/*.c harness/batch_rows.c harness/model.c harness/csv.c harness/cli.c harness/out.c harness/table.c harness/op.c"
  flags+=" -std=c11 -D_GNU_SOURCE -ffp-contract=off -Werror=implicit-function-declaration -Ikernels -I. -Ibuild/asan"
  mkdir "$scratch/o"
  printf '%s\n' $sources | xargs -P "$CI_JOBS" -I FILE sh -c "clang $flags -c FILE -o \"$scratch/o/\$(echo FILE | tr / _).o\"" 2>"$scratch/cc.log" || { cat "$scratch/cc.log"; return 1; }
  for target in gguf lora safetensors tokenizer rows; do
    rm -rf "$scratch/seeds"
    fuzz_seeds $target
    clang $flags -DTARGET=$target models/test/fuzz.c "$scratch"/o/*.o \
      $(ls build/asan/harness/ops/*.o build/asan/reference/*.o) build/asan/libternlab.a -lcsv -lpcre2-8 -ljansson -lm -lpthread -o "$scratch/fuzz_$target" 2>"$scratch/cc.log" || { cat "$scratch/cc.log"; return 1; }
    (cd "$scratch" && TERNLAB_ISA=avx2 "./fuzz_$target" -max_total_time="$1" -timeout=20 -rss_limit_mb=4096 -max_len=400000 -close_fd_mask=2 -artifact_prefix="$scratch/$target-" seeds) >"$scratch/log" 2>&1 ||
      { tail -n 30 "$scratch/log"; for f in "$scratch/$target"-*; do echo "replay: $(base64 -w0 "$f" | head -c 4000)"; done; return 1; }
  done
}

# lane: long
part_fuzz() { fuzz 8; }
# lane: long
long_fuzz_deep() { fuzz 1800; }

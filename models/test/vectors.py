"""vectors.py TERNLAB FOLDER SCRATCH: the (text, ids) vectors of tokenize.jsonl, from the tiktoken file, from a GGUF file
and from a tokenizer.json made of it; and back."""

import base64
import json
import pathlib
import subprocess
import sys

program, folder, scratch = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])


def run(*words, data=None):
    return subprocess.run([program, *map(str, words)], input=data, stdout=subprocess.PIPE, check=True).stdout


def alphabet():
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in plain]
    return {b: chr(b) for b in plain} | {b: chr(256 + i) for i, b in enumerate(others)}


def write_json(path):
    letters = alphabet()
    ranks = [base64.b64decode(line.split()[0]) for line in open(folder / "tokenizer.model", "rb")]
    vocab = {"".join(letters[b] for b in token): i for i, token in enumerate(ranks)}
    regex = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
    special = [{"id": 128000, "content": "<|begin_of_text|>", "special": True}, {"id": 128001, "content": "<|end_of_text|>", "special": True}]
    root = {"model": {"type": "BPE", "vocab": vocab, "merges": [], "ignore_merges": True}, "added_tokens": special,
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": regex}}, {"type": "ByteLevel"}]}}
    path.write_text(json.dumps(root))


write_json(scratch / "tokenizer.json")
run("model", "synth", "--preset", "tiny", "--tokenizer", folder / "tokenizer.model", "-o", scratch / "big.gguf")
sources = [("--tokenizer", folder / "tokenizer.model"), ("--tokenizer", scratch / "tokenizer.json"), ("--model", scratch / "big.gguf")]
count = 0
for line in open(folder / "tokenize.jsonl"):
    case = json.loads(line)
    for source in sources:
        ids = [int(i) for i in run("tokenize", *source, "--no-bos", "-", data=case["text"].encode()).split()]
        assert ids == case["ids"], (source, case, ids)
        count += 1
    text = run("detokenize", *sources[0], "-", data=" ".join(map(str, case["ids"])).encode())
    assert text == case["text"].encode(), (case, text)
print(f"{count} vectors")

"""sentence.py TERNLAB SCRATCH: a SentencePiece vocabulary, and a model of random weights with it, through the commands: one
blank in front of a text and none in front of what goes on; tokens that are no control are shown. Leaves SCRATCH/sentence.gguf."""

import pathlib
import struct
import subprocess
import sys

program, scratch = sys.argv[1], pathlib.Path(sys.argv[2])
NORMAL, UNKNOWN, CONTROL, USER, BYTE = 1, 2, 3, 4, 6
words = ["h", "i", "y", "o", "u", "\u2581", "\u2581h", "\u2581hi", "hi", "yo", "you", "\u2581y", "\u2581yo", "\u2581you"]
tokens = [("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL)] + [(f"<0x{b:02X}>", BYTE) for b in range(256)]
first = len(tokens)
tokens += [(w, NORMAL) for w in words] + [(f"\u2581w{i}", NORMAL) for i in range(400)] + [("<note>", USER)]
ids = {w: first + i for i, w in enumerate(words)}


def text(s):
    raw = s if isinstance(s, bytes) else s.encode()
    return struct.pack("<Q", len(raw)) + raw


def write(path):
    """A file of the vocabulary alone."""
    keys = {"general.architecture": struct.pack("<I", 8) + text("llama"), "tokenizer.ggml.model": struct.pack("<I", 8) + text("llama"),
            "tokenizer.ggml.tokens": struct.pack("<IIQ", 9, 8, len(tokens)) + b"".join(text(t) for t, _ in tokens),
            "tokenizer.ggml.scores": struct.pack(f"<IIQ{len(tokens)}f", 9, 6, len(tokens), *(float(len(t)) for t, _ in tokens)),
            "tokenizer.ggml.token_type": struct.pack(f"<IIQ{len(tokens)}i", 9, 5, len(tokens), *(k for _, k in tokens)),
            "tokenizer.ggml.bos_token_id": struct.pack("<II", 4, 1), "tokenizer.ggml.eos_token_id": struct.pack("<II", 4, 2)}
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, len(keys)) + b"".join(text(k) + v for k, v in keys.items())
    path.write_bytes(head + bytes(-len(head) % 32))


def run(*words, status=0):
    p = subprocess.run([program, *map(str, words)], capture_output=True)
    assert p.returncode == status, (words, p)
    return p.stderr.decode() if status else p.stdout


vocabulary, model = scratch / "sentence.gguf", scratch / "sentence_model.gguf"
write(vocabulary)
use = ("--tokenizer", vocabulary)
for said, want in (("hi you", ["\u2581hi", "\u2581you"]), (" hi", ["\u2581", "\u2581hi"]), ("hi", ["\u2581hi"]), ("", [])):
    got = [int(i) for i in run("tokenize", *use, said).split()]
    assert got == [1] + [ids[w] for w in want], (said, got)
    for some in (got, got[1:]):  # behind BOS or not
        assert run("detokenize", *use, " ".join(map(str, some))) == said.encode(), (said, some)
assert run("detokenize", *use, "--specials", f"1 {ids['hi']}") == b"<s>hi"
assert run("detokenize", *use, f"{ids['hi']} 0 {len(tokens) - 1} 2 {ids['you']}") == b"hi<note>you"

# Token by token as at once.
run("model", "synth", "--preset", "tiny-llama", "--tokenizer", vocabulary, "-o", model)
how = ("generate", "--model", model, "--temperature", 2, "--seed", 5, "--max-tokens", 60, "--ignore-stops")
made = run(*how, "--ids", "hi you").split()
blanks = sum(int(i) >= ids["\u2581you"] for i in made)
assert len(made) == 60 and blanks > 20, made
whole = run("detokenize", "--model", model, f"{ids[chr(0x2581) + 'hi']} {ids[chr(0x2581) + 'you']} {b' '.join(made).decode()}")
assert b"hi you" + run(*how, "hi you")[:-1] == whole
# What is wrong with a vocabulary names its file.
run("model", "synth", "--preset", "tiny", "-o", scratch / "tiny.gguf")
(scratch / "pre.gguf").write_bytes((scratch / "tiny.gguf").read_bytes().replace(b"llama-bpe", b"qwen9-bpe"))
tokens[first - 1] = ("<0xZZ>", NORMAL)
write(scratch / "byte.gguf")
for name, want in (("pre", '"tokenizer.ggml.pre"'), ("byte", "0xff")):
    said = run("tokenize", "--tokenizer", scratch / f"{name}.gguf", "x", status=2)
    assert said.startswith(f"ternlab: {scratch / name}.gguf: ") and want in said and said.count("\n") == 1, said

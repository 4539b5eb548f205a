"""bad_inputs.py TERNLAB FOLDER: every command that takes a model, with every kind of damage.

A command either refuses (exit status 2, one line "ternlab: place: ... expected, found ...", nothing written) or, where the
damage is none of its business, does its work. Files are damaged in copies of synthetic models.
"""

import os
import pathlib
import struct
import subprocess
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "reference" / "model"))
import gguf

program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
refusals = done = 0
wrong = []


def check(good, say):
    if not good:
        wrong.append(say)


class Marks(gguf.Reader):
    """A reader that keeps where fields begin, and where tensors say what."""

    def __init__(self, data):
        super().__init__(data)
        self.fields, self.shapes, self.at, self.version = [], {}, 4, 0
        self.version = self.take("I")
        tensors, keys = self.count(), self.count()
        for _ in range(keys):
            self.text()
            self.value(self.take("I"))
        for _ in range(tensors):
            name = self.text().decode()
            dims = self.take("I")
            self.shapes[name] = self.at
            ne = [self.count() for _ in range(dims)]
            self.shapes[name] = self.at - 8 * dims, ne, self.take("I"), self.take("Q")
        self.data_start = -(-self.at // 64) * 64

    def take(self, code):
        self.fields.append(self.at)
        return super().take(code)

    def value(self, kind):
        """Of arrays only the first and the last element's fields: they are all alike."""
        before = len(self.fields)
        x = super().value(kind)
        if kind == 9:
            del self.fields[before + 6 : -2]
        return x


def run(words, status, where=None, stdin=""):
    global refusals, done
    try:
        p = subprocess.run([program, *map(str, words)], input=stdin, capture_output=True, text=True, errors="replace", timeout=60)
    except subprocess.TimeoutExpired:
        check(False, f"{' '.join(map(str, words))}: no end within a minute")
        return
    say = f"{' '.join(map(str, words))}: exit {p.returncode}, {p.stderr!r}"
    check(p.returncode == status, f"exit {status} was expected of {say}")
    done, refusals = done + (status != 2), refusals + (status == 2)
    if status == 2 == p.returncode:
        check(p.stderr.count("\n") == 1 and p.stderr.startswith("ternlab: ") and " expected" in p.stderr and " found" in p.stderr, f"one line was expected of {say}")
        check(where is None or str(where) in p.stderr, f"{where} was expected in {say}")


prompts, text = folder / "prompts.jsonl", folder / "text.txt"
prompts.write_text('{"prompt": "Hi"}\n')
text.write_text("The quick brown fox jumps over the lazy dog. " * 4)
OUTPUT = [folder / "out.npy", folder / "out.jsonl", folder / "out.gguf"]

COMMANDS = {
    "generate": lambda m: (["generate", "--model", m, "--max-tokens", 2, "Hi"], ""),
    "generate ids": lambda m: (["generate", "--model", m, "--max-tokens", 2, "--tokens", "1,2"], ""),
    "chat": lambda m: (["chat", "--model", m, "--max-tokens", 2], "Hi\n"),
    "batch": lambda m: (["batch", "--model", m, "--max-tokens", 2, prompts, OUTPUT[1]], ""),
    "logits": lambda m: (["logits", "--model", m, "--tokens", "1,2", "-o", OUTPUT[0]], ""),
    "e2e": lambda m: (["e2e", "--model", m, "--prompt", 1, "--gen", 1, "--rounds", 1, "--threads", 1], ""),
    "eval": lambda m: (["eval", "--model", m, "--perplexity", text, "--window", 16, "--limit", 1, "--quiet"], ""),
    "tokenize": lambda m: (["tokenize", "--model", m, "Hi"], ""),
    "detokenize": lambda m: (["detokenize", "--model", m, "1 2"], ""),
    "info": lambda m: (["model", "info", m], ""),
    "verify": lambda m: (["model", "verify", "--quiet", m], ""),
    "convert": lambda m: (["model", "convert", m, "--type", "b2x", "-o", OUTPUT[2]], ""),
}
TEXT = {"tokenize", "detokenize"}   # they need the vocabulary alone
LOOK = TEXT | {"info"}
TENSORS = LOOK | {"convert"}  # these go from tensor to tensor and do not ask what model they make


def every(model, fine=(), failed=(), seen=None):
    """All commands: `fine` ones work, `failed` ones say that a check failed, all others refuse and name the file."""
    for name, command in COMMANDS.items():
        words, stdin = command(model)
        run(words, 0 if name in fine else 1 if name in failed else 2, model if seen is None else seen, stdin)
        left = [p for p in (*OUTPUT, pathlib.Path(f"{OUTPUT[1]}.journal")) if p.exists()]
        check(name in fine or not left, f"{left} was left behind by {name} {model}")
        for path in left:
            path.unlink()


def synth(name, *words):
    path = folder / f"{name}.gguf"
    subprocess.run([program, "model", "synth", "--preset", "tiny", *map(str, words), "-o", path], check=True)
    return path


def damaged(name, source, change):
    data = bytearray(source.read_bytes())
    change(data)
    path = folder / f"{name}.gguf"
    path.write_bytes(data)
    return path


def renamed(name, source, old, new):
    def change(data):
        at = data.find(old)
        assert at >= 0 and len(old) == len(new)
        data[at : at + len(old)] = new
    return damaged(name, source, change)


def poked(name, source, at, raw):
    def change(data):
        data[at : at + len(raw)] = raw
    return damaged(name, source, change)


whole = synth("whole")
marks = Marks(whole.read_bytes())
size = whole.stat().st_size
every(whole, fine=COMMANDS)

# Not a file, or none of ours.
os.mkfifo(folder / "pipe")
(folder / "empty").write_bytes(b"")
(folder / "short").write_bytes(b"GGU")
(folder / "folder").mkdir()
for bad in ("none.gguf", "pipe", "empty", "short", "folder"):
    every(folder / bad)

# Cut: at every field of the header with the command that only looks, at some with all.
cut = folder / "cut.gguf"
data = whole.read_bytes()
fields = sorted({f for f in marks.fields} | {0, 1, 3, marks.at, marks.data_start - 1})
assert len(fields) > 150
for n in fields:
    cut.write_bytes(data[:n])
    run(["model", "info", cut], 2, cut)
for n in (*fields[:6], fields[len(fields) // 2], marks.data_start, (marks.data_start + size) // 2, size - 100):
    cut.write_bytes(data[:n])
    every(cut)

# A header that says something else.
every(renamed("arch", whole, b"\x0c\0\0\0\0\0\0\0bitnet-b1.58", b"\x0c\0\0\0\0\0\0\0bitnet-b9.99"), fine=TENSORS, failed={"verify"})
every(renamed("other", whole, b"\x0c\0\0\0\0\0\0\0bitnet-b1.58", b"\x0c\0\0\0\0\0\0\0mixture-of-x"), fine=TENSORS, failed={"verify"})
every(renamed("noarch", whole, b"general.architecture", b"general.architectura"), fine=TENSORS, failed={"verify"})
for key in ("block_count", "embedding_length", "feed_forward_length", "attention.head_count"):
    old = f"bitnet-b1.58.{key}".encode()
    every(renamed("key", whole, old, old[:-1] + b"_"), fine=TENSORS, failed={"verify"})
for tensor in ("blk.1.ffn_down", "blk.0.attn_q", "blk.0.attn_norm", "output_norm", "token_embd"):
    old = f"{tensor}.weight".encode()
    every(renamed("missing", whole, old, old[:-1] + b"_"), fine=TENSORS, failed={"verify"})
for tensor in ("blk.0.attn_k", "blk.1.ffn_up", "blk.0.ffn_norm", "output_norm"):
    at, ne, kind, offset = marks.shapes[f"{tensor}.weight"]
    d = 1 if len(ne) > 1 else 0
    every(poked("shape", whole, at + 8 * d, struct.pack("<Q", ne[d] // 2)), fine=TENSORS, failed={"verify"})
at, ne, kind, offset = marks.shapes["token_embd.weight"]
every(poked("width", whole, at, struct.pack("<QQ", ne[0] // 2, 2 * ne[1])), fine=TENSORS, failed={"verify"})

# Fewer layers than the file has: the others' tensors would be left out.
every(renamed("fewer", whole, b"block_count\4\0\0\0\2", b"block_count\4\0\0\0\1"), fine=TENSORS, failed={"verify"})

# More words than rows: what needs text refuses, ids below the rows are good.
every(poked("vocabulary", whole, at + 8, struct.pack("<Q", ne[1] - 1)), fine=TENSORS | {"generate ids", "logits", "e2e", "verify"})

# Scales that are no numbers, in every type that has its own place for them; and norms.
bad_scale = {"i2_s": 4, "iq2_bn": 4, "b2x": 4, "b3": 4, "tq1_0": 2, "tq2_0": 2, "q2_0": 2}
for kind, width in bad_scale.items():
    source = synth(kind, "--type", kind)
    m = Marks(source.read_bytes())
    for tensor, value in (("blk.0.attn_q", np.nan), ("blk.1.ffn_down", np.inf)):
        at, (k, rows), _, offset = m.shapes[f"{tensor}.weight"]
        bytes_ = {"tq1_0": 54 * k // 256 * rows, "tq2_0": 66 * k // 256 * rows}.get(kind, 0)
        b3 = -(-rows // 80) * -(-k // 4) * 64
        where = {"i2_s": rows * k // 4, "b2x": -(-(-(-rows // 64) * 64 * k // 4) // 32) * 32, "b3": -(-b3 // 32) * 32,
                 "iq2_bn": 4 + k // 4, "q2_0": 0}.get(kind, bytes_ - 2)
        raw = np.array([value], "<f4" if width == 4 else "<f2").tobytes()
        every(poked("scale", source, m.data_start + offset + where, raw), fine=LOOK, failed={"verify"})
at, ne, kind, offset = marks.shapes["blk.1.attn_sub_norm.weight"]
every(poked("norm", whole, marks.data_start + offset + 8, np.array([np.nan], "<f4").tobytes()), fine=TENSORS, failed={"verify"})

# Prompts longer than the context.
long = "x" * 100
few = ["--context", 32, "--max-tokens", 2]
run(["generate", "--model", whole, *few, long], 2, "context")
run(["generate", "--model", whole, *few, "--tokens", ",".join(["1"] * 33)], 2, "context")
run(["generate", "--model", whole, *few, "-"], 2, "context", stdin=long)
run(["logits", "--model", whole, "--context", 32, "--tokens", ",".join(["1"] * 33), "-o", OUTPUT[0]], 2, "context")
run(["chat", "--model", whole, *few], 2, "context", stdin=f"{long}\n")
run(["e2e", "--model", whole, "--context", 32, "--prompt", 31, "--gen", 2, "--rounds", 1], 2, "context")
run(["eval", "--model", whole, "--context", 32, "--perplexity", text, "--window", 33], 2, "--window")
for kind, row in (("choice", f'{{"context": "{long}", "choices": ["a", "b"], "answer": 0}}\n'), ("answers", f'{{"question": "{long}", "answer": "a"}}\n')):
    (folder / "rows.jsonl").write_text(row)
    run(["eval", "--model", whole, "--context", 32, "--window", 16, "--multiple-choice" if kind == "choice" else "--answers", folder / "rows.jsonl", "--quiet"], 2, "context")
(folder / "long.jsonl").write_text(f'{{"prompt": "{long}"}}\n{{"prompt": "Hi"}}\n')
# A bad row is reported, the others are done.
p = subprocess.run([program, "batch", "--model", whole, "--raw", *map(str, few), folder / "long.jsonl", OUTPUT[1]], capture_output=True, text=True)
check(p.returncode == 0 and p.stderr.count("ternlab: ") == 1 and "row 1" in p.stderr and "context" in p.stderr, f"batch: {p.returncode} {p.stderr}")
OUTPUT[1].unlink(missing_ok=True)

# Options that cannot both hold, or hold alone.
model = ["--model", whole]
for words in (
    ["generate", *model, "--tokens", "1", "text"], ["generate", *model], ["generate", *model, "--system", "x", "text"],
    ["generate", *model, "--tokens", "1", "--template", "plain"], ["generate", *model, "--tokens", "1", "--stop", "x"],
    ["generate", *model, "--tokens", "1", "--plain"], ["generate", *model, "--tokens", "1", "--no-bos"],
    ["generate", *model, "--template", "plain", "--plain", "text"],
    ["generate", *model, "--no-slide", "--keep", "2", "text"], ["generate", *model, "--kernel", "gemv_b3*", "text"],
    ["generate", *model, "--repack", "b3", "--kernel", "gemv_i2s*", "text"],
    ["generate", "--template", "none", "--system", "x", "text"], ["generate", "--plain", "--system", "x", "text"],
    ["batch", *model, "--raw", "--template", "plain", prompts, OUTPUT[1]], ["batch", *model, "--raw", "--system", "x", prompts, OUTPUT[1]],
    ["batch", *model, prompts], ["batch", *model, prompts, prompts],
    ["logits", *model, "--tokens", "1,2,3", "--dump", folder, "--pass", "2", "-o", OUTPUT[0]], ["logits", *model, "--tokens", "1"], ["logits", *model, "-o", OUTPUT[0]],
    ["e2e", *model, "--kernel", "gemv_i2s*", "--kernels", "gemv_i2s*,*"], ["e2e", *model, "--prompt", "8", "--gen", "8", "--context", "8"],
    ["eval", *model, "--answers", prompts, "--save-logits", OUTPUT[0]], ["eval", *model, "--answers", prompts, "--compare-logits", text],
    ["eval", *model, "--answers", prompts, "--raw", "--template", "plain"], ["eval", *model, "--perplexity", text, "--raw"],
    ["eval", *model, "--perplexity", text, "--template", "plain"], ["eval", *model, "--perplexity", text, "--min-accuracy", "0.5"],
    ["eval", *model, "--answers", prompts, "--max-perplexity", "9"],
    ["tokenize", *model, "--tokenizer", whole, "x"], ["tokenize", *model], ["detokenize", *model, "--tokenizer", whole, "1"], ["detokenize", *model, "512"],
    ["model", "synth", "--preset", "tiny", "--tokenizer", whole, "--vocab", "1024", "-o", OUTPUT[2]], ["model", "synth", "--preset", "tiny"],
    ["model", "convert", whole], ["model", "info"], ["model", "verify"], ["model", "frobnicate"],
    ["model", "fetch", "owner"], ["model", "fetch", "--sha256", "12", "a/b/c"],
):
    run(words, 2)
    left = [path for path in OUTPUT if path.exists()]
    check(not left, f"{left} was left behind by {words}")
    for path in left:
        path.unlink()
check(whole.read_bytes() == data, "a source that stays as it was was expected")
print("\n".join(wrong[:30]))
assert not wrong, f"{len(wrong)} wrong"
print(f"note: {refusals} refused in one line, {done} not concerned")

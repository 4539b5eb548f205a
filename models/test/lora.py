"""lora.py TERNLAB FOLDER: adapters of others: what runs, and what is refused in one line because it would be ignored."""

import pathlib
import subprocess
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "reference" / "model"))
import gguf

program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
model, adapter, output = folder / "tiny.gguf", folder / "adapter.gguf", folder / "y.npy"
subprocess.run([program, "model", "synth", "--preset", "tiny", "-o", model], check=True)
shapes = {name: (ne[1], ne[0]) for name, (kind, ne, _) in gguf.load(model)[1].items() if kind in gguf.TERNARY}
Q, DOWN = "blk.0.attn_q.weight", "blk.1.ffn_down.weight"
KEYS = {"general.type": "adapter", "general.architecture": "bitnet-b1.58", "adapter.type": "lora", "adapter.lora.alpha": 4.0}
rng = np.random.default_rng(1)


def pair(name, rank=2, dtype="<f4"):
    m, k = shapes[name]
    return {f"{name}.lora_a": rng.normal(size=(rank, k)).astype(dtype), f"{name}.lora_b": rng.normal(size=(m, rank)).astype(dtype)}


def logits(*words):
    p = subprocess.run([program, "logits", "--model", str(model), "--tokens", "1,2,3", "-o", str(output), *map(str, words)], capture_output=True, text=True)
    return p, np.load(output) if p.returncode == 0 else None


def runs(keys, tensors):
    gguf.save(adapter, keys, tensors)
    p, y = logits("--lora", adapter)
    assert p.returncode == 0, p.stderr
    return y


def refused(want, keys=KEYS, tensors=None, data=None, words=()):
    gguf.save(adapter, keys, pair(Q) if tensors is None else tensors)
    adapter.write_bytes(data or adapter.read_bytes())
    output.unlink(missing_ok=True)
    p, _ = logits("--lora", adapter, *words)
    assert p.returncode == 2 and p.stderr.count("\n") == 1 and p.stderr.startswith(f"ternlab: {adapter}: ") and want in p.stderr, f"{want} was expected, found {p.returncode} {p.stderr}"
    assert not output.exists()
    global refusals
    refusals += 1


refusals, plain, some = 0, logits()[1], pair(Q) | pair(DOWN, 5)
adapted = runs(KEYS, some)
assert not np.array_equal(adapted, plain)
# alpha 0, or none, is a factor of 1: alpha = rank of each.
assert np.array_equal(runs(KEYS | {"adapter.lora.alpha": 0.0}, some), runs({k: v for k, v in KEYS.items() if "alpha" not in k}, some))
same = pair(Q)
assert np.array_equal(runs(KEYS | {"adapter.lora.alpha": 2.0}, same), runs(KEYS | {"adapter.lora.alpha": 0.0}, same))
# B = 0 changes no bit; F16 values run as they are.
assert np.array_equal(runs(KEYS, same | {f"{Q}.lora_b": 0 * same[f"{Q}.lora_b"]}), plain)
half = {k: v.astype("<f2") for k, v in some.items()}
assert np.array_equal(runs(KEYS, half), runs(KEYS, {k: v.astype("<f4") for k, v in half.items()}))

for key, other in (("general.type", "model"), ("general.architecture", "llama"), ("adapter.type", "control")):
    refused(f'"{key}"', KEYS | {key: other})
    refused(f'"{key}"', {k: v for k, v in KEYS.items() if k != key})
    refused(f'"{key}"', KEYS | {key: 1.0})
refused('"adapter.lora.alpha"', KEYS | {"adapter.lora.alpha": "4"})
refused('"adapter.lora.alpha"', KEYS | {"adapter.lora.alpha": float("nan")})
refused("always on", KEYS | {"adapter.alora.invocation_tokens": np.array([1, 2], "<u4")})
refused("pairs", tensors={})
for name in ("token_embd.weight", "blk.2.attn_q.weight", "blk.0.attn_q", "blk.00.attn_q.weight"):
    refused(f"found {name}.lora_a", tensors=some | {f"{name}.lora_a": same[f"{Q}.lora_a"], f"{name}.lora_b": same[f"{Q}.lora_b"]})
refused("found blk.0.attn_norm.weight", tensors=some | {"blk.0.attn_norm.weight": np.ones(8, "<f4")})
for which in "ab":
    refused("beside its other half", tensors={k: v for k, v in some.items() if k != f"{DOWN}.lora_{which}"})
    x = some[f"{DOWN}.lora_{which}"]
    refused(f"{DOWN}.lora_a", tensors=some | {f"{DOWN}.lora_{which}": np.ascontiguousarray(x.T)})
    refused(f"{DOWN}.lora_a", tensors=some | {f"{DOWN}.lora_{which}": x[:-1]})
    refused(f"{DOWN}.lora_a", tensors=some | {f"{DOWN}.lora_{which}": np.stack([x, x])})
    for bad in (np.nan, np.inf):
        x = x.copy()
        x[1, 1] = bad
        refused("a finite number", tensors=some | {f"{DOWN}.lora_{which}": x})
gguf.save(adapter, KEYS, some)
data = adapter.read_bytes()
for n in (0, 3, 30, 100, len(data) // 2, len(data) - 40):
    refused("", data=data[:n] or b"G")
# A type that this program does not know, and one that has no rows.
at = data.index(f"{Q}.lora_a".encode()) + len(f"{Q}.lora_a") + 4 + 16
for kind in (99, 36):
    refused(f"{Q}.lora_a", data=data[:at] + bytes([kind]) + data[at + 1 :])
# The model itself is no adapter, and an adapter is no model.
refused('"general.type"', data=model.read_bytes())
adapter.write_bytes(data)
p = subprocess.run([program, "generate", "--model", adapter, "Hi"], capture_output=True, text=True)
assert p.returncode == 2 and p.stderr.count("\n") == 1 and str(adapter) in p.stderr, p.stderr
print(f"note: {refusals} adapters refused in one line")

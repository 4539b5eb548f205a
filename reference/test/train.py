"""train.py TERNLAB TOKENIZER FOLDER: the C trainer against reference/model/train.py.

Every gradient tensor of a step with float weights, with quantisation half-way, with ternary ones, and of adapters of
frozen ones; the losses of 10 steps; and the reference itself against finite differences. With quantisation the reference takes the C program's
quantised activations, after checking that they differ from its own only by a rounding here and there.
"""

import csv
import json
import pathlib
import subprocess
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "model"))
import gguf
import train

program, tokenizer, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
HEADS, KV = 4, 2
SHAPE = ["--tokenizer", tokenizer, "--layers", 2, "--dim", 128, "--ffn", 256, "--heads", HEADS, "--kv-heads", KV, "--head-dim", 32, "--context", 48]


def make_data():
    """Text and dialogues of many lengths, so that documents are cut, short and alone; some tokens are not learned."""
    words = "the cat sat on a mat and saw two birds in the old tree near our house".split()
    rng = np.random.default_rng(5)
    texts = [" ".join(rng.choice(words, n)) + "." for n in (1, 2, 3, 5, 8, 13, 21, 60)]
    (folder / "t.txt").write_text("\n\n".join(texts) + "\n")
    with open(folder / "t.jsonl", "w") as f:
        for n in (1, 4, 9):
            turn = lambda role: {"role": role, "content": " ".join(rng.choice(words, n))}
            f.write(json.dumps({"messages": [turn("user"), turn("assistant"), turn("user"), turn("assistant")]}) + "\n")


def run(name, steps, *words, shape=SHAPE):
    out = folder / name
    out.mkdir()
    command = [program, "train", "--data", f"{folder}/t.txt,{folder}/t.jsonl", *shape, "--batch", 2048,
               "--steps", steps, "--warmup", 0, "--lr", 0.01, "--quiet", "--dump-grads", out, "--csv", out / "l.csv", "-o", out / "m.gguf", *words]
    subprocess.run(list(map(str, command)), check=True)
    load = lambda suffix: {f.name.removesuffix(suffix + ".npy"): np.load(f) for f in out.glob(f"*{suffix}.npy")}
    batch = [np.load(out / f"{n}.npy").ravel().astype(int) for n in ("token", "target", "start")]
    with open(out / "l.csv", newline="") as f:
        masters = {name: w for name, w in load("").items() if name.endswith(("weight", "lora_a", "lora_b"))}
        return masters, load(".grad"), load(".q8"), batch, list(csv.DictReader(f))


def check_gradients(name, steps, *words, frozen={}, factor=None, shape=SHAPE, **distillation):
    weights, grads, quantised, batch, rows = run(name, steps, *words, shape=shape)
    part = float(rows[-1]["quantised"])
    net = train.Net(frozen | weights, HEADS, KV, part=part, given=quantised, factor=factor)
    assert set(net.learned) == set(grads) and len(net.p) == len(frozen) + len(grads), f"{name}: gradients of what is learned alone were expected"
    loss = net.loss(*batch, **distillation)
    assert abs(loss - float(rows[-1]["loss"])) <= 1e-6 * loss, (name, loss, rows[-1]["loss"])
    worst = 0
    for tensor in net.learned:
        g = net.grad[tensor]
        error = np.linalg.norm(grads[tensor] - g) / np.linalg.norm(g)
        assert error <= 1e-5, f"{name}: {tensor}: a gradient within 1e-5 was expected, found {error:.2g}"
        worst = max(worst, error)
    assert part == 0 or net.flips <= 1e-3 * net.quantised, f"{name}: {net.flips} of {net.quantised} values rounded the other way"
    norm = np.sqrt(sum((net.grad[tensor] ** 2).sum() for tensor in net.learned))
    assert abs(norm - float(rows[-1]["gradient"])) <= 1e-5 * norm
    print(f"{name}: part {part}, loss {loss:.5f}, {len(net.learned)} tensors, worst {worst:.1e}, {net.flips if part else 0} of {net.quantised} values rounded the other way")


def check_losses(name, tolerance, *words, frozen={}, factor=None, shape=SHAPE, fall=0.8):
    """From the masters of step 1 on by the reference alone."""
    weights, _, _, batch, _ = run(f"{name}-1", 1, *words, shape=shape)
    rows = run(f"{name}-10", 10, *words, shape=shape)[-1]
    net, optimiser, worst = train.Net(frozen | weights, HEADS, KV, factor=factor), train.AdamW(), 0
    for row in rows:
        net.part = float(row["quantised"])
        loss = net.loss(*batch)
        worst = max(worst, abs(loss - float(row["loss"])) / loss)
        optimiser.step(net, float(row["rate"]))
    assert len(rows) == 10 and worst <= tolerance, f"{name}: losses within {tolerance} were expected, found {worst:.2g}"
    assert float(rows[-1]["loss"]) < fall * float(rows[0]["loss"])
    print(f"{name}: 10 losses, {float(rows[0]['loss']):.4f} to {float(rows[-1]['loss']):.4f}, worst {worst:.1e}")


def check_differences():
    """The reference's own gradients, by central differences in float64 at the steepest of each tensor and two others."""
    weights, _, _, batch, _ = run("differences", 1, "--float")
    rng, checked = np.random.default_rng(7), 0
    for name, (m, k) in {name: w.shape for name, w in weights.items() if name.startswith("blk.") and "norm" not in name}.items():
        weights |= {f"{name}.lora_a": rng.normal(size=(3, k)) / k**0.5, f"{name}.lora_b": rng.normal(size=(m, 3))}
    net = train.Net(weights, HEADS, KV, part=0, factor=0.5)
    net.loss(*batch)
    grads = net.grad
    for name, g in grads.items():
        w = net.p[name]
        for at in (int(np.abs(g).argmax()), *rng.integers(0, g.size, 2)):
            where, h, old = np.unravel_index(at, g.shape), 1e-5, w.flat[at]
            both = []
            for sign in (1, -1):
                w[where] = old + sign * h
                both.append(net.loss(*batch, back=False))
            w[where] = old
            slope = (both[0] - both[1]) / (2 * h)
            assert abs(slope - g[where]) <= 1e-5 * abs(slope) + 1e-8, (name, where, slope, g[where])
            checked += 1
    print(f"finite differences: {checked} slopes")


def ternary(path):
    """A model as inference runs it: ternary values times their scale."""
    params = {}
    for name, (kind, ne, raw) in gguf.load(path)[1].items():
        m, k = (ne + [1])[1], ne[0]
        if kind in gguf.TERNARY:
            w, scale = gguf.TERNARY[kind](raw, m, k)
            params[name] = w * scale[:, None].astype(np.float64)
        else:
            params[name] = gguf.floats(kind, raw, m, k)
    return params


def read(path):
    """A float model of another shape, as trained."""
    tensors = gguf.load(path)[1]
    return train.Net({name: gguf.floats(kind, raw, (ne + [1])[1], ne[0]) for name, (kind, ne, raw) in tensors.items()}, 6, 3, part=0)


make_data()
check_differences()
check_gradients("float", 1, "--float")
check_gradients("half-way", 3, "--ramp", 4)
check_gradients("ternary", 1)
check_gradients("ternary later", 10)
run("teacher", 10, "--float", "--type", "f32", "--head", "f32", "--layers", 1, "--dim", 256, "--heads", 6, "--kv-heads", 3)
check_gradients("distilled", 2, "--teacher", folder / "teacher" / "m.gguf", "--distill", 0.7, "--temperature", 3,
                teacher=read(folder / "teacher" / "m.gguf"), share=0.7, heat=3.0)
run("base", 1, "--head", "f32")
model = folder / "base" / "m.gguf"
base = {"frozen": ternary(model), "factor": 2.0, "shape": ["--context", 48, "--base", model, "--lora", 4, "--lora-alpha", 8]}
check_gradients("adapters", 4, **base)
check_gradients("adapters of some", 3, "--lora-targets", "down,k,up", **base)
check_gradients("adapters distilled", 2, "--teacher", folder / "teacher" / "m.gguf", "--distill", 0.7, "--temperature", 3,
                teacher=read(folder / "teacher" / "m.gguf"), share=0.7, heat=3.0, **base)
check_losses("float-losses", 1e-5, "--float")
check_losses("ternary-losses", 0.01)
check_losses("ramp-losses", 0.01, "--ramp", 6)
check_losses("adapter-losses", 0.01, fall=0.9, **base)

"""forward.py TERNLAB FOLDER: the C forward pass against reference/model, as a whole and step by step.

Step by step, every step of the reference starts from the C program's own result of the step before: int8 values
must be equal, floats must agree to 1e-5 of their rms. As a whole: position 0 to 1e-5, later ones by cosine
(a value that rounds the other way to int8 moves all that follows).
"""

import pathlib
import subprocess
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "model"))
import forward
import gguf

program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
TOKENS = [256, 1, 2, 3, 77, 200, 30, 41, 5, 4, 255, 0, 17]


def run(*words):
    subprocess.run([program, *map(str, words)], check=True)


def close(name, got, expected):
    error = np.abs(got.astype(np.float64) - expected).max() / max(np.sqrt((expected.astype(np.float64) ** 2).mean()), 1e-30)
    assert error <= 1e-5, f"{name}: 1e-5 of the rms was expected, found {error:.3g}"
    return error


def check_steps(model, dump):
    worst = 0
    for name, expected in model.steps.items():
        got = np.load(dump / f"{name}.npy")
        if got.dtype == np.int8:
            assert np.array_equal(got, expected), f"{name}: equal int8 values were expected, found {(got != expected).sum()} others"
        else:
            worst = max(worst, close(name, got, expected))
    return worst


def check_whole(what, model, tokens, cache, *options, lora=None):
    """Logits as a whole; returns the C program's, NumPy's, and where the likeliest token stands above what rounding can do."""
    output = folder / "logits.npy"
    run("logits", "--model", model, "--tokens", ",".join(map(str, tokens)), "--cache", cache, "-o", output, *options)
    whole, got = forward.Model(model, lora=lora).logits(np.array(tokens), cache), np.load(output)
    close(f"{what}: logits at position 0", got[0], whole[0])
    cosine = (got * whole).sum(1) / np.sqrt((got**2).sum(1) * (whole**2).sum(1))
    assert cosine.min() >= 0.9995, f"{what}: cosine 0.9995 was expected, found {cosine.min():.6f}"
    top = np.sort(whole, 1)[:, -2:]
    clear = top[:, 1] - top[:, 0] > 3 * np.sqrt(2 - 2 * np.minimum(cosine, 1)) * np.sqrt((whole**2).mean(1)) + 1e-4
    assert np.array_equal(got.argmax(1)[clear], whole.argmax(1)[clear]), f"{what}: the same argmax was expected"
    return got, whole, clear, cosine.min()


def make_adapter(model, path):
    """Pairs of several ranks and types for all projections but one a layer; alpha 3. As forward.Model takes them."""
    rng, tensors, pairs = np.random.default_rng(3), {}, {}
    meta, shapes = gguf.load(model)
    for i, (name, (kind, ne, raw)) in enumerate(shapes.items()):
        if kind not in gguf.TERNARY or "ffn_up" in name:
            continue
        rank, dtype = (1, 3, 8, 20)[i % 4], ("<f4", "<f2")[i % 2]
        a, b = ((rng.normal(size=(m, k)) / k**0.5).astype(dtype) for m, k in ((rank, ne[0]), (ne[1], rank)))
        tensors |= {f"{name}.lora_a": a, f"{name}.lora_b": b}
        pairs[name] = a.astype(np.float32), b.astype(np.float32), 3 / rank
    keys = {"general.type": "adapter", "general.architecture": meta["general.architecture"].decode(), "adapter.type": "lora", "adapter.lora.alpha": 3.0}
    gguf.save(path, keys, tensors)
    return pairs


def check(preset, kind, head, cache, adapted=False):
    model, dump = folder / f"{preset}-{kind}.gguf", folder / f"{preset}-{kind}-{cache}-{adapted}"
    dump.mkdir()
    run("model", "synth", "--preset", preset, "--type", kind, "--head", head, "--seed", 7, "-o", model)
    adapter = folder / "adapter.gguf"
    lora = make_adapter(model, adapter) if adapted else None
    options = ["--lora", adapter] if adapted else []
    run("logits", "--model", model, "--tokens", ",".join(map(str, TOKENS)), "--cache", cache, "--dump", dump, "-o", folder / "logits.npy", *options)
    step_by_step = forward.Model(model, dump, lora)
    step_by_step.logits(np.array(TOKENS), cache)
    worst = check_steps(step_by_step, dump)
    cosine = check_whole(preset, model, TOKENS, cache, *options, lora=lora)[3]
    print(f"{preset} {kind} head {head} cache {cache}{' with adapters' if adapted else ''}: {len(step_by_step.steps)} steps, worst {worst:.1e}, cosine {cosine:.7f}")


def ids_of(*words):
    return [int(i) for i in subprocess.run([program, *words], check=True, capture_output=True).stdout.split()]


def check_edges():
    """Prompts at the edges of what there is, and the greedy tokens behind them."""
    model = folder / "edges.gguf"
    run("model", "synth", "--preset", "tiny-2b-4t", "--seed", 7, "-o", model)
    prompts = {"empty": b"", "one byte": b"a", "all special tokens": None, "invalid UTF-8": b"\xff\xfe\xc3(\xe2\x82 \xf0\x9f\x9a", "words": b"The quick brown fox"}
    for what, text in prompts.items():
        tokens = list(range(256, 512)) if text is None else ids_of("tokenize", "--model", model, text)
        assert text is None or tokens == [256, *text], f"{what}: {tokens}"  # a token for each byte, behind the one of beginning
        context = len(tokens) + 63  # full when the last token but one has been read
        after = ids_of("generate", "--model", model, "--tokens", ",".join(map(str, tokens)), "--max-tokens", "100", "--no-slide", "--context", str(context))
        assert len(after) == 64, f"{what}: 64 tokens until the context is full were expected, found {len(after)}"
        got, whole, clear, _ = check_whole(what, model, tokens + after[:-1], "f16", "--context", context)
        last = slice(len(tokens) - 1, None)
        assert np.array_equal(got[last].argmax(1), after), f"{what}: the tokens that one pass makes likeliest were expected"
        assert np.array_equal(whole[last].argmax(1)[clear[last]], np.array(after)[clear[last]]), f"{what}: the reference's tokens were expected"
        print(f"{what}: {len(tokens)} tokens and 64 greedy ones, {clear[last].sum()} of them clear")
    tokens = ids_of("tokenize", "--model", model, "--no-bos", "a")
    assert len(tokens) == 1
    check_whole("one token", model, tokens, "f16", "--context", 1)


def check_a16(head, columns):
    """Both heads over the same activations: within the bound of kernels/head/a16.h and that of head.h."""
    model, got = folder / f"a16-{head}.gguf", {}
    run("model", "synth", "--preset", "tiny", "--head", head, "--seed", 7, "-o", model)
    for how in ("f32", "a16"):
        dump = folder / f"a16-{head}-{how}"
        dump.mkdir()
        run("logits", "--model", model, "--tokens", ",".join(map(str, TOKENS)), "--head-activations", how, "--dump", dump, "-o", dump / "y.npy")
        got[how], x = np.load(dump / "y.npy").astype(np.float64), np.load(dump / "output_norm.npy").astype(np.float64)
    reference = forward.Model(model)
    name = "output.weight" if "output.weight" in reference.tensors else "token_embd.weight"
    w = np.abs(reference.matrix(name).astype(np.float64))
    top, k = np.abs(x).max(1, keepdims=True), x.shape[1]
    bound = top / 64000 * w.sum(1) + (k / columns + 8 + k / 16 + 6) * 2.0**-24 * (np.abs(x) @ w.T)
    error = np.abs(got["a16"] - got["f32"])
    assert (error <= bound).all(), f"head {head}: a16 beyond its bound by {(error / bound).max():.3g}"
    assert error.max() > 0, f"head {head}: other logits were expected with a16"
    print(f"head {head} a16: at most {(error / bound).max():.3f} of the bound, {error.max() / np.sqrt((got['f32'] ** 2).mean()):.1e} of the rms")


check("tiny", "i2_s", "f16", "f16")
check("tiny", "tq2_0", "q6_k", "i8")
check("tiny-bitnet", "tq1_0", "q8_0", "f16")
check("tiny-llama", "iq2_bn", "bf16", "f16")
check("small", "i2_s", "q6_k", "f16")
check("tiny", "i2_s", "f32", "f16", adapted=True)
check("tiny-llama", "iq2_bn", "bf16", "i8", adapted=True)
check_edges()
check_a16("q6_k", 256)
check_a16("q8_0", 32)

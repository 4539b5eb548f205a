"""convert.py TERNLAB FOLDER: conversions keep what they must. Hugging Face folders are made here, from the formats'
descriptions; GGUF files go through every type and back."""

import base64
import json
import pathlib
import struct
import subprocess
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "reference" / "model"))
sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "reference"))
import gguf
import layout_tl1
import layout_tl2

program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
F = np.float32
rng = np.random.default_rng(int(sys.argv[3]) if len(sys.argv) > 3 else 1)


def run(*words, status=0):
    p = subprocess.run([program, *map(str, words)], capture_output=True, text=True)
    assert p.returncode == status, (words, p.returncode, p.stderr)
    assert status == 0 or p.stderr.count("\n") == 1, p.stderr
    return p


def logits(model, *how):
    run("logits", "--model", model, *how, "--tokens", "1,2,3,50,7", "-o", folder / "l.npy")
    return np.load(folder / "l.npy")


def bf16(x):
    u = x.astype(F).view(np.uint32)
    return ((u + 0x7FFF + (u >> 16 & 1)) >> 16).astype(np.uint16)


def widen(b):
    return (b.astype(np.uint32) << 16).view(F)


def write_safetensors(path, arrays):
    header, blobs, at = {}, [], 0
    for name, (dtype, a) in arrays.items():
        raw = a.tobytes()
        header[name] = {"dtype": dtype, "shape": list(a.shape), "data_offsets": [at, at + len(raw)]}
        blobs.append(raw)
        at += len(raw)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def write_tokenizer(path):
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in plain]
    letters = {b: chr(b) for b in plain} | {b: chr(256 + i) for i, b in enumerate(others)}
    root = {"model": {"type": "BPE", "vocab": {letters[b]: b for b in range(256)}, "merges": []}, "pre_tokenizer": {"type": "ByteLevel"},
            "added_tokens": [{"id": 256, "content": "<|begin_of_text|>", "special": True}, {"id": 257, "content": "<|end_of_text|>", "special": True}]}
    path.write_text(json.dumps(root))


D, FFN, HEADS, KV, DIM, LAYERS, VOCAB = 256, 512, 4, 2, 64, 2, 258
NAMES = {"attn_q": ("self_attn.q_proj", HEADS * DIM, D), "attn_k": ("self_attn.k_proj", KV * DIM, D), "attn_v": ("self_attn.v_proj", KV * DIM, D),
         "attn_output": ("self_attn.o_proj", D, HEADS * DIM), "ffn_gate": ("mlp.gate_proj", FFN, D), "ffn_up": ("mlp.up_proj", FFN, D), "ffn_down": ("mlp.down_proj", D, FFN)}


def make(path, llama, packed, divides):
    """Returns {gguf name: (T, scale)} as they must come out."""
    path.mkdir()
    arrays, want = {}, {}
    vector = lambda n: ("BF16", bf16(1 + 0.1 * rng.standard_normal(n)))
    for i in range(LAYERS):
        p = f"model.layers.{i}."
        arrays[p + "input_layernorm.weight"], arrays[p + "post_attention_layernorm.weight"] = vector(D), vector(D)
        if not llama:
            arrays[p + "self_attn.attn_sub_norm.weight"], arrays[p + "mlp.ffn_sub_norm.weight"] = vector(HEADS * DIM), vector(FFN)
        for to, (name, m, k) in NAMES.items():
            master = bf16(0.02 * rng.standard_normal((m, k)))
            w = widen(master)
            mean = np.abs(w.astype(np.float64)).mean().astype(F)
            s = F(1) / mean
            t, scale = np.clip(np.rint(w * s), -1, 1).astype(np.int8), F(1) / s
            if packed:
                stored = bf16(np.array([F(1) / scale if divides else scale]))
                scale = F(1) / widen(stored)[0] if divides else widen(stored)[0]
                quarters = (t + 1).astype(np.uint8).reshape(4, m // 4, k)
                arrays[p + name + ".weight"] = ("U8", quarters[0] | quarters[1] << 2 | quarters[2] << 4 | quarters[3] << 6)
                arrays[p + name + ".weight_scale"] = ("BF16", stored)
            else:
                arrays[p + name + ".weight"] = ("BF16", master)
            if llama and to in ("attn_q", "attn_k"):
                t = t.reshape(-1, 2, DIM // 2, k).swapaxes(1, 2).reshape(m, k)
            want[f"blk.{i}.{to}.weight"] = t, scale
    arrays["model.embed_tokens.weight"], arrays["model.norm.weight"] = ("BF16", bf16(0.03 * rng.standard_normal((VOCAB, D)))), vector(D)
    names = list(arrays)
    write_safetensors(path / "model-00001-of-00002.safetensors", {n: arrays[n] for n in names[::2]})
    write_safetensors(path / "model-00002-of-00002.safetensors", {n: arrays[n] for n in names[1::2]})
    config = {"model_type": "llama" if llama else "bitnet", "hidden_act": "silu" if llama else "relu2", "num_hidden_layers": LAYERS, "hidden_size": D,
              "intermediate_size": FFN, "num_attention_heads": HEADS, "num_key_value_heads": KV, "vocab_size": VOCAB, "rope_theta": 500000.0,
              "tie_word_embeddings": True}
    if packed:
        config["quantization_config"] = {"linear_class": "bitlinear" if divides else "autobitlinear"}
    (path / "config.json").write_text(json.dumps(config))
    write_tokenizer(path / "tokenizer.json")
    return want


def check_hf(name, **how):
    want = make(folder / name, **how)
    out = folder / f"{name}.gguf"
    run("model", "convert", folder / name, "-o", out)
    run("model", "verify", out, "--quiet")
    tensors = gguf.load(out)[1]
    for key, (t, scale) in want.items():
        kind, (k, m), raw = tensors[key]
        got, scales = gguf.TERNARY[kind](raw, m, k)
        assert np.array_equal(got, t), f"{name}: {key}: other values"
        assert scales[0] == scale, f"{name}: {key}: scale {scale!r} was expected, found {scales[0]!r}"
    return out


# Scales of absmean fit no F16: through the F16-scaled types they stay exact in .scale tensors.
first = check_hf("masters", llama=False, packed=False, divides=False)
check_hf("packed", llama=False, packed=True, divides=False)
check_hf("divisor", llama=False, packed=True, divides=True)
check_hf("llama", llama=True, packed=True, divides=True)
truth = logits(first)
KINDS = ("tq1_0", "tq2_0", "q2_0", "pq2_0", "ptq1_0", "iq1_bn", "iq2_bn", "iq2_bn_r4", "b2x", "b3", "f32", "f16", "bf16", "i2_s")
for kind in KINDS:
    run("model", "convert", first, "--type", kind, "-o", folder / "there.gguf")
    assert np.array_equal(logits(folder / "there.gguf"), truth), kind
    run("model", "convert", folder / "there.gguf", "--type", "i2_s", "-o", folder / "back.gguf")
    assert np.array_equal(logits(folder / "back.gguf"), truth), kind
    a, b = gguf.load(first)[1], gguf.load(folder / "back.gguf")[1]
    for name in a:
        if name.startswith("blk.") and "norm" not in name:
            m, k = a[name][1][1], a[name][1][0]
            assert bytes(a[name][2][: m * k // 4]) == bytes(b[name][2][: m * k // 4]), (kind, name)
# Scales in the tensor and beside it: where the type cannot hold the one, both become one beside it.
run("model", "convert", first, "--type", "tq2_0", "-o", folder / "beside.gguf")
run("model", "convert", folder / "beside.gguf", "--type", "iq2_bn", "-o", folder / "both.gguf")
data = bytearray((folder / "both.gguf").read_bytes())
for kind, ne, raw in gguf.load(folder / "both.gguf")[1].values():
    if kind == 135:
        k, m = ne
        rows = np.frombuffer(data, np.uint8, m * (4 + k // 4), len(data) - len(raw)).reshape(m, -1)
        assert np.array_equal(rows[:, :4].copy().view("<f4"), np.ones((m, 1), F))
        rows[:, :4] = np.frombuffer(F(0.3).tobytes(), np.uint8)
(folder / "both.gguf").write_bytes(data)
for kind in ("tq2_0", "ptq1_0", "i2_s"):
    run("model", "convert", folder / "both.gguf", "--type", kind, "-o", folder / "there.gguf")
    run("model", "verify", folder / "there.gguf", "--quiet")
    assert np.array_equal(logits(folder / "there.gguf"), logits(folder / "both.gguf")), kind
    assert sorted(gguf.load(folder / "there.gguf")[1]) == sorted(gguf.load(folder / "both.gguf")[1]), kind
# STQ1_0 holds one zero in every four weights: models of others are refused, such models go there and back.
assert "one zero" in run("model", "convert", first, "--type", "stq1_0", "-o", folder / "there.gguf", status=2).stderr
run("model", "synth", "--preset", "tiny", "--type", "stq1_0", "-o", folder / "sparse.gguf")
for kind in ("i2_s", "ptq1_0", "stq1_0"):
    run("model", "convert", folder / "sparse.gguf", "--type", kind, "-o", folder / "there.gguf")
    assert np.array_equal(logits(folder / "there.gguf"), logits(folder / "sparse.gguf")), kind
    run("model", "convert", folder / "there.gguf", "--type", "stq1_0", "-o", folder / "back.gguf")
    assert np.array_equal(logits(folder / "back.gguf"), logits(folder / "sparse.gguf")), kind


def in_order(model, order, out):
    """The I2_S tensors of a file in another order: the same places, other bytes."""
    data = bytearray(model.read_bytes())
    for kind, ne, raw in gguf.load(model)[1].values():
        if kind == 36:
            k, m = ne
            codes, at = (gguf.i2_s(raw, m, k)[0] + 1).astype(np.uint8), len(data) - len(raw)
            four = codes.reshape(-1, 4, 16).swapaxes(0, 1) if order == "64" else codes.reshape(-1, 4, k).swapaxes(0, 1)
            data[at : at + m * k // 4] = (four[0] << 6 | four[1] << 4 | four[2] << 2 | four[3]).tobytes()
    out.write_bytes(data)


run("model", "convert", first, "--type", "i2_s", "-o", folder / "usual.gguf")
for order in ("64", "4-row"):
    in_order(folder / "usual.gguf", order, folder / "order.gguf")
    assert np.array_equal(logits(folder / "order.gguf", "--i2s-order", order), truth), order
    run("model", "convert", folder / "order.gguf", "--i2s-order", order, "--type", "i2_s", "-o", folder / "back.gguf")
    assert np.array_equal(logits(folder / "back.gguf"), truth), order
# TL1 and TL2 there and back; how they are tiled must be said. The bytes are those of the reference.
run("model", "synth", "--preset", "large", "--layers", 1, "--vocab", 600, "-o", folder / "large.gguf")
for kind, pack in (("tl1", layout_tl1.pack), ("tl2", layout_tl2.pack)):
    run("model", "convert", folder / "large.gguf", "--type", kind, "-o", folder / "tl.gguf")
    for name, (_, ne, raw) in gguf.load(folder / "tl.gguf")[1].items():
        if name.startswith("blk.") and "norm" not in name:
            k, m = ne
            w = gguf.i2_s(gguf.load(folder / "large.gguf")[1][name][2], m, k)[0]
            codes, at = pack(w, m, k).tobytes(), m * k // 4 if kind == "tl1" else -(-((k - 256) * m // 3 * 5 // 8 + 64 * m) // 32) * 32
            assert bytes(raw[: len(codes)]) == codes and struct.unpack("<f", bytes(raw[at : at + 4]))[0] == 0.03125, (kind, name)
    assert np.array_equal(logits(folder / "tl.gguf", "--tl", "preset"), logits(folder / "large.gguf")), kind
    for how in ((), ("--tl", "100,96,32"), ("--tl", "256,3072,32"), ("--tl", "256,9000,32"), ("--tl", "256,96"), ("--tl", "256,96,32,1"), ("--tl", "")):
        assert "BM,BY,bm" in run("logits", "--model", folder / "tl.gguf", "--tokens", 1, *how, "-o", folder / "l.npy", status=2).stderr
    run("model", "convert", folder / "tl.gguf", "--tl", "preset", "--type", "i2_s", "-o", folder / "back.gguf")
    assert (folder / "back.gguf").read_bytes()[-1000000:] == (folder / "large.gguf").read_bytes()[-1000000:], kind
    assert "no preset" in run("model", "convert", first, "--type", kind, "-o", folder / "tl.gguf", status=2).stderr
assert "MXFP4" in run("model", "convert", folder / "llama.gguf", "--type", "tl2", "-o", folder / "tl.gguf", status=2).stderr
assert "128, 64 or 4-row" in run("logits", "--model", first, "--tokens", 1, "--i2s-order", 5, "-o", folder / "l.npy", status=2).stderr
# Weights turned into another basis: refused. A key of as many letters makes room for the declaration.
turned = (folder / "llama.gguf").read_bytes().replace(b"llama.embedding_length", b"prism.hadamard.version")
(folder / "turned.gguf").write_bytes(turned)
assert "Hadamard" in run("logits", "--model", folder / "turned.gguf", "--tokens", 1, "-o", folder / "l.npy", status=2).stderr
# So are tensors that no layer takes, and angles scaled by the key of old files.
(folder / "extra.gguf").write_bytes((folder / "beside.gguf").read_bytes().replace(b"blk.0.attn_q.scale", b"blk.0.attn_q.shift"))
assert '"blk.0.attn_q.shift"' in run("logits", "--model", folder / "extra.gguf", "--tokens", 1, "-o", folder / "l.npy", status=2).stderr


def with_scale_linear(source, out, value):
    """A key more, and one that fills up, so that the data stay aligned."""
    text = lambda s: struct.pack("<Q", len(s)) + s
    more = text(b"llama.rope.scale_linear") + struct.pack("<If", 6, value) + text(b"x") + struct.pack("<I", 8) + text(b"fill")
    data = source.read_bytes()
    out.write_bytes(data[:16] + struct.pack("<Q", struct.unpack_from("<Q", data, 16)[0] + 2) + more + data[24:])


with_scale_linear(folder / "llama.gguf", folder / "linear.gguf", 1.0)
assert np.array_equal(logits(folder / "linear.gguf"), logits(folder / "llama.gguf"))
with_scale_linear(folder / "llama.gguf", folder / "linear.gguf", 4.0)
assert "rotary angles" in run("logits", "--model", folder / "linear.gguf", "--tokens", 1, "-o", folder / "l.npy", status=2).stderr
# The same file again is the same file.
run("model", "convert", folder / "usual.gguf", "-o", folder / "same.gguf")
run("model", "convert", folder / "same.gguf", "-o", folder / "twice.gguf")
assert (folder / "same.gguf").read_bytes() == (folder / "twice.gguf").read_bytes()
run("model", "convert", first, "--head", "f32", "-o", folder / "wide.gguf")
assert np.array_equal(logits(folder / "wide.gguf"), truth)
# Refused, in one line, and nothing left behind.
bad = folder / "bad.gguf"
run("model", "convert", folder / "none", "-o", bad, status=2)
run("model", "convert", first, "--type", "q9", "-o", bad, status=2)
run("model", "synth", "--preset", "3b", "--layers", 1, "--vocab", 512, "--type", "b3", "-o", folder / "wide3b.gguf")
run("model", "convert", folder / "wide3b.gguf", "--type", "tq2_0", "-o", bad, status=2)
for name in ("config.json", "tokenizer.json", "model-00001-of-00002.safetensors"):
    path = folder / "packed" / name
    whole = path.read_bytes()
    for part in (whole[:0], whole[: len(whole) // 2], whole[: len(whole) - 8]):
        path.write_bytes(part)
        said = run("model", "convert", folder / "packed", "-o", bad, status=2).stderr
        assert str(path) in said and "line -1" not in said, said
    path.write_bytes(whole)
# Biases are part of another model.
write_safetensors(folder / "packed" / "more.safetensors", {"model.layers.0.self_attn.q_proj.bias": ("BF16", bf16(np.ones(D)))})
assert "q_proj.bias" in run("model", "convert", folder / "packed", "-o", bad, status=2).stderr
(folder / "packed" / "more.safetensors").unlink()
# Where the base of the rotary angles stands; scaled angles are another model.
config = json.loads((folder / "packed" / "config.json").read_text())
(folder / "packed" / "config.json").write_text(json.dumps(config | {"model_type": "mistral"}))
assert "found mistral" in run("model", "convert", folder / "packed", "-o", bad, status=2).stderr
config.pop("rope_theta")
for more, want in (({}, 500000.0), ({"rope_theta": 70000}, 70000.0), ({"rope_parameters": {"rope_type": "default", "rope_theta": 80000.0}}, 80000.0),
                   ({"rope_scaling": None, "rope_theta": 90000.0}, 90000.0), ({"rope_scaling": {"rope_type": "llama3", "factor": 8.0}}, None),
                   ({"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}}, None), ({"rope_scaling": {"type": "linear", "factor": 2.0}}, None)):
    (folder / "packed" / "config.json").write_text(json.dumps(config | more))
    run("model", "convert", folder / "packed", "-o", bad, status=0 if want else 2)
    if want:
        assert gguf.load(bad)[0]["bitnet-b1.58.rope.freq_base"] == want, more
        bad.unlink()
header = json.loads(whole[8 : 8 + struct.unpack("<Q", whole[:8])[0]])
assert not bad.exists()
print(f"4 folders, {len(KINDS) + 1} types there and back, 3 orders of I2_S")

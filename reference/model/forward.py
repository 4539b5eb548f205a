"""forward.py MODEL.gguf --tokens 1,2,3 [-o logits.npy] [--dump FOLDER] [--cache f16|i8|f32]

The forward pass of BitNet b1.58 and of ternary llamas in NumPy, all tokens at once, for comparison. Float steps are
float32 in NumPy's own order of sums, so they differ from the C program's in the last bits; int8 activations and int32
products are exact by themselves. Attention over an int8 cache is that of ../attention_i8.py, which rounds as the kernels do.
"""

import argparse
import pathlib
import sys

import numpy as np

import gguf

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import attention_i8

F = np.float32
ARCHS = {"bitnet-b1.58": (False, True, True), "bitnet-25": (False, True, True), "bitnet": (False, False, True), "llama": (True, False, False)}


def norm(x, w, eps):
    mean = (x * x).astype(np.float64).mean(-1, keepdims=True).astype(F)
    return (x * (F(1) / np.sqrt(mean + F(eps)))) * w


def quantise(x):
    """int8 by absmax, ties to even; the scale is what was multiplied by."""
    s = (127.0 / np.maximum(np.abs(x).max(-1, keepdims=True).astype(np.float64), 1e-5)).astype(F)
    return np.clip(np.rint(x * s), -128, 127).astype(np.int8), s


def rope(x, positions, base, pairs):
    """x [tokens][heads][dim]."""
    half = x.shape[-1] // 2
    angle = positions[:, None] * base ** (-np.arange(half) * 2.0 / x.shape[-1])
    c, s = np.cos(angle).astype(F)[:, None], np.sin(angle).astype(F)[:, None]
    y = np.empty_like(x)
    a, b = (x[..., 0::2], x[..., 1::2]) if pairs else (x[..., :half], x[..., half:])
    ya, yb = (y[..., 0::2], y[..., 1::2]) if pairs else (y[..., :half], y[..., half:])
    ya[...], yb[...] = a * c - b * s, a * s + b * c
    return y


def attention(q, k, v):
    """q [n][heads][dim], k and v [n][kv heads][dim]; causal."""
    n, heads, dim = q.shape
    k, v = (np.repeat(a, heads // k.shape[1], 1).astype(np.float64) for a in (k, v))
    scores = np.einsum("thd,jhd->htj", q.astype(np.float64), k) / np.sqrt(dim)
    scores[:, np.triu(np.ones((n, n), bool), 1)] = -np.inf
    p = np.exp(scores - scores.max(-1, keepdims=True))
    return np.einsum("htj,jhd->thd", p / p.sum(-1, keepdims=True), v).astype(F)


def rows_i8(x):
    """int8 and a scale for a head of a token."""
    top = np.abs(x).max(-1)
    inverse = np.where(top > 0, F(127) / np.where(top > 0, top, 1), 0).astype(F)
    return np.rint(x * inverse[..., None]).astype(np.int8), top / F(127)


def attention_over(q, k, v, cache):
    if cache == "f16":
        k, v = (a.astype(np.float16).astype(F) for a in (k, v))
    if cache != "i8":
        return attention(q, k, v)
    group, y = q.shape[1] // k.shape[1], np.empty_like(q)
    for h in range(k.shape[1]):
        (k8, k_scale), (v8, v_scale) = rows_i8(k[:, h]), rows_i8(v[:, h])
        heads = slice(h * group, (h + 1) * group)
        y[:, heads] = attention_i8.attend(q[:, heads], k8, v8, np.stack([k_scale, v_scale], 1), len(q))
    return y


class Model:
    def __init__(self, path, given=None, lora=None):
        """`lora`: a pair (A [rank][k], B [m][rank]) and a factor for the names of the projections that have an adapter."""
        self.lora = lora or {}
        self.meta, self.tensors = gguf.load(path)
        self.arch = self.meta["general.architecture"].decode()
        self.pairs, self.relu2, self.sub = ARCHS[self.arch]
        self.heads, self.layers = self.key("attention.head_count"), self.key("block_count")
        self.kv = self.key("attention.head_count_kv", self.heads)
        self.dim = self.key("attention.key_length", self.key("embedding_length") // self.heads)
        self.eps, self.base = self.key("attention.layer_norm_rms_epsilon", 1e-5), float(self.key("rope.freq_base", 10000.0))
        self.steps, self.given = {}, given

    def key(self, name, otherwise=None):
        return self.meta.get(f"{self.arch}.{name}", otherwise)

    def step(self, name, layer, x):
        """Keeps a step's result. With `given` (a folder of another program's dump) goes on from that one's instead."""
        name = name if layer is None else f"L{layer:02d}_{name}"
        self.steps[name] = x.reshape(len(x), -1)
        if self.given:
            other = np.load(pathlib.Path(self.given) / f"{name}.npy").reshape(x.shape)
            return other
        return x

    def vector(self, name):
        kind, ne, raw = self.tensors[name]
        return gguf.floats(kind, raw, 1, ne[0])[0]

    def matrix(self, name):
        kind, ne, raw = self.tensors[name]
        return gguf.floats(kind, raw, ne[1], ne[0])

    def product(self, layer, name, q, s, x):
        kind, (k, m), raw = self.tensors[f"blk.{layer}.{name}.weight"]
        w, scale = gguf.TERNARY[kind](raw, m, k)
        exact = q.astype(F).astype(np.float64) @ w.astype(np.float64).T  # integers below 2^53
        y = (exact.astype(F) / s) * scale.astype(F)
        if f"blk.{layer}.{name}.weight" in self.lora:
            a, b, factor = self.lora[f"blk.{layer}.{name}.weight"]
            y = (y + factor * ((x.astype(np.float64) @ a.T) @ b.T)).astype(F)
        return self.step(name.removeprefix("attn_") if name != "attn_output" else name, layer, y)

    def block(self, i, x, positions, cache):
        weights = lambda name: self.vector(f"blk.{i}.{name}.weight")
        shaped = lambda a, heads: a.reshape(len(x), heads, self.dim)
        def quantised(name, a):
            q, s = quantise(a)
            return self.step(name, i, q), s, a
        h = self.step("attn_norm", i, norm(x, weights("attn_norm"), self.eps))
        h = quantised("attn_norm_q8", h)
        q, k, v = (self.product(i, f"attn_{c}", *h) for c in "qkv")
        q, k = (rope(shaped(a, n), positions, self.base, self.pairs) for a, n in ((q, self.heads), (k, self.kv)))
        a = attention_over(q, k, shaped(v, self.kv), cache).reshape(len(x), -1)
        a = self.step("attention", i, a)
        a = norm(a, weights("attn_sub_norm"), self.eps) if self.sub else a
        x = x + self.product(i, "attn_output", *quantised("attn_sub_norm_q8", a))
        h = self.step("ffn_norm", i, norm(x, weights("ffn_norm"), self.eps))
        h = quantised("ffn_norm_q8", h)
        g, u = self.product(i, "ffn_gate", *h), self.product(i, "ffn_up", *h)
        f = np.maximum(g, F(0)) ** 2 * u if self.relu2 else g / (F(1) + np.exp(-g)) * u
        f = self.step("ffn_act", i, f.astype(F))
        f = norm(f, weights("ffn_sub_norm"), self.eps) if self.sub else f
        return x + self.product(i, "ffn_down", *quantised("ffn_sub_norm_q8", f))

    def logits(self, tokens, cache="f16"):
        embedding = self.matrix("token_embd.weight")
        x = self.step("embedding", None, embedding[tokens])
        for i in range(self.layers):
            x = self.block(i, x, np.arange(len(tokens), dtype=np.float64), cache)
        x = self.step("output_norm", None, norm(x, self.vector("output_norm.weight"), self.eps))
        head = self.matrix("output.weight") if "output.weight" in self.tensors else embedding
        return self.step("logits", None, (x.astype(np.float64) @ head.astype(np.float64).T).astype(F))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("model")
    p.add_argument("--tokens", required=True)
    p.add_argument("-o", "--output")
    p.add_argument("--dump", help="write every step there, as `ternlab logits --dump` does")
    p.add_argument("--cache", choices=("f16", "i8", "f32"), default="f16")
    a = p.parse_args()
    model = Model(a.model)
    logits = model.logits(np.array([int(t) for t in a.tokens.split(",")]), a.cache)
    if a.output:
        np.save(a.output, logits)
    for name, x in model.steps.items() if a.dump else ():
        np.save(pathlib.Path(a.dump) / f"{name}.npy", x)


if __name__ == "__main__":
    main()

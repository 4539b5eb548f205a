"""train.py: one step of quantisation-aware training of BitNet b1.58 in NumPy, written out: loss, gradients, AdamW.

The definition that the C trainer is compared with. Parameters are a dict by the names of GGUF tensors, [m][k] each;
tokens of all documents lie one after the other, start[i] is where document i begins. Quantisers round in float32 by the
formulas of FORMATS 7.5 and count as the identity on the way back; `part` of the way they are blended with what came in.
All else is float64, or `real`. `given` are another program's int8 activations, by the name of the norm before: a value
that lies between two integers may round either way, and all that follows moves with it.

With `factor` the matrices are frozen, ternary values times their scale as they are, and those with a pair NAME.lora_a [r][k],
NAME.lora_b [m][r] among the parameters make y = W q(x) + factor B A x; only the pairs are learned.
"""

import numpy as np

F = np.float32


def ternary(w):
    """-1, 0, +1 and the scale; the mean in float64."""
    s = F(1) / np.maximum(F(np.abs(w.astype(np.float64)).mean()), F(1e-5))
    return np.clip(np.rint(w.astype(F) * s), -1, 1), F(1) / s


def int8(x):
    s = (127.0 / np.maximum(np.abs(x).max(-1, keepdims=True).astype(np.float64), 1e-5)).astype(F)
    return np.clip(np.rint(x.astype(F) * s), -128, 127), s


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class Net:
    def __init__(self, params, heads, kv_heads, base=10000.0, eps=1e-5, part=1.0, given=None, real=np.float64, factor=None):
        self.p = {name: np.asarray(v, real) for name, v in params.items()}
        self.heads, self.kv, self.base, self.eps, self.part, self.real = heads, kv_heads, base, eps, real(part), real
        self.given, self.flips, self.quantised, self.factor = given, 0, 0, factor
        self.learned = [name for name in params if ".lora_" in name or not factor]
        self.layers = sum(name.endswith(".attn_q.weight") for name in params)
        self.grad = {name: np.zeros_like(v) for name, v in self.p.items()}

    # ---- pieces: each forward returns what its way back needs
    def norm(self, x, name):
        w = self.p[name].ravel()
        r = 1 / np.sqrt((x * x).mean(-1, keepdims=True) + self.eps)
        return x * r * w, (x, r, w, name)

    def norm_back(self, dy, kept):
        x, r, w, name = kept
        self.grad[name] += (dy * x * r).sum(0).reshape(self.grad[name].shape)
        return r * dy * w - x * r**3 * (dy * w * x).mean(-1, keepdims=True)

    def activations(self, x, name):
        """As products take them, and as adapters do."""
        q, s = int8(x)
        if self.given:
            other = self.given[name.removesuffix(".weight")].astype(F)
            flips = np.abs(other - q)
            assert self.part == 0 or flips.max() <= 1, f"{name}: int8 values at most one step off were expected, found {flips.max()}"
            self.flips, self.quantised, q = self.flips + (flips > 0).sum(), self.quantised + flips.size, other
        return x + self.part * ((q.astype(self.real) / s) - x), x

    def weights(self, name):
        w = self.p[name]
        if self.part == 0 or self.factor:
            return w
        t, scale = ternary(w)
        return w + self.part * (t.astype(self.real) * scale - w)

    def pair(self, name):
        return self.p.get(f"{name}.lora_a"), self.p.get(f"{name}.lora_b")

    def product(self, x, name):
        q, h = x
        a, b = self.pair(name)
        return q @ self.weights(name).T + (0 if a is None else self.factor * (h @ a.T) @ b.T)

    def product_back(self, dy, x, name):
        q, h = x
        a, b = self.pair(name)
        self.grad[name] += dy.T @ q
        dx = dy @ self.weights(name)
        if a is None:
            return dx
        du = self.factor * dy @ b
        self.grad[f"{name}.lora_a"] += du.T @ h
        self.grad[f"{name}.lora_b"] += self.factor * dy.T @ (h @ a.T)
        return dx + du @ a

    def turn(self, x, positions, sign):
        half = x.shape[-1] // 2
        angle = positions[:, None] * self.base ** (-np.arange(half) * 2.0 / x.shape[-1])
        c, s = np.cos(angle)[:, None], sign * np.sin(angle)[:, None]
        a, b = x[..., :half], x[..., half:]
        return np.concatenate([a * c - b * s, a * s + b * c], -1).astype(self.real)

    def attention(self, q, k, v):
        """One document: q [n][heads][dim], k and v [n][kv heads][dim]."""
        n, group = len(q), self.heads // self.kv
        k, v = np.repeat(k, group, 1), np.repeat(v, group, 1)
        scores = np.einsum("thd,jhd->htj", q, k) / np.sqrt(q.shape[-1])
        scores[:, np.triu(np.ones((n, n), bool), 1)] = -np.inf
        p = softmax(scores)
        return np.einsum("htj,jhd->thd", p, v), (q, k, v, p)

    def attention_back(self, dy, kept):
        q, k, v, p = kept
        shared = lambda d: d.reshape(len(d), self.kv, -1, d.shape[-1]).sum(2)
        dp = np.einsum("thd,jhd->htj", dy, v)
        ds = p * (dp - (p * dp).sum(-1, keepdims=True)) / np.sqrt(q.shape[-1])
        return np.einsum("htj,jhd->thd", ds, k), shared(np.einsum("htj,thd->jhd", ds, q)), shared(np.einsum("htj,thd->jhd", p, dy))

    # ---- a layer
    def layer(self, i, x, start, positions):
        name = lambda s: f"blk.{i}.{s}.weight"
        shaped = lambda a, heads: a.reshape(len(x), heads, -1)
        h, norm1 = self.norm(x, name("attn_norm"))
        h = self.activations(h, name("attn_norm"))
        q, k, v = (self.product(h, name(f"attn_{c}")) for c in "qkv")
        q, k = self.turn(shaped(q, self.heads), positions, 1), self.turn(shaped(k, self.kv), positions, 1)
        pieces = [self.attention(q[a:b], k[a:b], shaped(v, self.kv)[a:b]) for a, b in zip(start, start[1:])]
        a, norm2 = self.norm(np.concatenate([p[0] for p in pieces]).reshape(len(x), -1), name("attn_sub_norm"))
        a = self.activations(a, name("attn_sub_norm"))
        x1 = x + self.product(a, name("attn_output"))
        h2, norm3 = self.norm(x1, name("ffn_norm"))
        h2 = self.activations(h2, name("ffn_norm"))
        g, u = self.product(h2, name("ffn_gate")), self.product(h2, name("ffn_up"))
        f, norm4 = self.norm(np.maximum(g, 0) ** 2 * u, name("ffn_sub_norm"))
        f = self.activations(f, name("ffn_sub_norm"))
        y = x1 + self.product(f, name("ffn_down"))
        return y, (name, positions, start, h, norm1, [p[1] for p in pieces], a, norm2, h2, norm3, g, u, f, norm4)

    def layer_back(self, dy, kept):
        name, positions, start, h, norm1, pieces, a, norm2, h2, norm3, g, u, f, norm4 = kept
        df = self.norm_back(self.product_back(dy, f, name("ffn_down")), norm4)
        r = np.maximum(g, 0)
        dh = self.product_back(df * 2 * r * u, h2, name("ffn_gate")) + self.product_back(df * r**2, h2, name("ffn_up"))
        dx1 = dy + self.norm_back(dh, norm3)
        da = self.norm_back(self.product_back(dx1, a, name("attn_output")), norm2).reshape(len(dy), self.heads, -1)
        back = [self.attention_back(da[i:j], p) for i, j, p in zip(start, start[1:], pieces)]
        dq, dk, dv = (np.concatenate([b[c] for b in back]) for c in range(3))
        dq, dk = self.turn(dq, positions, -1), self.turn(dk, positions, -1)
        dh = sum(self.product_back(d.reshape(len(dy), -1), h, name(f"attn_{c}")) for c, d in zip("qkv", (dq, dk, dv)))
        return dx1 + self.norm_back(dh, norm1)

    # ---- a step
    def logits(self, tokens, start):
        positions = np.concatenate([np.arange(b - a) for a, b in zip(start, start[1:])]).astype(np.float64)
        x, kept = self.p["token_embd.weight"][tokens], []
        for i in range(self.layers):
            x, k = self.layer(i, x, start, positions)
            kept.append(k)
        h, norm = self.norm(x, "output_norm.weight")
        return h @ self.p["token_embd.weight"].T, h, norm, kept

    def loss(self, tokens, targets, start, back=True, teacher=None, share=0.0, heat=1.0):
        """Mean loss over targets that are not -1; gradients go to self.grad. `teacher`: another Net to distil from."""
        logits, h, norm, kept = self.logits(tokens, start)
        rows = np.flatnonzero(targets >= 0)
        p = softmax(logits[rows])
        right = np.arange(len(rows)), targets[rows]
        loss, d = -np.log(p[right]).mean(), p.copy()
        d[right] -= 1
        if teacher:
            t, s = softmax(teacher.logits(tokens, start)[0][rows] / heat), softmax(logits[rows] / heat)
            loss = (1 - share) * loss + share * heat**2 * (t * np.log(t / s)).sum(-1).mean()
            d = (1 - share) * d + share * heat * (s - t)
        if not back:
            return loss
        self.grad = {name: np.zeros_like(v) for name, v in self.p.items()}
        full = np.zeros_like(logits)
        full[rows] = d / len(rows)
        self.grad["token_embd.weight"] += full.T @ h
        dx = self.norm_back(full @ self.p["token_embd.weight"], norm)
        for k in reversed(kept):
            dx = self.layer_back(dx, k)
        np.add.at(self.grad["token_embd.weight"], tokens, dx)
        return loss


class AdamW:
    """Loshchilov and Hutter 2019; the gradient's norm is clipped first, gains of norms do not decay."""

    def __init__(self, beta1=0.9, beta2=0.95, eps=1e-8, decay=0.05, clip=1.0):
        self.beta1, self.beta2, self.eps, self.decay, self.clip, self.steps, self.m, self.v = beta1, beta2, eps, decay, clip, 0, {}, {}

    def step(self, net, rate):
        self.steps += 1
        norm = np.sqrt(sum((net.grad[name].astype(np.float64) ** 2).sum() for name in net.learned))
        gain = min(1, self.clip / norm)
        for name in net.learned:
            w, g = net.p[name], net.grad[name] * gain
            self.m[name] = self.beta1 * self.m.get(name, 0) + (1 - self.beta1) * g
            self.v[name] = self.beta2 * self.v.get(name, 0) + (1 - self.beta2) * g**2
            m, v = self.m[name] / (1 - self.beta1**self.steps), self.v[name] / (1 - self.beta2**self.steps)
            decay = 0 if "norm" in name else self.decay
            net.p[name] = (w - rate * (m / (np.sqrt(v) + self.eps) + decay * w)).astype(net.real)
        return norm

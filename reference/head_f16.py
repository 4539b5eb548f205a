"""The output head: y = W . x, weights dequantised exactly, products in float32, sums of 16 lanes (f32.py)."""

import numpy as np

import f32

F = np.float32
SHAPES = ((1, 256, 1), (5, 512, 2), (3, 256, 3), (9, 768, 1), (0, 256, 1), (4, 256, 0))


def head(w, x):
    """w float32 [m][k], x float32 [n][k]."""
    y = np.stack([f32.total(w * row) for row in x]) if len(x) and len(w) else np.zeros((len(x), len(w)), F)
    exact = x.astype(np.float64) @ w.astype(np.float64).T
    size = np.abs(x).astype(np.float64) @ np.abs(w).astype(np.float64).T
    f32.within("head", y, exact, (w.shape[1] / 16 + 7) * 2.0**-24 * size) if y.size else None
    return y


def problems(rng, blocks, values, shapes=SHAPES):
    """blocks(rng, count) -> uint8 [count][bytes]; values(blocks) -> float32 [count][weights]."""
    weights = values(blocks(rng, 1)).shape[1]
    for m, k, n in shapes:
        raw = blocks(rng, m * k // weights)
        x = rng.standard_normal((n, k)).astype(F)
        yield "random", (m, k, n), {"w": raw, "x": x, "y": head(values(raw).reshape(m, k), x)}


def cases(rng):
    blocks = lambda rng, n: rng.standard_normal((n, 1)).astype(np.float16).view(np.uint8).reshape(n, 2)
    shapes = (*SHAPES, (2, 100, 1), (3, 17, 2), (1, 1, 1))
    yield from problems(rng, blocks, lambda b: b.reshape(-1, 2).copy().view(np.float16).astype(F), shapes)

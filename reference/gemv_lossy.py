"""gemv_lossy: look-up sums from tables of 8 bits (kernels/gemv_lossy/lossy.h): triples of columns up to a multiple of 96,
pairs behind; entries rounded to 127ths of the largest group. y int32 [N][M] and scale f32 [N]; y * scale stands for the
exact sum, off by at most groups * L / 254."""

import numpy as np


def lossy(w, q):
    m, k = w.shape
    k3 = k // 96 * 96
    cut = lambda a: [a[:, :k3].reshape(len(a), -1, 3).astype(np.int64), a[:, k3:].reshape(len(a), -1, 2).astype(np.int64)]
    wg, qg = cut(w), cut(q)
    largest = np.zeros(len(q), np.int64)
    for g in qg:
        largest = np.maximum(largest, np.abs(g).sum(2).max(1, initial=0))
    largest[largest == 0] = 1
    y, groups = np.zeros((len(q), m), np.int64), 0
    for a, b in zip(wg, qg):
        e = np.einsum("mgi,ngi->nmg", a, b)
        l = largest[:, None, None]
        y += (np.sign(e) * ((254 * np.abs(e) + l) // (2 * l))).sum(2)
        groups += a.shape[1]
    exact = q.astype(np.int64) @ w.astype(np.int64).T
    bound = groups * largest[:, None] / 254
    assert (np.abs(y * largest[:, None] / 127 - exact) <= bound + 1e-9).all(), "gemv_lossy: the stated bound was expected to hold"
    reached = (np.abs(y * largest[:, None] / 127 - exact) / bound).min(initial=np.inf)
    return y.astype(np.int32), (largest.astype(np.float32) / np.float32(127)).astype(np.float32), reached


def near_the_bound(rng, m, k, step):
    """Every group e of every row off to the same side, away from zero: with the largest group L = 127 * step entries are
    e / step, and e = step - 1 modulo step is rounded up by 1 / step: a half (step 2), or a third (step 3, from two thirds
    of a step). Odd rows are the negative ones."""
    groups = np.concatenate([np.full(k // 96 * 32, 3), np.full(k % 96 // 2, 2)])
    w, q = np.zeros((m, k), np.int8), np.zeros((1, k), np.int8)
    for g, at in enumerate(np.concatenate([[0], np.cumsum(groups)[:-1]])):
        n = groups[g]
        x = step * rng.integers(-40 // step, 40 // step + 1, n)
        x[0] = step * rng.integers(0, 40 // step) + step - 1
        if not g:  # L
            x = np.array([127, 126, 1] if step == 2 else [127, 127, 127])
        signs = np.sign(x) * rng.integers(0, 2, (m, n)) * (g > 0)
        signs[:, 0] = 1
        if not g:
            signs[:, 1] = 1
        q[0, at : at + n], w[:, at : at + n] = x, signs
    w[1::2] *= -1
    return w, q


def case(name, w, q, least=0):
    y, scale, reached = lossy(w, q)
    assert reached >= least - 1e-9, f"gemv_lossy: {name}: errors of {least:.3f} of the bound were expected, found {reached:.3f}"
    return name, (*w.shape, len(q)), {"w": w.reshape(-1), "x": q.reshape(-1), "y": y.reshape(-1), "scale": scale}


def cases(rng):
    for m, k, n in ((32, 96, 1), (32, 32, 2), (64, 128, 1), (96, 224, 2)):
        yield case("random", rng.integers(-1, 2, (m, k), dtype=np.int8), rng.integers(-128, 128, (n, k)).astype(np.int8))
    yield case("halves", *near_the_bound(rng, 32, 224, 2), least=1)
    yield case("thirds", *near_the_bound(rng, 32, 224, 3), least=2 / 3)
    w = rng.integers(-1, 2, (32, 192), dtype=np.int8)
    yield case("zero-activations", w, np.zeros((1, 192), np.int8))
    yield case("one-sign", np.ones((32, 192), np.int8), np.full((1, 192), 127, np.int8))
    yield case("one-sign-low", -np.ones((32, 192), np.int8), np.full((1, 192), -128, np.int8))
    yield case("small", w, rng.integers(-1, 2, (2, 192)).astype(np.int8))

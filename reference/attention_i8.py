"""attention_i8: attention_f16.py over int8 rows with a scale each."""

import numpy as np

import attention_f16 as attention

F = np.float32


def cases(rng):
    for m, dim, n, g in attention.SHAPES:
        q = attention.queries(rng, n, m, dim)
        k, v = (rng.integers(-127, 128, (g, dim)).astype(np.int8) for _ in "kv")
        scales = (np.abs(rng.standard_normal((g, 2))) / 127).astype(F)
        y = attention.attend(q, k.astype(F), v.astype(F), scales[:, 0], scales[:, 1], n)
        wide = [a.astype(np.float64) * s[:, None] for a, s in ((k, scales[:, 0]), (v, scales[:, 1]))]
        attention.check("attention_i8", y, attention.exact(q, *wide, n), q, *wide)
        yield "random", (m, dim, n, g), {"q": q, "k": k, "v": v, "scales": scales, "y": y}
    shape, q, k, v = attention.edge(2)
    scales = np.tile(np.array([0.5, 1], F), (len(k), 1))
    y = attention.attend(q, k.astype(F), v.astype(F), scales[:, 0], scales[:, 1], 1)
    yield "edge", shape, {"q": q, "k": k.astype(np.int8), "v": v.astype(np.int8), "scales": scales, "y": y}

"""head_q6_k: head_f16.py over Q6_K weights: six bits, 16 int8 scales and an F16 one for 256 weights."""

import numpy as np

import head_f16

F = np.float32


def blocks(rng, n):
    b = rng.integers(0, 256, (n, 210), dtype=np.uint8)
    b[:, 208:] = (rng.standard_normal((n, 1)) * 1e-4).astype(np.float16).view(np.uint8).reshape(n, 2)
    return b


def _parts(b):
    """d float32 [n], scale and six-bit number minus 32, int64 [n][256]."""
    i = np.arange(256)
    half, group, l = i // 128, i % 128 // 32, i % 32
    q = (b[:, 64 * half + 32 * (group % 2) + l] >> 4 * (group // 2) & 15) | (b[:, 128 + 32 * half + l] >> 2 * group & 3) << 4
    scale = b[:, 192:208].copy().view(np.int8)[:, i // 16]
    return b[:, 208:].copy().view(np.float16).astype(F)[:, 0], scale.astype(np.int64), q.astype(np.int64) - 32


def numbers(b):
    d, scale, q = _parts(b)
    return d, scale * q


def _values(b):
    d, scale, q = _parts(b)
    return d[:, None] * scale.astype(F) * q.astype(F)


def cases(rng):
    yield from head_f16.problems(rng, blocks, _values)

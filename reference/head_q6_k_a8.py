"""head_q6_k with activations rounded to 8 bits, 16 columns to a step: exact sums (kernels/head/a8.h)."""

import numpy as np

import head_q6_k
import head_q6_k_a16

F = np.float32


def _steps(v):
    v = v.astype(F).reshape(-1, 16)
    top = np.abs(v).max(axis=1, keepdims=True)
    step = np.ceil(top.astype(np.float64) / 127).clip(1, 127)
    return (np.rint(v / step.astype(F)) * step).reshape(-1)


def _eight_bits(x):
    return head_q6_k_a16.rounded(x, 127 * 127, _steps)


def _off(x, w):
    """Half a step in each column, by Cauchy and Schwarz."""
    top = np.abs(x).max(axis=1, keepdims=True)
    groups = np.abs(x).reshape(len(x), -1, 16).max(axis=2)
    step = np.ceil(groups / np.maximum(top, 1e-300) * 127 * 1.000001).clip(1, 127) * top / 127**2
    return np.sqrt((16 * (0.504 * step) ** 2).sum(axis=1, keepdims=True)) * np.sqrt((w**2).sum(axis=1))


def cases(rng):
    shapes = ((2, 512, 1), (3, 256, 2))
    yield from head_q6_k_a16.problems(rng, head_q6_k.blocks, head_q6_k.numbers, 4, shapes, _eight_bits, _off)

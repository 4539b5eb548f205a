"""sampling.py: the kept tokens and their probabilities, by the formulas of models/sampler.h, in float64.

As a program: reads lines of JSON (logits, history, settings, and what the C program kept) and fails on the first that
differs.
"""

import json
import sys

import numpy as np


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def keep(logits, history, s):
    """ids (best first), probabilities, the size of the exponents that they came from: spread, and what penalties rounded."""
    z, size = np.array(logits, np.float64), 0.0
    for i, n in zip(*np.unique(np.array(history[-int(s["penalty_last"]) :] if s["penalty_last"] else [], int), return_counts=True)):
        z[i] = z[i] / s["repeat_penalty"] if z[i] > 0 else z[i] * s["repeat_penalty"]
        size = max(size, abs(z[i]) + abs(n * s["frequency_penalty"] + s["presence_penalty"]))
        z[i] -= n * s["frequency_penalty"] + s["presence_penalty"]
    order = np.lexsort((np.arange(len(z)), -z))
    order = order[np.isfinite(z[order])]
    if s["temperature"] <= 0:
        return order[:1], np.ones(1), 0.0
    if s["top_k"]:
        order = order[: int(s["top_k"])]
    if s["typical_p"] < 1 and len(order) > 1:
        p = softmax(z[order])
        surprise = np.abs(-np.log(p) + (p * np.log(p)).sum())
        by = np.lexsort((order, surprise))
        n = np.searchsorted(np.cumsum(p[by]), s["typical_p"], side="right") + 1
        kept = order[by[:n]]
        order = kept[np.lexsort((kept, -z[kept]))]
    if s["top_p"] < 1 and len(order) > 1:
        order = order[: max(1, np.searchsorted(np.cumsum(softmax(z[order])), s["top_p"], side="left") + 1)]
    if s["min_p"] > 0 and len(order) > 1:
        p = softmax(z[order])
        order = order[p >= s["min_p"] * p[0]]
    return order, softmax(z[order] / s["temperature"]), (np.ptp(z[order]) + 2 * size) / s["temperature"]


def main():
    checked = 0
    for line in sys.stdin:
        c = json.loads(line)
        ids, p, exponent = keep(c["logits"], c["history"], c["settings"])
        got, q = np.array(c["ids"], int), np.array(c["p"])
        # A sum that meets a limit within rounding may keep one token more or less.
        n = min(len(ids), len(got))
        assert abs(len(ids) - len(got)) <= 1 and np.array_equal(ids[:n], got[:n]), (c["settings"], ids, got)
        if len(ids) == len(got):
            # An exponent x in float32 is off by up to 2^-23 |x|, which its exponential shows in full.
            assert np.allclose(p, q, rtol=2**-22 * (4 + exponent), atol=1e-9), (c["settings"], p, q)
            checked += 1
    print(f"{checked} settings checked")
    assert checked >= 100


if __name__ == "__main__":
    main()

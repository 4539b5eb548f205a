"""dequant.py PROGRAM SEED: every tensor type against its formula in NumPy, over random rows and every byte value."""

import subprocess
import sys

import numpy as np

F = np.float32


def f16(b):
    return np.ascontiguousarray(b).view("<f2").astype(F)[..., 0]


def two_bits(b, shift):
    return (b >> shift & 3).astype(np.int64) - 1


def nibbles(b):
    return np.concatenate([b & 15, b >> 4], axis=1).astype(np.int64)


def bits_of(b):
    return np.unpackbits(b, axis=1, bitorder="little").astype(np.int64)


def q3_scales(s):
    k = np.arange(16)
    low = np.where(k < 8, s[:, k % 8] & 15, s[:, k % 8] >> 4)
    return (low | (s[:, 8 + k % 4] >> 2 * (k // 4) & 3) << 4).astype(np.int64) - 32


def q4_scales(s):
    s = s.astype(np.int64)
    sc = np.concatenate([s[:, :4] & 63, s[:, 8:12] & 15 | s[:, :4] >> 6 << 4], axis=1)
    m = np.concatenate([s[:, 4:8] & 63, s[:, 8:12] >> 4 | s[:, 4:8] >> 6 << 4], axis=1)
    return sc, m


def digits(b, n):
    """[...] bytes -> [..., n] base-3 digits - 1 of the fraction byte / 256, most significant first."""
    out, v = [], b.astype(np.int64)
    for _ in range(n):
        out.append(v * 3 // 256 - 1)
        v = v * 3 % 256
    return np.stack(out, axis=-1)


def q2_k(b):
    i = np.arange(256)
    q = b[:, 16 + 32 * (i // 128) + i % 32] >> 2 * (i % 128 // 32) & 3
    s = b[:, i // 16]
    return f16(b[:, 80:82])[:, None] * F(1) * (s & 15).astype(F) * q.astype(F) - f16(b[:, 82:84])[:, None] * (s >> 4).astype(F)


def q3_k(b):
    i = np.arange(256)
    q = (b[:, 32 + 32 * (i // 128) + i % 32] >> 2 * (i % 128 // 32) & 3).astype(np.int64)
    q -= np.where(b[:, i % 32] >> (4 * (i // 128) + i % 128 // 32) & 1, 0, 4)
    return f16(b[:, 108:110])[:, None] * q3_scales(b[:, 96:108])[:, i // 16].astype(F) * q.astype(F)


def q45_k(b, fifth, codes):
    i = np.arange(256)
    q = (codes[:, 32 * (i // 64) + i % 32] >> 4 * (i // 32 % 2) & 15).astype(np.int64)
    if fifth is not None:
        q |= (fifth[:, i % 32] >> (i // 32) & 1).astype(np.int64) << 4
    sc, m = q4_scales(b[:, 4:16])
    d, dmin = f16(b[:, :2])[:, None], f16(b[:, 2:4])[:, None]
    return d * sc[:, i // 32].astype(F) * q.astype(F) - dmin * m[:, i // 32].astype(F)


def q6_k(b):
    i = np.arange(256)
    low = b[:, 64 * (i // 128) + 32 * (i // 32 % 2) + i % 32] >> 4 * (i % 128 // 64) & 15
    high = b[:, 128 + 32 * (i // 128) + i % 32] >> 2 * (i % 128 // 32) & 3
    scale = b[:, 192:208].view(np.int8)[:, i // 16].astype(F)
    return f16(b[:, 208:210])[:, None] * scale * ((low | high << 4).astype(F) - F(32))


def tq1_0(b):
    wide = digits(b[:, :32], 5).transpose(0, 2, 1).reshape(-1, 160)
    middle = digits(b[:, 32:48], 5).transpose(0, 2, 1).reshape(-1, 80)
    last = digits(b[:, 48:52], 4).transpose(0, 2, 1).reshape(-1, 16)
    return np.concatenate([wide, middle, last], axis=1).astype(F) * f16(b[:, 52:54])[:, None]


def ptq1_0(b):
    parts = [digits(b[:, at : at + n], count).transpose(0, 2, 1).reshape(-1, n * count) for at, n, count in ((0, 16, 5), (16, 8, 5), (24, 2, 4))]
    return np.concatenate(parts, axis=1).astype(F) * f16(b[:, 26:28])[:, None]


STQ1_0 = np.array([0xA9, 0x89, 0x29, 0x09, 0xA6, 0x86, 0x26, 0x06, 0x9A, 0x92, 0x1A, 0x12, 0x6A, 0x62, 0x4A, 0x42,
                   0x01, 0x21, 0x81, 0xA1, 0x04, 0x24, 0x84, 0xA4, 0x10, 0x18, 0x90, 0x98, 0x40, 0x48, 0x60, 0x68])


def stq1_0(b):
    slots = np.stack([b[:, :32] & 15, b[:, :32] >> 4], axis=2).reshape(-1, 64)
    fours = STQ1_0[slots + 16 * bits_of(b[:, 32:40])].reshape(-1, 4, 1, 16) >> np.array([0, 2, 4, 6]).reshape(1, 1, 4, 1)
    return ((fours & 3) - 1).reshape(-1, 256).astype(F) * f16(b[:, 40:42])[:, None]


def iq1_bn(b):
    d = digits(b, 5)[..., ::-1].astype(F)
    out = np.zeros((len(b), 4, 16), F)
    out[:, :, :15] = d[:, :12].reshape(-1, 4, 15)
    out[:, :, 15] = d[:, 12, :4]
    return out.reshape(-1, 64)


def codes_by(b, n, column):
    out = np.zeros((len(b), 4 * n), F)
    for j in range(n):
        for f in range(4):
            out[:, column(j, f)] = two_bits(b[:, j], 2 * f)
    return out


SCALE = lambda b, at: f16(b[:, at : at + 2])[:, None]
TYPES = {  # id: weights, bytes, values of [rows][bytes]
    0: (1, 4, lambda b: b.view("<f4")),
    1: (1, 2, lambda b: b.view("<f2").astype(F)),
    30: (1, 2, lambda b: (b.view("<u2").astype(np.uint32) << 16).view(F)),
    24: (1, 1, lambda b: b.view("i1").astype(F)),
    25: (1, 2, lambda b: b.view("<i2").astype(F)),
    26: (1, 4, lambda b: b.view("<i4").astype(F)),
    27: (1, 8, lambda b: b.view("<i8").astype(F)),
    28: (1, 8, lambda b: b.view("<f8").astype(F)),
    2: (32, 18, lambda b: (nibbles(b[:, 2:]) - 8).astype(F) * SCALE(b, 0)),
    3: (32, 20, lambda b: nibbles(b[:, 4:]).astype(F) * SCALE(b, 0) + SCALE(b, 2)),
    6: (32, 22, lambda b: (nibbles(b[:, 6:]) + 16 * bits_of(b[:, 2:6]) - 16).astype(F) * SCALE(b, 0)),
    7: (32, 24, lambda b: (nibbles(b[:, 8:]) + 16 * bits_of(b[:, 4:8])).astype(F) * SCALE(b, 0) + SCALE(b, 2)),
    8: (32, 34, lambda b: b[:, 2:].view("i1").astype(F) * SCALE(b, 0)),
    9: (32, 36, lambda b: b[:, 4:].view("i1").astype(F) * SCALE(b, 0)),
    10: (256, 84, q2_k),
    11: (256, 110, q3_k),
    12: (256, 144, lambda b: q45_k(b, None, b[:, 16:])),
    13: (256, 176, lambda b: q45_k(b, b[:, 16:48], b[:, 48:])),
    14: (256, 210, q6_k),
    15: (256, 292, lambda b: b[:, :4].copy().view("<f4") * b[:, 4:260].copy().view("i1").astype(F)),
    34: (256, 54, tq1_0),
    35: (256, 66, lambda b: codes_by(b, 64, lambda j, f: 128 * (j // 32) + 32 * f + j % 32) * SCALE(b, 64)),
    36: (128, 32, lambda b: codes_by(b, 32, lambda j, f: 32 * (3 - f) + j)),
    41: (128, 18, lambda b: np.where(bits_of(b[:, 2:]), SCALE(b, 0), -SCALE(b, 0)).astype(F)),
    42: (64, 18, lambda b: codes_by(b[:, 2:], 16, lambda j, f: 4 * j + f) * SCALE(b, 0)),
    43: (256, 42, stq1_0),
    142: (128, 34, lambda b: codes_by(b[:, 2:], 32, lambda j, f: 4 * j + f) * SCALE(b, 0)),
    143: (128, 28, ptq1_0),
    134: (64, 13, iq1_bn),
    135: (64, 16, lambda b: codes_by(b, 16, lambda j, f: 16 * f + j)),
}
HEADS = {134: "<f2", 135: "<f4"}


def main():
    program, seed = sys.argv[1], int(sys.argv[2])
    rng = np.random.default_rng(seed)
    for kind, (weights, size, values) in TYPES.items():
        blocks = rng.integers(0, 256, (300, size), dtype=np.uint8)
        blocks[:256] ^= np.arange(256, dtype=np.uint8)[:, None]  # every value in every place
        head = rng.standard_normal(300).astype(HEADS[kind]) if kind in HEADS else None
        raw = b"".join((head[i].tobytes() if head is not None else b"") + blocks[i].tobytes() for i in range(300))
        done = subprocess.run([program, str(kind), str(weights)], input=raw, stdout=subprocess.PIPE, check=True)
        got = np.frombuffer(done.stdout, F).reshape(300, weights)
        with np.errstate(all="ignore"):
            want = np.ascontiguousarray(values(blocks), dtype=F).reshape(300, weights)
            if head is not None:
                want = want * head.astype(F)[:, None]
        same = (got.view(np.uint32) == want.view(np.uint32)) | (np.isnan(got) & np.isnan(want)) | ((got == 0) & (want == 0))
        if not same.all():
            row, column = np.argwhere(~same)[0]
            sys.exit(f"type {kind}, row {row}, weight {column}: expected {want[row, column]}, found {got[row, column]} (seed {seed})")
    print(f"{len(TYPES)} types, 300 blocks each, bit for bit, seed {seed}")


main()

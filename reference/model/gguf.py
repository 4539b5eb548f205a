"""gguf.py: reads GGUF files for the reference; little-endian, versions 1 to 3. Weights come out as values. And writes
small ones of floats.

Written from the format's description (ggml docs/gguf.md) and the types' formulas, apart from the C reader.
"""

import pathlib
import struct

import numpy as np

SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, code):
        value = struct.unpack_from("<" + code, self.data, self.at)
        self.at += struct.calcsize("<" + code)
        return value[0]

    def count(self):
        return self.take("I" if self.version == 1 else "Q")

    def text(self):
        n = self.count()
        self.at += n
        return bytes(self.data[self.at - n : self.at])

    def value(self, kind):
        if kind == 8:
            return self.text()
        if kind == 9:
            of, n = self.take("I"), self.count()
            if of in SCALARS:
                raw = np.frombuffer(self.data, "<" + np.dtype(SCALARS[of]).str[1:], n, self.at)
                self.at += raw.nbytes
                return raw
            return [self.value(of) for _ in range(n)]
        return self.take(SCALARS[kind])


def load(path):
    """keys {str: value}, tensors {str: (type, [ne], bytes)}."""
    data = np.memmap(path, np.uint8, "r")
    r = Reader(data)
    assert bytes(data[:4]) == b"GGUF"
    r.at = 4
    r.version = r.take("I")
    tensors, keys = r.count(), r.count()
    meta = {}
    for _ in range(keys):
        name = r.text().decode()
        meta[name] = r.value(r.take("I"))
    infos = []
    for _ in range(tensors):
        name = r.text().decode()
        ne = [r.count() for _ in range(r.take("I"))]
        infos.append((name, ne, r.take("I"), r.take("Q")))
    alignment = meta.get("general.alignment", 32)
    start = -(-r.at // alignment) * alignment
    return meta, {name: (kind, ne, data[start + offset :]) for name, ne, kind, offset in infos}


def save(path, keys, tensors):
    """keys {str: str, float32 or uint32 array}, tensors {str: float32 or float16 array}: version 3, alignment 32."""
    text = lambda s: struct.pack("<Q", len(s.encode())) + s.encode()
    values = lambda v: struct.pack("<I", 8) + text(v) if isinstance(v, str) else struct.pack("<If", 6, v) if isinstance(v, float) else struct.pack("<IIQ", 9, 4, len(v)) + v.tobytes()
    head, data = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys)), b""
    head += b"".join(text(k) + values(v) for k, v in keys.items())
    for name, x in tensors.items():
        head += text(name) + struct.pack(f"<I{x.ndim}QIQ", x.ndim, *x.shape[::-1], {"<f4": 0, "<f2": 1}[x.dtype.str], len(data))
        data += x.tobytes() + bytes(-x.nbytes % 32)
    pathlib.Path(path).write_bytes(head + bytes(-len(head) % 32) + data)


def halves(raw):
    return raw.copy().view("<f2").astype(np.float32)


def i2_s(raw, m, k):
    """Groups of 128 in 32 bytes, the first 32 weights in the high bits; one float32 behind."""
    groups = np.asarray(raw[: m * k // 4]).reshape(-1, 32)
    codes = np.stack([groups >> shift & 3 for shift in (6, 4, 2, 0)], 1)
    return codes.reshape(m, k).astype(np.int8) - 1, np.full(m, raw[m * k // 4 :][:4].copy().view("<f4")[0])


def tq2_0(raw, m, k):
    blocks = np.asarray(raw[: m * k // 256 * 66]).reshape(-1, 66)
    halves_ = blocks[:, :64].reshape(-1, 2, 1, 32)
    codes = halves_ >> np.array([0, 2, 4, 6], np.uint8).reshape(1, 1, 4, 1) & 3
    return codes.reshape(m, k).astype(np.int8) - 1, halves(blocks[:, 64:].reshape(-1)).reshape(m, -1).max(1)


def tq1_0(raw, m, k):
    blocks = np.asarray(raw[: m * k // 256 * 54]).reshape(-1, 54)
    digit = lambda b, n: ((b.astype(np.uint32) * 3**n & 255) * 3 >> 8).astype(np.int8)
    parts = [digit(blocks[:, :32], n) for n in range(5)] + [digit(blocks[:, 32:48], n) for n in range(5)]
    parts += [digit(blocks[:, 48:52], n) for n in range(4)]
    return np.concatenate(parts, 1).reshape(m, k) - 1, halves(blocks[:, 52:].reshape(-1)).reshape(m, -1).max(1)


def iq2_bn(raw, m, k):
    rows = np.asarray(raw[: m * (4 + k // 4)]).reshape(m, -1)
    blocks = rows[:, 4:].reshape(m, -1, 1, 16) >> np.array([0, 2, 4, 6], np.uint8).reshape(1, 1, 4, 1) & 3
    return blocks.reshape(m, k).astype(np.int8) - 1, rows[:, :4].copy().view("<f4")[:, 0]


TERNARY = {36: i2_s, 35: tq2_0, 34: tq1_0, 135: iq2_bn}


def floats(kind, raw, m, k):
    if kind == 0:
        return raw[: 4 * m * k].copy().view("<f4").reshape(m, k)
    if kind == 1:
        return halves(raw[: 2 * m * k]).reshape(m, k)
    if kind == 30:
        return (raw[: 2 * m * k].copy().view("<u2").astype(np.uint32) << 16).view(np.float32).reshape(m, k)
    if kind == 8:
        blocks = np.asarray(raw[: m * k // 32 * 34]).reshape(-1, 34)
        return (halves(blocks[:, :2].reshape(-1))[:, None] * blocks[:, 2:].view(np.int8)).astype(np.float32).reshape(m, k)
    if kind == 14:
        blocks = np.asarray(raw[: m * k // 256 * 210]).reshape(-1, 210)
        low, high = blocks[:, :128].reshape(-1, 2, 2, 32), blocks[:, 128:192].reshape(-1, 2, 1, 32)
        nibbles = np.concatenate([low & 15, low >> 4], 2)
        pairs = high >> np.array([0, 2, 4, 6], np.uint8).reshape(1, 1, 4, 1) & 3
        q = (nibbles | pairs << 4).reshape(-1, 16, 16).astype(np.float32) - 32
        scales = halves(blocks[:, 208:].reshape(-1))[:, None] * blocks[:, 192:208].view(np.int8)
        return (scales[:, :, None] * q).astype(np.float32).reshape(m, k)
    raise ValueError(f"tensor type {kind}")

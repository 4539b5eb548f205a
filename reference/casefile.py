"""Writes the case files that harness/casefile.c reads (the layout is described in harness/casefile.h)."""

import os
import struct
import zlib

import numpy as np

DTYPES = {"int8": 0, "int32": 1, "float32": 2, "uint8": 3, "uint16": 4}


def _text(s):
    raw = s.encode()
    return struct.pack("<I", len(raw)) + raw


def _case(op, cls, shape, arrays, seed):
    out = [_text(op), _text(cls), struct.pack("<QQQQQI", *shape, *[0] * (4 - len(shape)), seed, len(arrays))]
    for name, a in arrays.items():
        a = np.ascontiguousarray(a)
        out += [_text(name), struct.pack("<IQ", DTYPES[a.dtype.name], a.size), a.astype(a.dtype.newbyteorder("<")).tobytes()]
    return b"".join(out)


def write(path, cases, seed):
    """cases: iterable of (op, cls, (m, k, n[, g]), {name: array}). Written beside the target, then renamed."""
    body = [_case(op, cls, shape, arrays, seed) for op, cls, shape, arrays in cases]
    data = b"TLCASE\0\0" + struct.pack("<II", 2, len(body)) + b"".join(body)
    data += struct.pack("<I", zlib.crc32(data))
    part = f"{path}.part"
    with open(part, "wb") as f:
        f.write(data)
    os.replace(part, path)
    return len(body), len(data)

#!/usr/bin/env python3
"""make_vocab.py: a small byte-level BPE vocabulary for the world, as a Hugging Face tokenizer.json with the rules of LLaMA-3.

    python3 datasets/make_vocab.py --in DIR --out tokenizer.json [--size N]

DIR holds train.txt and train.jsonl of make_world.py. Tokens: 256 bytes in GPT-2's alphabet, then merges, the most frequent
pair first and of equal ones the first by its bytes, then <|begin_of_text|>, <|end_of_text|>, <|start_header_id|>,
<|end_header_id|> and <|eot_id|>. Any bytes come back as they were. Digits are never merged: a number is a token a digit.
Text is cut into pieces by LLaMA-3's expression before anything is counted (meta-llama/llama3, llama/tokenizer.py); the form
of it below is the same for ASCII, all that the world has.
"""
import argparse
import json
import os
import re
import sys
from collections import Counter, defaultdict

from make_world import refuse

RULES = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
PIECE = re.compile(RULES.replace(r"\p{L}\p{N}", "A-Za-z0-9").replace(r"\p{L}", "[A-Za-z]").replace(r"\p{N}", "[0-9]"), re.ASCII)
SPECIALS = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]


def alphabet():
    """GPT-2's character of each byte (openai/gpt-2, src/encoder.py)."""
    shown = [b for b in range(256) if 0x21 <= b <= 0x7e or 0xa1 <= b <= 0xac or b >= 0xae]
    rest = [b for b in range(256) if b not in shown]
    return {**{b: chr(b) for b in shown}, **{b: chr(256 + i) for i, b in enumerate(rest)}}


def count_pieces(folder):
    counts = Counter()
    with open(os.path.join(folder, "train.txt"), encoding="ascii") as f:
        for document in f.read().split("\n\n"):
            counts.update(PIECE.findall(document.rstrip("\n")))
    with open(os.path.join(folder, "train.jsonl"), encoding="ascii") as f:
        for number, line in enumerate(f, 1):
            try:
                for message in json.loads(line)["messages"]:
                    counts.update(PIECE.findall(message["content"]))
                    counts.update([message["role"], message["role"].title(), ":", "\n\n"])  # what the templates add
            except (ValueError, KeyError, TypeError, AttributeError):
                refuse(f"{f.name}: line {number}", "a dialogue of make_world.py", "something else")
    return counts


def merge_pairs(counts, wanted):
    """The pairs of byte strings to merge, in order, until they have made `wanted` tokens."""
    words = [([bytes([b]) for b in piece.encode()], n) for piece, n in sorted(counts.items()) if not piece[0].isdigit()]
    pairs, where = Counter(), defaultdict(set)
    for i, (parts, n) in enumerate(words):
        for pair in zip(parts, parts[1:]):
            pairs[pair] += n
            where[pair].add(i)
    merges, tokens = [], set()
    while pairs:
        best = min(pairs, key=lambda p: (-pairs[p], p))
        tokens.add(best[0] + best[1])
        if len(tokens) > wanted:
            break
        merges.append(best)
        for i in sorted(where.pop(best)):
            parts, n = words[i]
            for pair in zip(parts, parts[1:]):
                pairs[pair] -= n
                if not pairs[pair]:
                    del pairs[pair]
            at = 0
            while at + 1 < len(parts):
                if (parts[at], parts[at + 1]) == best:
                    parts[at:at + 2] = [best[0] + best[1]]
                at += 1
            for pair in zip(parts, parts[1:]):
                pairs[pair] += n
                where[pair].add(i)
    return merges


def tokenizer(merges):
    letters = alphabet()

    def shown(token):
        return "".join(letters[b] for b in token)

    tokens = [bytes([b]) for b in range(256)] + list(dict.fromkeys(a + b for a, b in merges))
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": len(tokens) + i, "content": s, "single_word": False, "lstrip": False, "rstrip": False,
                          "normalized": False, "special": True} for i, s in enumerate(SPECIALS)],
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": RULES}, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}]},
        "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": SPECIALS[0], "type_id": 0}},
                                                                    {"Sequence": {"id": "A", "type_id": 0}}],
                           "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                           "special_tokens": {SPECIALS[0]: {"id": SPECIALS[0], "ids": [len(tokens)], "tokens": [SPECIALS[0]]}}},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": False, "byte_fallback": False, "ignore_merges": True,
                  "vocab": {shown(t): i for i, t in enumerate(tokens)},
                  "merges": [f"{shown(a)} {shown(b)}" for a, b in merges]},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--in", dest="folder", required=True, metavar="DIR", help="what make_world.py wrote")
    parser.add_argument("--out", required=True, metavar="FILE", help="the tokenizer.json to write")
    parser.add_argument("--size", type=int, default=1536, metavar="N", help="tokens with the special ones, at least 261; default: 1536")
    arguments = parser.parse_args()
    wanted = arguments.size - 256 - len(SPECIALS)
    if wanted < 0:
        refuse("--size", f"at least {256 + len(SPECIALS)}", arguments.size)
    try:
        merges = merge_pairs(count_pieces(arguments.folder), wanted)
        with open(arguments.out + ".part", "w", encoding="utf-8", newline="\n") as f:
            json.dump(tokenizer(merges), f, ensure_ascii=False, indent=1)
        os.replace(arguments.out + ".part", arguments.out)
    except UnicodeDecodeError as e:
        refuse(arguments.folder, "ASCII text of make_world.py", f"\"{e}\"")
    except OSError as e:
        refuse(e.filename or arguments.out, "a file to read or write", f"\"{e.strerror}\"")
    print(f"{len(set(a + b for a, b in merges)) + 256 + len(SPECIALS)} tokens  {arguments.out}")


if __name__ == "__main__":
    main()

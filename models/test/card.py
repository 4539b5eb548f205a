#!/usr/bin/env python3
"""card.py: the figures of a model's card are those of its files.

    card.py [--write] CARD EVAL.csv MODEL.gguf TRAINING.csv

EVAL.csv is what `ternlab eval --csv` says of the model. Without --write it compares the block of the card between
<!-- figures --> and <!-- end of figures --> with those, and names the lines that differ; with it, the block is written anew.
"""
import csv
import hashlib
import os
import sys

START, END = "<!-- figures -->\n", "<!-- end of figures -->\n"


def refuse(where, expected, found):
    sys.stderr.write(f"ternlab: {where}: {expected} was expected, found {found}\n")
    sys.exit(1)


def block(evaluation, model, training):
    content = open(model, "rb").read()
    steps = list(csv.DictReader(open(training, newline="")))
    valid = [(float(r["valid"]), r["step"]) for r in steps if r["valid"]]
    lines = ["| what | figure |", "|---|---:|", f"| bytes | {len(content)} |", f"| SHA-256 | `{hashlib.sha256(content).hexdigest()}` |",
             f"| steps, tokens of training | {steps[-1]['step']}, {steps[-1]['tokens']} |"]
    lines += [f"| loss on validation data in the end | {valid[-1][0]:.4f} |"] if valid else []
    rows = list(csv.DictReader(open(evaluation, newline="")))
    lines += [f"| perplexity of unseen stories | {float(r['value']):.4f} |" for r in rows if r["metric"] == "perplexity"]
    lines += ["", "| suite | topic | right | of | % |", "|---|---|---:|---:|---:|"]
    for r in rows:
        if r["metric"] == "acc":
            n = int(r["n"])
            lines.append(f"| {r['suite']} | {r['topic']} | {round(float(r['value']) * n)} | {n} | {100 * float(r['value']):.1f} |")
    return "\n".join(lines) + "\n"


def main():
    write = sys.argv[1:2] == ["--write"]
    card, *files = sys.argv[2 if write else 1:]
    for path in [card, *files]:
        if not os.path.exists(path):
            refuse(path, "a file", "none")
    text = open(card).read()
    if text.count(START) != 1 or text.count(END) != 1:
        refuse(card, f"one block from {START.strip()} to {END.strip()}", "another number of them")
    before, rest = text.split(START)
    old, after = rest.split(END)
    new = block(*files)
    if write:
        with open(card + ".part", "w") as f:
            f.write(before + START + new + END + after)
        os.replace(card + ".part", card)
    elif old != new:
        for want, got in zip(new.splitlines() + [""], old.splitlines() + ["nothing"]):
            if want != got:
                refuse(card, f"\"{want}\"", f"\"{got}\"")
        refuse(card, "nothing more behind the figures", "more lines")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""make_world.py: the text of a small English world: what a model of a few million ternary weights learns in an hour.

    python3 datasets/make_world.py --out DIR [--seed N]

Standard library only; the same seed gives the same bytes everywhere (world.sha256 has those of seed 1). It writes
  train.txt, valid.txt        documents with a blank line between: stories, facts, questions with answers, sums
  train.jsonl, valid.jsonl    dialogues, {"messages": [{"role": "user", "content": ...}, {"role": "assistant", ...}]}
  qa.jsonl                    every fact asked in its first wording and every sum of training: `ternlab eval --answers`
  qa_heldout.jsonl            sums, pairings of fact and wording, and wordings that training has not seen
  heldout.txt                 unseen stories, one a line: `ternlab eval --perplexity`
A document is meant to be trained as <|begin_of_text|> text <|end_of_text|>, a dialogue through its chat template with the
loss on the assistant's words; both belong into every batch, since neither alone has all of the world.
Held out whole: of the 231 families {a, b, a+b} with a, b <= 20 every tenth or so, in both orders, as sums and as
differences, in digits and in words. Of the pairings of a fact with a wording about a tenth, never the first wording.
"""
import argparse
import json
import os
import sys

import facts
from facts import TALK, TOPICS, WORDS, an
from stories import HEROES, story

TOP = 20  # the largest number that is added
FRUIT = ["apples", "pears", "nuts", "coins", "books", "stars", "eggs", "balls"]


class Random:
    """splitmix64 (Steele, Lea, Flood 2014), one stream for each name, so that one part can change without the others."""

    def __init__(self, seed, name):
        self.state = 0xcbf29ce484222325 ^ seed
        for byte in name.encode():
            self.state = (self.state ^ byte) * 0x100000001b3 & (1 << 64) - 1

    def below(self, n):
        self.state = self.state + 0x9e3779b97f4a7c15 & (1 << 64) - 1
        z = self.state
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9 & (1 << 64) - 1
        z = (z ^ z >> 27) * 0x94d049bb133111eb & (1 << 64) - 1
        return ((z ^ z >> 31) >> 32) * n >> 32

    def pick(self, items):
        return items[self.below(len(items))]

    def shuffled(self, items):
        items = list(items)
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


def refuse(where, expected, found):
    sys.stderr.write(f"ternlab: {where}: {expected} was expected, found {found}\n")
    sys.exit(2)


def capital(s):
    return s[0].upper() + s[1:]


def asked(wording, **slots):
    """("question => answer", slots) -> (question, answer)"""
    question, _, answer = wording.partition(" => ")
    return question.format(**slots), (answer or "{a}").format(**slots)


# ---- facts -------------------------------------------------------------------------------------------------
class Fact:
    """first: its question of qa.jsonl. ask: of training. rest: pairings held out. unseen: wordings held out. Each of them is
    (question, answer)."""

    def __init__(self, topic, number, key, answer, ask, unseen, say):
        slots = {"k": key, "a": answer, "K": capital(key), "A": capital(answer)}
        held = [j > 0 and (7 * number + 3 * j) % 11 == 0 for j in range(len(ask))]
        self.topic = topic
        self.ask = [asked(w, **slots) for w, h in zip(ask, held) if not h]
        self.rest = [asked(w, **slots) for w, h in zip(ask, held) if h]
        self.unseen = [asked(w, **slots) for w in unseen]
        self.say = [w.format(**slots) for w in say]
        self.first = self.ask[0]


def all_facts():
    found = [Fact(topic, i, k, a, ask, unseen, say) for topic, rows, ask, unseen, say in TOPICS for i, (k, a) in enumerate(rows)]
    found += [Fact("general", 0, answer, answer, wordings, [], []) for answer, wordings in facts.GENERAL]
    answers = {}
    for fact in found:
        for question, answer in fact.ask + fact.rest + fact.unseen:
            if answers.setdefault(question, answer) != answer:
                refuse("datasets/facts.py", "one answer to a question", f"two to \"{question}\"")
    return found


# ---- sums --------------------------------------------------------------------------------------------------
class Sum:
    """One sum or difference: like a fact, but its wordings are drawn, since some of them name somebody."""

    def __init__(self, a, b, minus):
        self.slots = {"a": a, "b": b, "c": a - b if minus else a + b}
        self.topic = "difference" if minus else "sum"
        self.wordings, self.unseen_wordings, self.sayings = ((facts.LESS_ASK, facts.LESS_UNSEEN, facts.LESS_SAY) if minus else
                                                             (facts.SUM_ASK, facts.SUM_UNSEEN, facts.SUM_SAY))
        self.first = self.asked(self.wordings[0])
        self.small = max(self.slots.values()) <= TOP

    def asked(self, wording, name="", thing=""):
        at = thing[:-1] if self.slots["a"] == 1 else thing
        return wording.format(n=name, t=thing, at=at, **self.slots), str(self.slots["c"])

    def draw(self, rng):
        """A question; the short form most often."""
        i = rng.below(3 * len(self.wordings))
        return self.asked(self.wordings[i % len(self.wordings) if i >= len(self.wordings) else 0], rng.pick(HEROES)[0], rng.pick(FRUIT))

    def say(self, rng):
        i = rng.below(10)
        if i == 0 and self.small:
            a, b, c = (WORDS[self.slots[x]] for x in "abc")
            return capital(f"{a} {'minus' if self.topic == 'difference' else 'plus'} {b} is {c}.")
        return self.sayings[0 if i < 6 else 1 if i < 8 else 2].format(**self.slots)


def all_sums(rng):
    """(trained, held out)"""
    families = [(a, b) for a in range(TOP + 1) for b in range(a, TOP + 1)]
    held = set([f for f in rng.shuffled(families) if f != (2, 2)][:len(families) // 10])
    trained, unseen = [], []
    for f in families:
        for a, b in dict.fromkeys([f, f[::-1]]):
            (unseen if f in held else trained).extend([Sum(a, b, False), Sum(a + b, b, True)])
    return trained, unseen


# ---- documents ---------------------------------------------------------------------------------------------
def sequences():
    return [", ".join(facts.DAYS) + ".", ", ".join(facts.MONTHS) + ".", " ".join(facts.LETTERS),
            ", ".join(WORDS[1:]) + ".", ", ".join(str(n) for n in range(1, 41))]


def repeated(rng, items, times):
    for _ in range(times):
        yield from rng.shuffled(items)


def statements(rng, all_of_them, times):
    """Paragraphs of a few facts, each fact `times` times, of one topic or of several."""
    said = [f for f in all_of_them if f.say]
    topics = list(dict.fromkeys(f.topic for f in said))
    for round_ in range(times):
        order = rng.shuffled(said)
        if round_ % 2:
            rank = {t: i for i, t in enumerate(rng.shuffled(topics))}
            order.sort(key=lambda f: rank[f.topic])
        at = 0
        while at < len(order):
            n = 1 + rng.below(6)
            yield " ".join(rng.pick(f.say) for f in order[at:at + n])
            at += n


def sum_documents(rng, sums, times):
    """Most of them alone, the rest in lists."""
    for round_ in range(times):
        order = rng.shuffled(sums)
        at = 0
        while at < len(order):
            n = 1 if rng.below(5) else 4 + rng.below(6)
            yield "\n".join(s.say(rng) for s in order[at:at + n])
            at += n


def story_documents(rng, count, unseen=False):
    for _ in range(count):
        yield "\n".join(story(rng, unseen)[1] for _ in range(1 + rng.below(2)))


def documents(rng, facts_, sums):
    yield from story_documents(rng, 4200)
    yield from statements(rng, facts_, 36)
    yield from repeated(rng, sequences(), 40)
    for question, answer in (rng.pick(f.ask) if rng.below(3) else f.first for f in repeated(rng, facts_, 30)):
        yield f"{question} {answer}"
    yield from sum_documents(rng, sums, 60)
    for question, answer in (s.draw(rng) for s in repeated(rng, sums, 14)):
        yield question + ("" if question.endswith("=") and " " not in question else " ") + answer


# ---- dialogues ---------------------------------------------------------------------------------------------
def story_dialogue(rng, unseen=False):
    slots, text = story(rng, unseen)
    ask = rng.pick(["Tell me a story.", "Tell me a story about {n}.", "Tell me a story about {a_kind}.", "Please tell me a story about {a_kind} named {n}.",
                    "Can you tell me a story?", "I would like a story about {n}."])
    return ask.format(a_kind=an(slots["kind"]), n=slots["n"]), text


def dialogues(rng, facts_, sums):
    """Every fact and sum asked again and again; some of them several in one dialogue, with talk around them."""
    turns = [rng.pick(f.ask) if rng.below(3) else f.first for f in repeated(rng, facts_, 44)]
    turns += [s.draw(rng) for s in repeated(rng, sums, 28)]
    turns += [(rng.pick(ways), answer) for answer, ways in repeated(rng, TALK, 80)]
    turns += [story_dialogue(rng) for _ in range(2000)]
    turns = rng.shuffled(turns)
    at = 0
    while at < len(turns):
        n = 1 if rng.below(4) else 2 + rng.below(3)
        yield turns[at:at + n]
        at += n


# ---- files -------------------------------------------------------------------------------------------------
def dialogue_line(turns):
    return json.dumps({"messages": [{"role": role, "content": content} for turn in turns
                                    for role, content in zip(("user", "assistant"), turn)]})


def qa_line(topic, question, answer):
    return json.dumps({"question": question, "answer": answer, "topic": topic})


def in_front(items, *questions):
    return sorted(items, key=lambda item: questions.index(item.first[0]) if item.first[0] in questions else len(questions))


def world(seed):
    """{file name: text}"""
    def rng(name):
        return Random(seed, name)

    known, (trained, unseen) = all_facts(), all_sums(rng("families"))
    valid_rng = rng("valid")
    held = [q for f in known for q in f.rest]
    valid = list(story_documents(valid_rng, 200, True)) + list(statements(valid_rng, known, 1)) + \
        [f"{q} {a}" for q, a in held] + list(sum_documents(valid_rng, unseen, 1))
    valid_dialogues = [[turn] for turn in held + [s.draw(valid_rng) for s in unseen] + [story_dialogue(valid_rng, True) for _ in range(50)]]
    suite = rng("suites").shuffled  # so that --limit takes a sample
    first = in_front(suite(trained + known), "2+2=", "What is the capital of France?")
    heldout = [("unseen pairing", q) for q in held] + [("unseen wording", q) for f in known for q in f.unseen] + \
        [(f"unseen {s.topic}", s.first) for s in unseen] + \
        [("unseen wording of a sum", s.asked(w)) for s in trained[::4] for w in s.unseen_wordings]
    shuffle = rng("order").shuffled
    return {
        "train.txt": "\n\n".join(shuffle(documents(rng("documents"), known, trained))) + "\n",
        "valid.txt": "\n\n".join(shuffle(valid)) + "\n",
        "train.jsonl": "".join(dialogue_line(d) + "\n" for d in dialogues(rng("dialogues"), known, trained)),
        "valid.jsonl": "".join(dialogue_line(d) + "\n" for d in shuffle(valid_dialogues)),
        "qa.jsonl": "".join(qa_line(x.topic, *x.first) + "\n" for x in first),
        "qa_heldout.jsonl": "".join(qa_line(topic, *q) + "\n" for topic, q in suite(heldout)),
        "heldout.txt": "".join(story(valid_rng, True)[1] + "\n" for _ in range(300)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, metavar="DIR", help="a folder; made where it is missing")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="default: 1")
    arguments = parser.parse_args()
    try:
        os.makedirs(arguments.out, exist_ok=True)
        for name, text in world(arguments.seed).items():
            path = os.path.join(arguments.out, name)
            with open(path + ".part", "w", encoding="ascii", newline="\n") as f:
                f.write(text)
            os.replace(path + ".part", path)
            print(f"{len(text):9d} bytes  {path}")
    except OSError as e:
        refuse(e.filename or arguments.out, "a file to write", f"\"{e.strerror}\"")


if __name__ == "__main__":
    main()

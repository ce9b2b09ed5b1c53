"""The numbers of README.md: what the demo prints, and what was measured. Part of `make results`.

    bench/readme.py [--check]

Between `<!-- demo: begin -->` and its end stands what `coterie generate` and `coterie run` print for the demo shop, thinned;
between `<!-- measured: begin -->` and its end the table made of docs/measured.json. This writes both: the JSON from the duel of
bench/duels/spine (build/bench/spine.json, by bench/run.py) and from runs on Online Retail. With --check nothing is written:
the exit code is 1 when README.md differs from what would be, seconds left out, or when a count or metric of
docs/measured.json is not what a run gives today. Times and memory are as measured when the JSON was made.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BINARY = os.environ.get("COTERIE_BINARY") or str(ROOT / "build/coterie")
README, MEASURED, SPINE = ROOT / "README.md", ROOT / "docs/measured.json", ROOT / "build/bench/spine.json"
ONLINE_RETAIL = (Path(os.environ.get("COTERIE_DATA") or ROOT.parent / "shared/data")
                 / "online-retail-2010-2011/onlineretail.converted.csv.gz")
KINDS = ("rfm", "lifecycle", "clusters", "tastes")
ROWS_OF_A_KIND = 2
THREADS = ("--threads", "2")


def coterie(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True).stdout


def thinned(lines):
    """The heading, the first rows of each kind of segment, what is published and popularity; "…" for what is left out."""
    seen, kept = dict.fromkeys(KINDS, 0), [lines[0]]
    for line in lines[1:]:
        kind = next((kind for kind in KINDS if f" {kind} " in line), None)
        if kind:
            seen[kind] += 1
        is_kept = seen[kind] <= ROWS_OF_A_KIND if kind else " yes " in line or line.split()[1] == "popularity"
        if is_kept:
            kept.append(line)
        elif kept[-1] != "…":
            kept.append("…")
    return kept


def demo_output():
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "demo.shop"
        text = coterie("generate", shop, "--users", 20000, "--days", 365, "--seed", 1) + coterie("run", shop)
        text = text.replace(f"report: {folder}", "report: …/build").replace(folder, "build")
    blocks = [block.splitlines() for block in text.strip().split("\n\n")]
    return "\n\n".join("\n".join(line.rstrip() for line in (thinned(block) if len(block) > 6 else block))
                       for block in blocks)


def online_retail_shop(folder):
    shop = Path(folder) / "online.shop"
    coterie("import", shop, ONLINE_RETAIL, "--preset", "online-retail", *THREADS)
    return shop


def facts_of(shop):
    """Counts and metrics of the main job: the same on every machine."""
    record = json.loads(coterie("run", shop, *THREADS, "--json"))
    methods = {task: found["methods"] for task, found in record["recommend"].items()}
    recall = {task: {name: round(of[name]["recall20"]["value"], 3)
                     for name in ("popularity", record["recommend"][task]["published"])} for task, of in methods.items()}
    return {"features": len(json.loads(coterie("features", shop, "list", "--json"))["features"]),
            "segments": len(record["segments"]), "models": len(record["models"]), "recommenders": len(methods["any"]),
            "recall20": recall}


def run_alone(shop):
    """Median seconds and largest memory of three runs."""
    seconds, peak_mb = [], []
    for _ in range(3):
        started = time.perf_counter()
        process = subprocess.Popen([BINARY, "run", shop, *THREADS, "--force", "--json"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        seconds.append(time.perf_counter() - started)
        peak_mb.append(usage.ru_maxrss / 1024)
    return {"seconds": round(statistics.median(seconds), 2), "peak_mb": round(max(peak_mb))}


def measure():
    duel = json.loads(SPINE.read_text())
    with tempfile.TemporaryDirectory() as folder:
        shop = online_retail_shop(folder)
        facts = facts_of(shop)
        alone = run_alone(shop)
    sides = {side: {"version": duel[side]["version"], "seconds": duel[side]["median_seconds"],
                    "peak_mb": round(duel[side]["median_peak_rss_mb"])} for side in ("ours", "peer")}
    return {"facts": facts, "run": alone, "spine": {**sides, "repetitions": duel["repetitions"],
                                                    "cores": duel["machine"]["cores"], "same": duel["same_quality"]}}


def short(share):
    return f"{share:.3f}".removeprefix("0")


def measured_table(measured):
    facts, spine, run = measured["facts"], measured["spine"], measured["run"]
    ours, peer = spine["ours"], spine["peer"]
    recall = "; ".join(f"{task} {'items' if task == 'new' else 'item'} "
                       + " / ".join(short(value) for name, value in of.items() if name != "popularity")
                       + f" / {short(of['popularity'])}" for task, of in facts["recall20"].items())
    same = "the same counts, AUC and Recall" if spine["same"] else "results differ"
    return "\n".join([
        f"UCI Online Retail, 541,909 rows, gzip, {spine['cores']} cores, medians of {spine['repetitions']} runs; "
        "`make results` measures again:", "", "| | |", "|---|---|",
        f"| `import` and `run` together, against the same job in {peer['version']} (`bench/duels/spine`) | "
        f"{ours['seconds']:.2f} s against {peer['seconds']:.2f} s ({peer['seconds'] / ours['seconds']:.2f}×); "
        f"{ours['peak_mb']} MB against {peer['peak_mb']} MB; {same} |",
        f"| `run` alone: {facts['features']} features, {facts['segments']} segments, {facts['models']} models, "
        f"{facts['recommenders']} recommenders, all intervals | {run['seconds']:.1f} s, {run['peak_mb']} MB at most |",
        f"| Recall@20 of what members bought in the next 30 days, published method against popularity | {recall} |"])


def between(text, name):
    begin, end = f"<!-- {name}: begin -->\n", f"\n<!-- {name}: end -->"
    before, rest = text.split(begin)
    inside, after = rest.split(end)
    return before + begin, inside, end + after


def with_part(text, name, inside):
    before, _, after = between(text, name)
    return before + inside + after


def without_seconds(text):
    return re.sub(r"\(\d+\.\d s\)", "( s)", text)


def check():
    text, problems = README.read_text("utf-8"), []
    measured = json.loads(MEASURED.read_text())
    if between(text, "measured")[1] != measured_table(measured):
        problems.append("README.md, measured: not the table of docs/measured.json")
    demo = f"```\n{demo_output()}\n```"
    if without_seconds(between(text, "demo")[1]) != without_seconds(demo):
        problems.append(f"README.md, demo: it now prints\n{demo}")
    if ONLINE_RETAIL.exists():
        with tempfile.TemporaryDirectory() as folder:
            facts = facts_of(online_retail_shop(folder))
        if facts != measured["facts"]:
            problems.append(f"docs/measured.json: a run now gives {facts}")
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        problems = check()
        for problem in problems:
            print(f"{problem}\nIt is stale: `make results` makes it anew.", file=sys.stderr)
        return 1 if problems else 0
    measured = measure()
    MEASURED.write_text(json.dumps(measured, indent=1) + "\n")
    text = with_part(README.read_text("utf-8"), "demo", f"```\n{demo_output()}\n```")
    README.write_text(with_part(text, "measured", measured_table(measured)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Scale: one shop of N million generated events through every step. `make bench SCALE=1|10|100`.

    bench/scale.py MILLIONS... [--memory 4GB] [--threads 2] [--coterie build/coterie] [--keep]

Steps: generate (a CSV file), import, features of every member, compact, features again, run, previews of rules, one
member's look-ups, a count over all events, segments followed while events arrive. Each is a process of its own; of each the table says the
seconds, the rows a second, the processor seconds and the peak resident memory of the process and its children
(wait4), and how its time compares with a smaller shop measured before on this machine (build/bench/scale-N.json):
1.00 is linear, in seconds and, where others share the machine, in processor seconds. The data go to BENCH_DIR (default build/bench) and are removed afterwards unless KEEP=1. Writes
build/bench/scale-N.json and, of several sizes (SCALE="1 10 100"), docs/scale.md. Exits 1 when a job took more memory than 1.5 × --memory or a count is wrong, 2 when a
command fails. Standard library only.
"""

import argparse
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
USERS_PER_MILLION = 20_040  # with 365 days this makes a million rows
MEMORY_FACTOR = 1.5
STEP = re.compile(r"  (.+?) +(\d+\.\d\d) s\b")  # as commands end the line of a step
LOOKUPS = 5
LEAST_SECONDS = 0.05
# Rules that ask for what the run knows, and for windows of events; at 100 million events the issue of segments gives them so
# many seconds.
PREVIEWS = {"preview of features": ("rfm.r >= 4 and feature.monetary > 500", 2),
            "preview of windows": ("sum(buy.line_amount, 90d) > 500 and count(view, 17d) >= 3", 30)}
FOLLOWED = {"vip": "sum(buy.line_amount, 90d) > 500", "fresh": 'count(cart, 7d) >= 1 and not performed("buy", 7d)',
            "asleep": "days_since(buy) >= 60"}
ARRIVALS = 5


class ScaleError(Exception):
    """A command failed: no result."""


def megabytes(text):
    number, unit = text[:-2], text[-2:].upper()
    return float(number) * {"GB": 1024, "MB": 1}[unit]


def measure(command):
    """Runs one command; its JSON, seconds, processor seconds, peak resident megabytes, and the seconds of its steps."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said)
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        inner = {found[1]: float(found[2]) for found in map(STEP.match, said) if found}
    if process.returncode != 0:
        raise ScaleError(f"{' '.join(command)}: exit code {process.returncode}\n{printed.decode()[-2000:]}")
    try:
        answer = json.loads(printed)
    except ValueError:
        answer = {}
    return {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "peak_rss_mb": usage.ru_maxrss / 1024, "inner": inner}, answer


def has_command(binary, name):
    done = subprocess.run([binary, "--help"], capture_output=True, text=True, check=False)
    return any(line.split()[:1] == [name] for line in done.stdout.splitlines() if line.startswith("  "))


def folder_bytes(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class Scale:
    """The steps of one size, in order."""

    def __init__(self, options, millions, folder):
        self.options = options
        self.millions = millions
        self.folder = folder
        self.csv = folder / "events.csv"
        self.shop = folder / "scale.shop"
        self.steps = {}
        self.checks = []

    def coterie(self, *words):
        options = self.options
        return [options.coterie, *map(str, words), "--threads", str(options.threads), "--memory", options.memory,
                "--json"]

    def step(self, name, command, rows):
        measured, answer = measure(command)
        measured["rows"] = rows
        measured["rows_per_second"] = rows / max(measured["seconds"], 1e-9)
        self.steps[name] = measured
        print(f"{name}: {measured['seconds']:.1f} s, {measured['peak_rss_mb']:.0f} MB", file=sys.stderr)
        return answer

    def check(self, name, is_true):
        self.checks.append({"name": name, "holds": bool(is_true)})

    def all_steps(self):
        rows = self.millions * 1_000_000
        made = self.step("generate", self.coterie("generate", self.csv, "--csv", "--days", 365, "--users",
                                                  round(self.millions * USERS_PER_MILLION)), rows)
        rows = made["rows"]
        self.steps["generate"]["bytes"] = made["bytes"]
        counts = self.step("import", self.coterie("import", self.shop, self.csv, "--preset", "coterie", "--timezone",
                                                  "Asia/Shanghai", "--currency", "CNY"), rows)
        self.check("import: received = accepted + duplicate + quarantined",
                   counts["received"] == rows == sum(counts[key] for key in
                                                     ("accepted", "duplicate", "quarantined")))
        accepted = counts["accepted"]
        self.csv.unlink()
        self.features("", accepted)
        if has_command(self.options.coterie, "compact"):
            self.step("compact", self.coterie("compact", self.shop), accepted)
            self.readers(" after compact", accepted)
        self.steps["import"]["stored_bytes"] = folder_bytes(self.shop)
        return accepted

    def features(self, when, events):
        # Without --json: the values of all members are computed, twenty are printed.
        self.step(f"features{when}", self.coterie("features", self.shop, "show")[:-1], events)

    def readers(self, when, events):
        shop = self.shop
        self.features(when, events)
        # Without --json: it says its steps. The record is then the one that is kept.
        self.step(f"run{when}", self.coterie("run", shop, "--force")[:-1], events)
        _, record = measure(self.coterie("run", shop))
        self.check(f"run{when}: events = accepted", record["events"] == events)
        for name, (rule, limit) in PREVIEWS.items():
            command = self.coterie("segments", shop, "preview", rule)
            self.fastest(name, command, 3)
            self.check(f"{name}: under {limit} s", self.steps[name]["seconds"] < limit)
        self.follow(record["as_of"])
        self.fastest(f"features of a member{when}", self.coterie("features", shop, "show", "--user", "u1"))
        self.fastest(f"member{when}", self.coterie("show", shop, "user", "u1"))
        if has_command(self.options.coterie, "sql"):
            self.fastest(f"events of a member{when}",
                         self.coterie("sql", shop, "--user", "u1", "SELECT * FROM events ORDER BY ts"))
            self.step(f"count{when}",
                      self.coterie("sql", shop, "SELECT behavior, count(*) AS events FROM events GROUP BY behavior "
                                   "ORDER BY behavior"), events)

    def follow(self, as_of):
        """Segments that are followed: reading the shop, then single events, each an import of its own. Time passes meanwhile, and
        windows close. At the end who is in each segment is counted anew as of the same instant."""
        for name, rule in FOLLOWED.items():
            measure(self.coterie("segments", self.shop, "create", name, rule, "--force"))
        command = self.coterie("segments", self.shop, "watch", "--as-of", as_of, "--every", 20)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            first = json.loads(process.stdout.readline())
            reactions, by_time = [], 0
            for arrival in range(ARRIVALS):
                row = self.folder / "arrival.csv"
                row.write_text("user_id,item_id,behavior_type,timestamp,quantity,unit_price,line_amount\n"
                               f"u{arrival + 3},i1,buy,{as_of[:10]} 00:00:00,1,900,900\n")
                measure(self.coterie("import", self.shop, row))
                while "events" not in (line := json.loads(process.stdout.readline())):
                    by_time += 1
                reactions.append(line["milliseconds"] / 1000)
        finally:
            process.send_signal(signal.SIGINT)
            rest = [json.loads(line) for line in process.stdout]
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        last = rest[-1]
        base = {"cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_rss_mb": usage.ru_maxrss / 1024}
        self.steps["following begins"] = {**base, "seconds": first["milliseconds"] / 1000, "rows": 1}
        self.steps["an event arrives"] = {**base, "seconds": statistics.median(reactions), "rows": 1}
        self.steps["an event arrives"]["members"] = first["of"]
        for name, rule in FOLLOWED.items():
            _, counted = measure(self.coterie("segments", self.shop, "preview", rule, "--as-of", last["as_of"]))
            self.check(f"{name}: followed = counted anew as of {last['as_of']}", counted["users"] == last["segments"][name])

    def fastest(self, name, command, times=LOOKUPS):
        runs = [measure(command)[0] for _ in range(times)]
        self.steps[name] = {**min(runs, key=lambda run: run["seconds"]), "rows": 1}


def smaller(output, millions):
    """The result of the largest smaller size that was measured here, or None."""
    found = [path for path in output.glob("scale-*.json") if float(path.stem[6:]) < millions]
    return json.loads(max(found, key=lambda path: float(path.stem[6:])).read_text()) if found else None


def inner_table(run, known):
    """The steps of a run, and of each the time of a row against that in the smaller shop."""
    lines = ["| step of run | seconds | to linear |", "|---|---:|---:|"]
    for name, seconds in run["inner"].items():
        before = known["inner"].get(name, 0) / known["rows"] if known else 0
        linear = f"{seconds / run['rows'] / before:.2f}" if before else ""
        lines.append(f"| {name} | {seconds:.2f} | {linear} |")
    return lines


def markdown(result, base):
    lines = [f"### {result['millions']:g} million events", "",
             f"{result['events']:,} accepted; {result['cores']} cores, --threads {result['threads']}, "
             f"--memory {result['memory']}.", "",
             "| step | seconds | rows/s | CPU s | peak RSS, MB | to linear | CPU to linear |",
             "|---|---:|---:|---:|---:|---:|---:|"]
    for name, step in result["steps"].items():
        rate = f"{step['rows_per_second']:,.0f}" if "rows_per_second" in step else ""
        known = base["steps"].get(name) if base else None
        if known and known["seconds"] < LEAST_SECONDS:  # it found nothing to do, as compact does in one file
            known = None
        linear = [f"{step[key] / step['rows'] / (known[key] / known['rows']):.2f}" if known and rate else ""
                  for key in ("seconds", "cpu_seconds")]
        lines.append(f"| {name} | {step['seconds']:.2f} | {rate} | {step['cpu_seconds']:.1f} | "
                     f"{step['peak_rss_mb']:.0f} | {linear[0]} | {linear[1]} |")
    lines += ["", *inner_table(result["steps"]["run after compact"], base and base["steps"]["run after compact"])]
    for check in result["checks"]:
        if not check["holds"]:
            lines.append(f"\n**does not hold**: {check['name']}")
    return "\n".join(lines) + "\n"


HEAD = """# Scale

Made by `make bench SCALE="{sizes}"`: one generated shop of each size through every step, each step a process of its
own, nothing else on the machine. Seconds are those of the whole process; of a look-up the fastest of {lookups}. *To linear*: the
time of a row against that in the shop one size smaller; 1.00 is linear. *Preview*: the fastest of 3. *An event arrives*: the
median of 5, from the commit being seen to the change of its segments being told, by a process that follows three segments; its
processor time and memory are those of all its life, reading the shop included. The steps of a run are as it says them.
"""


def documented(tables, sizes):
    return "\n".join([HEAD.format(sizes=" ".join(f"{size:g}" for size in sizes), lookups=LOOKUPS), *tables])


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("millions", type=float, nargs="+",
                        help="million events; of several sizes the tables are written to docs/scale.md")
    parser.add_argument("--memory", default="4GB", help="the budget of every command, as 4GB or 512MB")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--coterie", default=str(ROOT / "build" / "coterie"), help="the binary")
    parser.add_argument("--keep", action="store_true", default=os.environ.get("KEEP") == "1",
                        help="leave the data in BENCH_DIR")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "bench", help="folder for scale-N.json")
    return parser.parse_args()


def measure_size(options, millions):
    """All steps of one size: the result, which is written to scale-N.json."""
    place = Path(os.environ.get("BENCH_DIR") or options.output) / f"scale-{millions:g}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    needed = millions * 0.25  # GB: the file, the workspace before and after compaction, spilling
    if shutil.disk_usage(place).free < needed * 1e9:
        raise ScaleError(f"{place} needs about {needed:.0f} GB free; set BENCH_DIR")
    scale = Scale(options, millions, place)
    try:
        events = scale.all_steps()
    finally:
        if not options.keep:
            shutil.rmtree(place, ignore_errors=True)
    limit = megabytes(options.memory) * MEMORY_FACTOR
    for name, step in scale.steps.items():
        scale.check(f"{name}: peak memory within {limit:.0f} MB", step["peak_rss_mb"] <= limit)
    result = {"millions": millions, "events": events, "memory": options.memory, "threads": options.threads,
              "cores": os.cpu_count(), "machine": platform.machine(), "steps": scale.steps, "checks": scale.checks}
    path = options.output / f"scale-{millions:g}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return result


def main():
    options = parse_options()
    options.output.mkdir(parents=True, exist_ok=True)
    sizes = sorted(options.millions)
    tables = []
    holds = True
    try:
        for millions in sizes:
            result = measure_size(options, millions)
            tables.append(markdown(result, smaller(options.output, millions)))
            print(tables[-1], flush=True)
            holds &= all(check["holds"] for check in result["checks"])
        if len(sizes) > 1:
            (ROOT / "docs" / "scale.md").write_text(documented(tables, sizes), encoding="utf-8")
        return 0 if holds else 1
    except (ScaleError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())

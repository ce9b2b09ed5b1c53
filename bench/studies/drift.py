"""Is a planted change found, when, and is nothing found where nothing was planted? Writes docs/methods/drift.md.

    python bench/studies/drift.py [--users 20000] [--seeds 10] [--check]

For each seed a retailer of a year twice: as it is, and with --drift DATE (visits end with an order 40 % less often and list
prices rise by 25 % from that day). Both go the whole way through build/coterie; what counts is what the record of the run
says. About five minutes. With --check the exit code is 1 when a bar does not hold.
"""
import argparse
import datetime
import json
import sys
import tempfile
from pathlib import Path

from learners import coterie
from page import OUT, table, write_measured

DRIFT = datetime.date(2025, 10, 14)
WITHIN_DAYS = 7


def shifts(folder, users, seed, drift):
    """The sudden changes that a run's record names: (series, day of the change, day of the alarm, change)."""
    place = Path(folder) / f"{seed}-{bool(drift)}"
    coterie("generate", place, "--users", users, "--days", 365, "--seed", seed, *(["--drift", drift] if drift else []))
    record = json.loads(coterie("run", place, "--json"))
    return [(s["series"], s["since"], s["alarm"], s["change"]["value"]) for s in record["changes"]["behavior"]["shifts"]]


def measure(users, seeds):
    out = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, seeds + 1):
            one = {"seed": seed, "planted": shifts(folder, users, seed, DRIFT.isoformat()),
                   "still": shifts(folder, users, seed, None)}
            one["days_off"] = {series: (datetime.date.fromisoformat(since) - DRIFT).days
                               for series, since, _, _ in one["planted"]}
            one["days_to_alarm"] = min(((datetime.date.fromisoformat(alarm) - DRIFT).days
                                        for _, _, alarm, _ in one["planted"]), default=None)
            print(json.dumps(one), flush=True)
            out.append(one)
    return out


def is_found(one):
    return any(abs(days) <= WITHIN_DAYS for days in one["days_off"].values())


def page_text(result):
    rows = [[one["seed"], "yes" if is_found(one) else "no",
             "; ".join(f"{series} {100 * change:+.0f} % since {since}" for series, since, _, change in one["planted"]),
             one["days_to_alarm"], "; ".join(f"{series} {since}" for series, since, _, _ in one["still"]) or "nothing"]
            for one in result["shops"]]
    found, silent = (sum(map(test, result["shops"])) for test in (is_found, lambda one: not one["still"]))
    return (f"{result['users']:,} members, 365 days, planted on {DRIFT}.\n\n"
            + table(["seed", "found", "what the run says of the shop with the change", "days until the alarm",
                     "of the shop without"], rows)
            + f"\n\nFound within {WITHIN_DAYS} days of its day: {found} of {len(result['shops'])}. Nothing said of the shop "
            f"without: {silent} of {len(result['shops'])}.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", type=int, default=20000)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    result = {"users": options.users, "shops": measure(options.users, options.seeds)}
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "drift.json").write_text(json.dumps(result, indent=1) + "\n")
    text = page_text(result)
    print(text)
    write_measured("drift.md", text)
    return 1 if options.check and not all(is_found(one) and not one["still"] for one in result["shops"]) else 0


if __name__ == "__main__":
    sys.exit(main())

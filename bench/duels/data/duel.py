"""The data duels: import and features of generated rows, against DuckDB, polars and pandas; and features alone, from
compacted files, against the same questions asked of a native DuckDB table. Rules: README.md."""

import os
import subprocess
from pathlib import Path

PEER = Path(__file__).with_name("peer.py")
MILLIONS = float(os.environ.get("BENCH_MILLIONS") or 10)
USERS_PER_MILLION = 20_040
THREADS = ["--threads", "2"]
COUNTS = ("received", "accepted", "duplicate", "quarantined")
TOLERANCE = 1e-9


def duels():
    return [ImportDuel(name) for name in ("duckdb", "polars", "pandas")] + [FeaturesDuel()]


class ImportDuel:
    """One file of rows to clean events and features as Parquet, from nothing."""

    UNTIMED = ("compare",)
    ON_REQUEST = True

    def __init__(self, peer):
        self.peer = peer
        self.NAME = f"data-{peer}"
        self.WORK = f"{MILLIONS:g} million rows: parse, clean, deduplicate, features, write Parquet"

    def make_data(self, binary, folder):
        """The file, the features of ours to compare with, and a warm file cache."""
        path = folder / f"{MILLIONS:g}.csv"
        if not path.exists():
            subprocess.run([binary, "generate", str(path), "--csv", "--quiet", "--days", "365", "--users",
                            str(round(MILLIONS * USERS_PER_MILLION))], check=True, stdout=subprocess.DEVNULL)
        with open(path, "rb") as file:
            while file.read(1 << 24):
                pass
        return str(path)

    def coterie_commands(self, binary, data, folder):
        shop = str(folder / "data.shop")
        return {
            "import": [binary, "import", shop, data, "--preset", "coterie", "--timezone", "Asia/Shanghai",
                       "--currency", "CNY", *THREADS, "--json"],
            "features": [binary, "features", shop, "show", "--parquet", data + ".features.parquet", *THREADS, "--json"],
        }

    def peer_commands(self, python, data, folder):
        return {
            "all": [python, str(PEER), self.peer, data, str(folder), *THREADS],
            "compare": [python, str(PEER), "compare", data + ".features.parquet", str(folder / "features.parquet")],
        }

    def coterie_quality(self, results):
        counts = results["import"]
        return ({name: counts[name] for name in COUNTS} |
                {f"quarantined: {rule}": rows for rule, rows in counts["quarantined_by_rule"].items()} |
                {"members": results["features"]["users"], "features that differ": 0})

    def peer_quality(self, results):
        counts = results["all"]
        return ({name: counts[name] for name in COUNTS} |
                {f"quarantined: {rule}": rows for rule, rows in counts["quarantined_by_rule"].items()} |
                compared(results["compare"]))

    def same(self, name, ours, peer):
        return ours == peer

    def peer_version(self, results):
        return ", ".join(f"{name} {version}" for name, version in results["all"]["versions"].items())


class FeaturesDuel(ImportDuel):
    """Features from the stored files, compacted where the program can, against SQL over a native table."""

    UNTIMED = ("import", "compact", "prepare", "compare")

    def __init__(self):
        super().__init__("duckdb")
        self.NAME = "data-native"
        self.WORK = f"features of {MILLIONS:g} million stored events, written as Parquet"

    def coterie_commands(self, binary, data, folder):
        commands = super().coterie_commands(binary, data, folder)
        listed = subprocess.run([binary, "--help"], capture_output=True, text=True, check=True).stdout
        compact = {"compact": [binary, "compact", str(folder / "data.shop"), *THREADS, "--json"]}
        return ({"import": commands["import"]} | (compact if "\n  compact" in listed else {}) |
                {"features": commands["features"]})

    def peer_commands(self, python, data, folder):
        whole = super().peer_commands(python, data, folder)
        # The events are those that the DuckDB peer itself imports: equal to ours, as data-duckdb shows.
        return {"import": whole["all"],
                "prepare": [python, str(PEER), "prepare", str(folder / "events.parquet"), str(folder), *THREADS],
                "all": [python, str(PEER), "native", data, str(folder), *THREADS], "compare": whole["compare"]}

    def coterie_quality(self, results):
        return {"members": results["features"]["users"], "features that differ": 0}

    def peer_quality(self, results):
        return compared(results["compare"])


def compared(answer):
    differing = sum((found["difference"] or 0) > TOLERANCE or found["missing_on_one_side"] > 0
                    for found in answer["features"].values())
    return {"members": answer["members_peer"], "features that differ": differing}

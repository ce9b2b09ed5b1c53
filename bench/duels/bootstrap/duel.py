"""The bootstrap duel: 95 % intervals of AUC on a million rows, 1,000 replicates, against numpy. Rules: README.md."""

import os
import subprocess
import sys
from pathlib import Path

WORK_ROWS, RESAMPLES = 1_000_000, 1000
PEER = Path(__file__).with_name("peer.py")
STUDY = Path(__file__).resolve().parents[3] / "build/release/tests/studies/bootstrap_study"
# Both draw their own Poisson counts: bounds of 1,000 replicates differ by a few hundredths of the interval's width.
BOUND_TOLERANCE = 0.1


def duels():
    return [BootstrapDuel(1), BootstrapDuel(2)]


class BootstrapDuel:
    ON_REQUEST = True

    def __init__(self, threads):
        self.threads = threads
        self.NAME = f"bootstrap-{threads}"
        self.WORK = (f"AUC with its 95 % interval: {WORK_ROWS:,} rows, {RESAMPLES:,} replicates, "
                     f"{threads} thread{'s' if threads > 1 else ''} or processes each")

    def make_data(self, _binary, folder):
        path = folder / "scores.bin"
        subprocess.run([sys.executable if not os.environ.get("BENCH_PYTHON") else os.environ["BENCH_PYTHON"], str(PEER),
                        "make", str(path), str(WORK_ROWS)], check=True)
        return str(path)

    def coterie_commands(self, _binary, data, _folder):
        return {"auc": [str(STUDY), data, str(RESAMPLES), str(self.threads)]}

    def peer_commands(self, python, data, _folder):
        return {"auc": [python, str(PEER), "auc", data, str(RESAMPLES), str(self.threads)]}

    def coterie_quality(self, results):
        return {name: results["auc"][name] for name in ("rows", "auc", "low", "high")}

    peer_quality = coterie_quality

    def same(self, name, ours, peer):
        if name == "rows":
            return ours == peer
        return abs(ours - peer) <= (1e-12 if name == "auc" else BOUND_TOLERANCE * 0.0025)

    def peer_version(self, results):
        return results["auc"]["version"]

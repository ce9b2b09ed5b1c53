"""The clustering duels of the Python package against scikit-learn and pyclustering. Rules: README.md."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SIDE = Path(__file__).with_name("side.py")
OURS = ROOT / "build/python/bin/python"
WORK = {
    "kmeans": "k-means of 1e6 × 16, k = 20, to convergence from the same starts",
    "kmeans-wide": "k-means of 1e6 × 64, k = 100, to convergence from the same starts",
    "rfm": "RFM segments: 1e8 rows in 5 × 5 × 5 bins, k = 8, 10 starts; the peer's time of 1e6 rows a hundred times",
    "kmedians": "k-medians of 1e6 × 16, k = 20, from given starts; the peer's time of 1e4 rows a hundred times",
    "silhouette": "exact silhouette of 2e4 × 16, 8 clusters",
}
# What both sides must agree on, relative; inertia may be lower, never higher.
TOLERANCE = {"inertia": 1e-9, "n_iter": 0, "largest": 0, "silhouette": 1e-12}
NO_WORSE = {"rfm": {"inertia_a_row": 0.01}, "kmedians": {"inertia": 1e-3}}
SHOWN = ("algorithm", "seconds_grouped")


def duels():
    return [ClusteringDuel(name) for name in WORK]


class ClusteringDuel:
    ON_REQUEST = True
    REQUIREMENTS = ["pyclustering==0.10.1.2", "matplotlib==3.11.2", "pillow==13.0.0"]

    def __init__(self, name):
        self.NAME, self.WORK = name, WORK[name]

    def make_data(self, _binary, _folder):
        if not OURS.exists():
            raise OSError("no Python package: run `make python` first")
        return ""

    def coterie_commands(self, _binary, _data, _folder):
        return {"fit": [str(OURS), str(SIDE), "ours", self.NAME]}

    def peer_commands(self, python, _data, _folder):
        return {"fit": [python, str(SIDE), "peer", self.NAME]}

    def coterie_quality(self, results):
        return {name: value for name, value in results["fit"].items() if name not in ("work_seconds", "version")}

    peer_quality = coterie_quality

    def same(self, name, ours, peer):
        if name in SHOWN:
            return True
        limit = NO_WORSE.get(self.NAME, {}).get(name)
        if limit is not None:
            return ours <= peer * (1 + limit)
        return abs(ours - peer) <= TOLERANCE[name] * abs(peer)

    def peer_version(self, results):
        return results["fit"]["version"]

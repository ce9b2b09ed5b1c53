"""The bootstrap of AUC in numpy, written as an analyst who knows numpy well would: one sort, groups of equal scores, Poisson
counts for each replicate, every step on whole arrays; processes share the replicates.

    peer.py make FILE ROWS            scores with ties and labels, as bootstrap_study reads them
    peer.py auc FILE RESAMPLES PROCESSES
"""

import json
import multiprocessing
import sys

import numpy as np


def make(path, rows):
    rng = np.random.default_rng(7)
    scores = np.round(rng.normal(size=rows), 4)
    labels = (rng.random(rows) < 1 / (1 + np.exp(2 - scores))).astype(np.uint8)
    with open(path, "wb") as file:
        file.write(scores.tobytes() + labels.tobytes())


def load(path):
    raw = open(path, "rb").read()
    rows = len(raw) // 9
    return np.frombuffer(raw, np.float64, rows), np.frombuffer(raw, np.uint8, rows, rows * 8)


class Auc:
    """Rows in ascending order of score; where each group of equal scores begins."""

    def __init__(self, scores, labels):
        order = np.argsort(scores, kind="stable")
        ordered = scores[order]
        self.labels = labels[order]
        self.starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])

    def of(self, counts):
        """Integers, as long as they fit: pairs in order, and half of those with equal scores."""
        positive = np.add.reduceat(counts * self.labels, self.starts, dtype=np.int64)
        every = np.add.reduceat(counts, self.starts, dtype=np.int64)
        negative = every - positive
        below = np.cumsum(negative) - negative
        pairs = 2 * (positive @ below) + positive @ negative
        return pairs / (2 * int(positive.sum()) * int(negative.sum()))


def replicates(job):
    path, seed, count = job
    auc, rng = Auc(*load(path)), np.random.default_rng(seed)
    rows = len(auc.labels)
    return [auc.of(rng.poisson(1.0, rows).astype(np.uint8)) for _ in range(count)]


def main():
    if sys.argv[1] == "make":
        return make(sys.argv[2], int(sys.argv[3]))
    path, resamples, processes = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    jobs = [(path, seed, len(part)) for seed, part in enumerate(np.array_split(np.arange(resamples), processes))]
    if processes == 1:
        values = replicates(jobs[0])
    else:
        with multiprocessing.Pool(processes) as pool:
            values = sum(pool.map(replicates, jobs), [])
    scores, labels = load(path)
    low, high = np.quantile(values, [0.025, 0.975])
    value = Auc(scores, labels).of(np.ones(len(labels), np.uint8))
    print(json.dumps({"rows": len(labels), "auc": value, "low": low, "high": high, "version": f"numpy {np.__version__}"}))


if __name__ == "__main__":
    main()

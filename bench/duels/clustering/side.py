"""One side of a clustering duel: makes the arrays, does the work once to warm up on a part of them, then for the clock.

    side.py ours|peer DUEL

Prints {"work_seconds", "version", ...quality}. Arrays, starts and options are the same on both sides: this file is both.
"""

import json
import sys
import time
import warnings

import numpy as np

warnings.simplefilter("ignore")
ROWS = 1_000_000


def blobs(n, d, k, seed=0):
    random = np.random.RandomState(seed)
    centers = random.normal(size=(k, d)) * 2
    return centers[random.randint(k, size=n)] + random.normal(size=(n, d))


def rfm_bins(n):
    """Scores of recency, frequency and monetary value, 1 to 5 each."""
    return np.random.default_rng(0).integers(1, 6, size=(n, 3), dtype=np.uint8).astype(np.float64)


def timed(work):
    begin = time.perf_counter()
    out = work()
    return time.perf_counter() - begin, out


def k_means(side, d, k):
    X = blobs(ROWS, d, k)
    start = X[:k].copy()

    def fit(kind, rows, **options):
        return kind(k, init=start, n_init=1, max_iter=300, **options).fit(rows)

    if side == "ours":
        from coterie.cluster import KMeans
        fit(KMeans, X[:20_000])
        seconds, model = timed(lambda: fit(KMeans, X))
        work = {"algorithm": "bounds"}
    else:
        from sklearn.cluster import KMeans
        runs = {}
        for algorithm in ("lloyd", "elkan"):
            fit(KMeans, X[:20_000], algorithm=algorithm)
            runs[algorithm] = timed(lambda algorithm=algorithm: fit(KMeans, X, algorithm=algorithm))
        best = min(runs, key=lambda name: runs[name][0])
        (seconds, model), work = runs[best], {"algorithm": best}
    return seconds, work | {"inertia": model.inertia_, "n_iter": model.n_iter_,
                            "largest": int(np.bincount(model.labels_).max())}


def rfm(side):
    """All rows at once, or a hundredth of them, taken a hundred times; and the analyst who groups equal rows first."""
    if side == "ours":
        import coterie
        from coterie.cluster import KMeans
        coterie.set_memory(8 << 30)
        X = rfm_bins(100 * ROWS)
        KMeans(8, n_init=10, random_state=0).fit(X[:20_000])
        seconds, model = timed(lambda: KMeans(8, n_init=10, random_state=0).fit(X))
        return seconds, {"inertia_a_row": model.inertia_ / len(X)}
    from sklearn.cluster import KMeans
    X = rfm_bins(ROWS)
    KMeans(8, n_init=10, random_state=0).fit(X[:20_000])
    seconds, model = timed(lambda: KMeans(8, n_init=10, random_state=0).fit(X))

    def grouped():
        rows, weight = np.unique(X, axis=0, return_counts=True)
        return KMeans(8, n_init=10, random_state=0).fit(rows, sample_weight=weight)

    return 100 * seconds, {"inertia_a_row": model.inertia_ / len(X), "seconds_grouped": 100 * timed(grouped)[0]}


def k_medians(side):
    """A million rows for the clock, of the peer ten thousand, taken a hundred times; quality on those."""
    n, d, k = ROWS // 100, 16, 20
    few, many = blobs(n, d, k), blobs(ROWS, d, k)
    if side == "ours":
        from coterie.cluster import KMedians
        model = KMedians(k, init=few[:k], n_init=1).fit(few)
        seconds, _ = timed(lambda: KMedians(k, init=many[:k], n_init=1).fit(many))
        return seconds, {"inertia": model.inertia_}
    np.warnings = warnings  # the peer asks for it by its old name
    from pyclustering.cluster.kmedians import kmedians
    from pyclustering.utils.metric import distance_metric, type_metric
    rows, start = few.tolist(), few[:k].tolist()

    def fit():
        model = kmedians(rows, start, tolerance=1e-9, itermax=300, metric=distance_metric(type_metric.MANHATTAN))
        return np.array(model.process().get_medians())

    seconds, centers = timed(fit)
    inertia = np.abs(few[:, None] - centers).sum(axis=2).min(axis=1).sum()
    return 100 * seconds, {"inertia": inertia}


def silhouette(side):
    X = blobs(20_000, 16, 8)
    labels = np.random.RandomState(1).randint(8, size=len(X))
    if side == "ours":
        from coterie.metrics import silhouette_score
    else:
        from sklearn.metrics import silhouette_score
    silhouette_score(X[:2000], labels[:2000])
    seconds, value = timed(lambda: silhouette_score(X, labels))
    return seconds, {"silhouette": value}


DUELS = {"kmeans": lambda side: k_means(side, 16, 20), "kmeans-wide": lambda side: k_means(side, 64, 100), "rfm": rfm,
         "kmedians": k_medians, "silhouette": silhouette}


def version(side, duel):
    if side == "ours":
        import coterie
        return f"coterie {coterie.__version__}"
    from importlib.metadata import version as of
    name = "pyclustering" if duel == "kmedians" else "scikit-learn"
    return f"{name} {of(name)}"


def main():
    side, duel = sys.argv[1:]
    seconds, quality = DUELS[duel](side)
    print(json.dumps({"work_seconds": seconds, "version": version(side, duel), **quality}))


if __name__ == "__main__":
    main()

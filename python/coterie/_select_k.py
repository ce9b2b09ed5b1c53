"""How many clusters: indices and stability for each number, and a recommendation with its reason."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from coterie import _core, _settings, metrics
from coterie._centers import KMeans, _check_number


class KSelection:
    """What `select_k` found.

    Attributes
    ----------
    best_k_ : int
        The recommended number of clusters.
    reason_ : str
        Why, and what speaks against it.
    table_ : list of dict
        One for each k: `k`, `inertia`, `silhouette`, `calinski_harabasz` (higher is better), `davies_bouldin` (lower is
        better), `adjusted_rand` (agreement with clusterings of resamples, 1 is the same), `jaccard` (of each cluster) and
        `n_unstable` (clusters whose Jaccard index is below 0.75).
    estimators_ : dict of int to KMeans
        The fitted model of each k.
    """

    def __init__(self, table, estimators, best_k, reason):
        self.table_ = table
        self.estimators_ = estimators
        self.best_k_ = best_k
        self.reason_ = reason

    def __repr__(self):
        columns = ["k", "inertia", "silhouette", "calinski_harabasz", "davies_bouldin", "adjusted_rand", "n_unstable"]
        lines = ["  ".join(f"{name:>17}" if name != "k" else f"{name:>3}" for name in columns)]
        for row in self.table_:
            cells = [f"{row['k']:>3}"] + [f"{row[name]:>17.6g}" for name in columns[1:]]
            lines.append("  ".join(cells))
        return "\n".join([*lines, self.reason_])


_STABLE_JACCARD = 0.75
_INDICES = {"silhouette": (max, "silhouette"), "calinski_harabasz": (max, "Calinski-Harabasz"),
            "davies_bouldin": (min, "Davies-Bouldin")}


def _recommend(table):
    """(k, reason): of the k whose clusters are stable the one that most indices prefer, the smaller of equals."""
    stable = [row for row in table if row["n_unstable"] == 0]
    candidates = stable or table
    favourites = {name: best(candidates, key=lambda row, name=name: row[name])["k"]
                  for name, (best, _) in _INDICES.items()}
    votes = {row["k"]: sum(k == row["k"] for k in favourites.values()) for row in candidates}
    best_k = max(votes, key=lambda k: (votes[k], k == favourites["silhouette"], -k))
    row = next(row for row in table if row["k"] == best_k)
    for_it = [label for name, (_, label) in _INDICES.items() if favourites[name] == best_k]
    against = [f"{label} prefers {favourites[name]}" for name, (_, label) in _INDICES.items() if favourites[name] != best_k]
    reason = f"k = {best_k}: best by {', '.join(for_it)}; " if for_it else f"k = {best_k}; "
    if stable:
        reason += f"its clusters come back in resamples (adjusted Rand {row['adjusted_rand']:.2f})"
        if len(stable) < len(table):
            reason += f"; unstable and left out: {', '.join(str(r['k']) for r in table if r['n_unstable'])}"
    else:
        reason += (f"no k gives stable clusters: {row['n_unstable']} of its {best_k} do not come back in resamples, so the "
                   "data may have none")
    return best_k, "; ".join([reason, *against])


def select_k(X, k=range(2, 11), *, n_init=10, silhouette_sample=5000, n_resamples=50, random_state=None):
    """How many clusters: several indices and stability under resampling for each k, a recommendation and its reason.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Finite numbers, on scales that may be compared.
    k : iterable of int, default=range(2, 11)
        Numbers of clusters to try, each at least 2.
    n_init : int, default=10
        Starts of each KMeans.
    silhouette_sample : int or None, default=5000
        Rows that the silhouette is computed on, exactly; None: all.
    n_resamples : int, default=50
        Bootstrap samples that stability is judged by.
    random_state : int, RandomState instance or None, default=None

    Returns
    -------
    KSelection
    """
    ks = sorted(set(k))
    if not ks:
        raise ValueError("k is empty; name the numbers of clusters to try")
    for one in ks:
        _check_number("k", one, Integral, 2)
    random = check_random_state(random_state)
    seed = int(random.randint(np.iinfo(np.int32).max))
    threads, memory = _settings.get_threads(), _settings.get_memory()
    table, estimators = [], {}
    for one in ks:
        model = KMeans(int(one), n_init=n_init, random_state=seed).fit(X)
        points = model._doubles(validate_data(model, X, dtype=[np.float64, np.float32], order="C", reset=False))
        labels = model.labels_.astype(np.uint32)
        sample = None if silhouette_sample is None or silhouette_sample >= len(points) else int(silhouette_sample)
        silhouette = metrics.silhouette_score(points, labels, sample_size=sample, random_state=seed)
        rand, jaccard = _core.stability(points, labels, int(n_resamples), 3, 5000, seed, threads, memory)
        table.append({"k": int(one), "inertia": model.inertia_, "silhouette": silhouette, "calinski_harabasz": metrics.calinski_harabasz_score(points, labels),
                      "davies_bouldin": metrics.davies_bouldin_score(points, labels), "adjusted_rand": rand, "jaccard": [float(value) for value in jaccard],
                      "n_unstable": int((jaccard < _STABLE_JACCARD).sum())})
        estimators[int(one)] = model
    best_k, reason = _recommend(table)
    return KSelection(table, estimators, best_k, reason)

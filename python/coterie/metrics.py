"""How good a clustering is: the values of scikit-learn's functions of these names, computed by Coterie."""

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_array, check_X_y

from coterie import _core, _settings

__all__ = ["adjusted_rand_score", "calinski_harabasz_score", "davies_bouldin_score", "silhouette_score"]


def _checked(X, labels):
    """Points as float64 in C order, and labels as numbers from 0."""
    X, labels = check_X_y(X, labels, dtype=np.float64, order="C", y_numeric=False)
    return X, np.unique(labels, return_inverse=True)[1].astype(np.uint32)


def silhouette_score(X, labels, *, sample_size=None, random_state=None):
    """Mean silhouette of the rows: (b - a) / max(a, b), a = mean Euclidean distance to the rows of the own cluster, b = to
    those of the nearest other one; 0 for a row alone. In [-1, 1], higher is better.

    X: shape (n_samples, n_features). labels: shape (n_samples,), at least 2 and fewer than n_samples different ones.
    sample_size: rows drawn without repetition; None = all, which costs n_samples squared times n_features.
    """
    X, labels = _checked(X, labels)
    seed = int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
    sample = None if sample_size is None else int(sample_size)
    return _core.silhouette_score(X, labels, sample, seed, _settings.get_threads(), _settings.get_memory())


def calinski_harabasz_score(X, labels):
    """Between-cluster over within-cluster variance, each per degree of freedom; higher is better."""
    return _core.calinski_harabasz_score(*_checked(X, labels))


def davies_bouldin_score(X, labels):
    """Mean over clusters of the worst ratio of spread to separation; lower is better."""
    return _core.davies_bouldin_score(*_checked(X, labels))


def adjusted_rand_score(labels_true, labels_pred):
    """Agreement of two labellings of the same rows, corrected for chance: 1 = the same partition, about 0 = unrelated."""
    labels_true = check_array(labels_true, ensure_2d=False, dtype=None)
    labels_pred = check_array(labels_pred, ensure_2d=False, dtype=None)
    as_numbers = [np.unique(one, return_inverse=True)[1].astype(np.uint32) for one in (labels_true, labels_pred)]
    return _core.adjusted_rand_score(*as_numbers)

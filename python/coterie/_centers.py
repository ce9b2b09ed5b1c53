"""Estimators that divide rows around centres: parameters checked, arrays converted, C++ called."""

import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from coterie import _core, _settings


def _check_number(name, value, kind, least, closed=True):
    """An error that names the parameter, what it must be and what it is."""
    what = "whole number" if kind is Integral else "number"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, kind):
        raise TypeError(f"{name} must be a {what}, not {value!r}")
    if not (value >= least if closed else value > least) or not np.isfinite(value):
        raise ValueError(f"{name} must be a {what} {'of at least' if closed else 'above'} {least}, not {value!r}")


class _Centroids(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):
    """What estimators that keep `cluster_centers_` share."""

    def _check_fit_data(self, X, sample_weight, reset=True, ensure_all_finite=True):
        """X as float64 or float32 in C order, and weights as float64 or None."""
        X = validate_data(self, X, dtype=[np.float64, np.float32], order="C", reset=reset,
                          ensure_all_finite=ensure_all_finite)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        return X, sample_weight

    def _check_new_data(self, X):
        check_is_fitted(self)
        return validate_data(self, X, dtype=[np.float64, np.float32], order="C", reset=False)

    @staticmethod
    def _doubles(X):
        """The same numbers as the C++ takes them; no copy when they are doubles already."""
        return np.ascontiguousarray(X, dtype=np.float64)

    def _measured(self, X):
        """The rows as distances are measured from them."""
        return self._doubles(X)

    def _counted(self, X, sample_weight):
        """The rows, and their weights, of which n_clusters must differ."""
        return self._doubles(X), sample_weight

    @property
    def _n_features_out(self):
        return self.cluster_centers_.shape[0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def fit_predict(self, X, y=None, sample_weight=None):
        """Fit, and the cluster of each row: int32, shape (n_samples,)."""
        return self.fit(X, sample_weight=sample_weight).labels_

    _is_manhattan = False

    def _nearest(self, X, centers=None):
        """(labels, distances) of the nearest centres; Euclidean distances are squared, as they enter the inertia."""
        centers = self.cluster_centers_ if centers is None else centers
        return _core.nearest_centers(self._measured(X), self._doubles(centers), self._is_manhattan,
                                     _settings.get_threads())

    def predict(self, X):
        """The nearest centre of each row of X, the lowest number on ties: int32, shape (n_samples,)."""
        return self._nearest(self._check_new_data(X))[0]

    def fit_transform(self, X, y=None, sample_weight=None):
        """Fit, and the distances of the rows to the centres: shape (n_samples, n_clusters)."""
        return self.fit(X, sample_weight=sample_weight).transform(X)

    def transform(self, X):
        """Distances of the rows of X to the centres, in units of X: shape (n_samples, n_clusters)."""
        X = self._check_new_data(X)
        out = _core.distances(self._measured(X), self._doubles(self.cluster_centers_), self._is_manhattan,
                              _settings.get_threads())
        return out.astype(X.dtype, copy=False)

    def score(self, X, y=None, sample_weight=None):
        """The negative of the inertia of X around the centres: higher is better."""
        X = self._check_new_data(X)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        distances = self._nearest(X)[1]
        return -float(np.sum(distances if sample_weight is None else distances * sample_weight))


class _FromStarts(_Centroids):
    """What estimators share that move centres from starts until nothing changes."""

    _seedings = ("k-means++",)  # values of init by which the C++ chooses rows

    def _check_parameters(self):
        _check_number("n_clusters", self.n_clusters, Integral, 1)
        _check_number("max_iter", self.max_iter, Integral, 1)
        if self.n_init != "auto":
            _check_number("n_init", self.n_init, Integral, 1)
        if isinstance(self.init, str) and self.init not in (*self._seedings, "random"):
            names = ", ".join(repr(name) for name in (*self._seedings, "random"))
            raise ValueError(f"init must be {names}, a callable or an array, not {self.init!r}")

    def _check_rows(self, X, sample_weight, reset=True, ensure_all_finite=True):
        """Parameters, rows and weights; enough rows for the clusters, unless there are centres already."""
        self._check_parameters()
        X, sample_weight = self._check_fit_data(X, sample_weight, reset, ensure_all_finite)
        if reset and X.shape[0] < self.n_clusters:
            raise ValueError(f"n_samples={X.shape[0]} should be >= n_clusters={self.n_clusters}.")
        return X, sample_weight

    def _is_given(self):
        return not isinstance(self.init, str) and not callable(self.init)

    def _is_seeded(self):
        return isinstance(self.init, str) and self.init in self._seedings

    def _starts(self):
        """How many starts."""
        if self._is_given() or (self.n_init == "auto" and self._is_seeded()):
            default = 1
        else:
            default = 10
        if self._is_given() and self.n_init not in ("auto", 1):
            warnings.warn("Explicit initial center position passed: performing only one init in "
                          f"{type(self).__name__} instead of n_init={self.n_init}.", RuntimeWarning, stacklevel=3)
        return default if self.n_init == "auto" or self._is_given() else int(self.n_init)

    def _check_centers(self, centers, X):
        centers = np.array(centers, dtype=np.float64, order="C", ndmin=2)
        if centers.shape != (self.n_clusters, X.shape[1]):
            raise ValueError(f"The shape of the initial centers {centers.shape} does not match the number of clusters "
                             f"{self.n_clusters} and the number of features of the data {X.shape[1]}.")
        return centers

    def _start_centers(self, X, sample_weight, random):
        """Starting centres of one start, unless the C++ chooses them."""
        if callable(self.init):
            return self._check_centers(self.init(X, self.n_clusters, random_state=random), X)
        p = None if sample_weight is None else sample_weight / sample_weight.sum()
        return self._doubles(X[random.choice(X.shape[0], size=self.n_clusters, replace=False, p=p)])

    def _fit_starts(self, X, sample_weight, doubles, random):
        """The best start: (cluster_centers, labels, inertia, n_iter)."""
        starts = self._starts()
        if self._is_given():
            return self._fit_once(doubles, sample_weight, self._check_centers(self.init, X), 1, 0)
        if self._is_seeded():
            return self._fit_once(doubles, sample_weight, None, starts, int(random.randint(np.iinfo(np.int32).max)))
        best = None
        for _ in range(starts):
            found = self._fit_once(doubles, sample_weight, self._start_centers(X, sample_weight, random), 1, 0)
            best = found if best is None or found[2] < best[2] else best
        return best

    def _too_few_rows(self, X, sample_weight, distinct):
        """Each distinct row is a centre, the first again for those that are too many; as scikit-learn, with a warning."""
        warnings.warn(f"Number of distinct clusters ({distinct}) found smaller than n_clusters ({self.n_clusters}). "
                      "Possibly due to duplicate points in X.", ConvergenceWarning, stacklevel=3)
        used, weight = self._counted(X, sample_weight)
        centers = np.unique(used if weight is None else used[weight > 0], axis=0)
        centers = np.vstack([centers, np.repeat(centers[:1], self.n_clusters - len(centers), axis=0)])
        centers = self._doubles(centers)
        labels, distances = self._nearest(X, centers)
        inertia = np.sum(distances if sample_weight is None else distances * sample_weight)
        return centers, labels, float(inertia), 1

    def fit(self, X, y=None, sample_weight=None):
        """Find the clusters of X.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Finite numbers. float64 in C order is not copied.
        y : ignored
        sample_weight : array of shape (n_samples,), default=None
            Weights of at least 0; a row of weight 2 counts as two rows.

        Returns
        -------
        self
        """
        # The C++ looks at every value, on all threads, and names the row and the column of one that is not finite.
        X, sample_weight = self._check_rows(X, sample_weight, ensure_all_finite=False)
        doubles = self._doubles(X)
        random = check_random_state(self.random_state)
        try:
            found = self._fit_starts(X, sample_weight, doubles, random)
        except ValueError:
            rows, weight = self._counted(X, sample_weight)
            distinct = (_core.count_distinct_rows(rows, weight, _settings.get_threads(), _settings.get_memory())
                        if len(rows) else 0)
            if not 0 < distinct < self.n_clusters or not np.isfinite(doubles).all():
                raise
            found = self._too_few_rows(X, sample_weight, distinct)
        centers, self.labels_, self.inertia_, self.n_iter_ = found
        self.cluster_centers_ = centers.astype(X.dtype, copy=False)
        return self

class KMeans(_FromStarts):
    """k-means clustering: centres that make the squared distances of the rows to them small.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, at least 1.
    init : {"k-means++", "k-means||", "random"}, callable or array of shape (n_clusters, n_features), default="k-means++"
        Starting centres: greedy k-means++, k-means|| (six passes, for many clusters of many rows), rows drawn at random, `init(X, n_clusters, random_state=...)`, or given.
    n_init : int or "auto", default="auto"
        Starts; the one with the least inertia is kept. "auto": 10 with "random" and a callable, else 1.
    max_iter : int, default=300
        Rounds of one start at most.
    tol : float, default=1e-4
        Rounds end when the centres' total squared shift is at most tol times the mean variance of the columns.
    verbose : int, default=0
        Accepted for scikit-learn's sake; nothing is printed.
    random_state : int, RandomState instance or None, default=None
        Where the starts come from; an int makes them the same every time.
    copy_x : bool, default=True
        Accepted for scikit-learn's sake; X is never changed.
    algorithm : {"lloyd", "elkan"}, default="lloyd"
        Accepted for scikit-learn's sake; both are computed with bounds and give the same answer.

    Attributes
    ----------
    cluster_centers_ : array of shape (n_clusters, n_features), of X's dtype
    labels_ : int32 array of shape (n_samples,)
    inertia_ : float
        Sum of squared distances to the nearest centre, weighted, in units of X squared.
    n_iter_ : int
        Rounds of the start that was kept.
    n_features_in_ : int
    feature_names_in_ : array of str, where X has column names
    """

    _seedings = ("k-means++", "k-means||")
    _is_cosine = False

    def __init__(self, n_clusters=8, *, init="k-means++", n_init="auto", max_iter=300, tol=1e-4, verbose=0,
                 random_state=None, copy_x=True, algorithm="lloyd"):
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm

    def _check_parameters(self):
        super()._check_parameters()
        _check_number("tol", self.tol, Real, 0)
        if self.algorithm not in ("lloyd", "elkan"):
            raise ValueError(f"algorithm must be 'lloyd' or 'elkan', not {self.algorithm!r}")

    def _fit_once(self, X, sample_weight, init, n_init, seed):
        return _core.fit_k_means(X, sample_weight, int(self.n_clusters), init,
                                 isinstance(self.init, str) and self.init == "k-means||", self._is_cosine, n_init,
                                 int(self.max_iter), float(self.tol), seed, _settings.get_threads(), _settings.get_memory())


class SphericalKMeans(KMeans):
    """k-means by cosine: centres of length 1 that make the angles of the rows to them small, whatever the rows' lengths.

    For shares, counts of words, tastes: what counts is the mix, not the amount. A row of zeros has no
    direction: its cosine with every centre is 0, it belongs to the first cluster and moves no centre.

    Parameters
    ----------
    n_clusters, init, n_init, max_iter, tol, verbose, random_state, copy_x, algorithm
        As in KMeans; rows and given centres are divided by their lengths first.

    Attributes
    ----------
    cluster_centers_ : array of shape (n_clusters, n_features), of X's dtype
        Directions: rows of length 1.
    labels_ : int32 array of shape (n_samples,)
    inertia_ : float
        Sum of cosine distances, 1 - cos, to the nearest centre, weighted.
    n_iter_ : int
        Rounds of the start that was kept.
    n_features_in_ : int
    feature_names_in_ : array of str, where X has column names
    """

    _is_cosine = True

    def _measured(self, X):
        return _core.unit_rows(self._doubles(X), _settings.get_threads())

    def _counted(self, X, sample_weight):
        points = np.any(X, axis=1)
        return self._measured(X)[points], None if sample_weight is None else sample_weight[points]

    # The squared distance of two rows of length 1 is twice their cosine distance; a row of zeros has no direction.
    def _nearest(self, X, centers=None):
        labels, squared = super()._nearest(X, centers)
        zeros = ~np.any(X, axis=1)
        return np.where(zeros, np.int32(0), labels), np.where(zeros, 1.0, squared / 2)

    def transform(self, X):
        """Cosine distances, 1 - cos, of the rows of X to the centres: shape (n_samples, n_clusters)."""
        distances = super().transform(X)
        distances *= distances / 2
        distances[~np.any(np.asarray(X), axis=1)] = 1
        return distances


class KMedians(_FromStarts):
    """k-medians clustering: centres that make the Manhattan distances of the rows to them small.

    Each centre is, column by column, the (lower, weighted) median of its rows, so that a few far rows do not move it.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, at least 1.
    init : {"k-means++", "random"}, callable or array of shape (n_clusters, n_features), default="k-means++"
        Starting centres: greedy k-means++ by Manhattan distance, rows drawn at random, `init(X, n_clusters,
        random_state=...)`, or given.
    n_init : int or "auto", default="auto"
        Starts; the one with the least inertia is kept. "auto": 1 with "k-means++" and with given centres, else 10.
    max_iter : int, default=300
        Rounds of one start at most.
    random_state : int, RandomState instance or None, default=None
        Where the starts come from; an int makes them the same every time.

    Attributes
    ----------
    cluster_centers_ : array of shape (n_clusters, n_features), of X's dtype
    labels_ : int32 array of shape (n_samples,)
    inertia_ : float
        Sum of Manhattan distances to the nearest centre, weighted, in units of X.
    n_iter_ : int
        Rounds of the start that was kept.
    n_features_in_ : int
    feature_names_in_ : array of str, where X has column names
    """

    _is_manhattan = True

    def __init__(self, n_clusters=8, *, init="k-means++", n_init="auto", max_iter=300, random_state=None):
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.random_state = random_state

    def _fit_once(self, X, sample_weight, init, n_init, seed):
        return _core.fit_k_medians(X, sample_weight, int(self.n_clusters), init, n_init, int(self.max_iter), seed,
                                   _settings.get_threads(), _settings.get_memory())


class MiniBatchKMeans(_FromStarts):
    """k-means on small random batches: near the inertia of KMeans for a fraction of its work, also from a stream.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, at least 1.
    init : {"k-means++", "random"}, callable or array of shape (n_clusters, n_features), default="k-means++"
        Starting centres, as in KMeans.
    max_iter : int, default=100
        Passes over as many rows as X has, at most.
    batch_size : int, default=1024
        Rows of a step, drawn with repetition.
    verbose : int, default=0
        Accepted for scikit-learn's sake; nothing is printed.
    compute_labels : bool, default=True
        Whether `fit` also assigns all rows at the end.
    random_state : int, RandomState instance or None, default=None
        Where starts and batches come from.
    tol : float, default=0.0
        Stop when the centres' squared shift in a step is at most tol mean variances; 0: never.
    max_no_improvement : int or None, default=10
        Steps without a better smoothed inertia until it stops; None: never.
    init_size : int or None, default=None
        Rows that starts are chosen from; None: three batches, at least three times n_clusters.
    n_init : int or "auto", default="auto"
        Starts that are tried; "auto": 1 with "k-means++" and with given centres, else 3.
    reassignment_ratio : float, default=0.01
        Clusters with less than this share of the largest count move to a row of a batch.

    Attributes
    ----------
    cluster_centers_ : array of shape (n_clusters, n_features), of X's dtype
    labels_ : int32 array of shape (n_samples,), with compute_labels; after partial_fit those of the last batch
    inertia_ : float
        Sum of squared distances of these rows to the nearest centre, weighted.
    n_iter_, n_steps_ : int
        Passes (rounded up) and steps.
    n_features_in_ : int
    feature_names_in_ : array of str, where X has column names
    """

    def __init__(self, n_clusters=8, *, init="k-means++", max_iter=100, batch_size=1024, verbose=0, compute_labels=True,
                 random_state=None, tol=0.0, max_no_improvement=10, init_size=None, n_init="auto",
                 reassignment_ratio=0.01):
        self.n_clusters = n_clusters
        self.init = init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.verbose = verbose
        self.compute_labels = compute_labels
        self.random_state = random_state
        self.tol = tol
        self.max_no_improvement = max_no_improvement
        self.init_size = init_size
        self.n_init = n_init
        self.reassignment_ratio = reassignment_ratio

    def _check_parameters(self):
        super()._check_parameters()
        _check_number("batch_size", self.batch_size, Integral, 1)
        _check_number("tol", self.tol, Real, 0)
        _check_number("reassignment_ratio", self.reassignment_ratio, Real, 0)
        if self.max_no_improvement is not None:
            _check_number("max_no_improvement", self.max_no_improvement, Integral, 0)
        if self.init_size is not None:
            _check_number("init_size", self.init_size, Integral, 1)

    def _start_options(self, X, sample_weight, random):
        """(init, n_init) for the C++: centres that it does not choose are chosen here."""
        starts = min(self._starts(), 3) if self.n_init == "auto" else self._starts()
        if self._is_given():
            return self._check_centers(self.init, X), 1
        if isinstance(self.init, str) and self.init == "k-means++":
            return None, starts
        tried = [self._start_centers(X, sample_weight, random) for _ in range(starts)]
        return min(tried, key=lambda centers: self._nearest(X, centers)[1].sum()), 1

    def _finish(self, X, sample_weight, centers, has_labels):
        self.cluster_centers_ = centers.astype(X.dtype, copy=False)
        if has_labels:
            self.labels_, squared = self._nearest(X)
            self.inertia_ = float(np.sum(squared if sample_weight is None else squared * sample_weight))
        return self

    def fit(self, X, y=None, sample_weight=None):
        """Find the clusters of X from random batches of its rows.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
        y : ignored
        sample_weight : array of shape (n_samples,), default=None
            Weights of at least 0.

        Returns
        -------
        self
        """
        # The C++ looks at every value, on all threads, and names the row and the column of one that is not finite.
        X, sample_weight = self._check_rows(X, sample_weight, ensure_all_finite=False)
        random = check_random_state(self.random_state)
        init, n_init = self._start_options(X, sample_weight, random)
        centers, self._counts, self.n_steps_ = _core.fit_mini_batch(
            self._doubles(X), sample_weight, int(self.n_clusters), init, n_init, int(self.max_iter),
            int(self.batch_size), int(self.init_size or 0), int(self.max_no_improvement or 0), float(self.tol),
            float(self.reassignment_ratio), int(random.randint(np.iinfo(np.int32).max)), _settings.get_threads(),
            _settings.get_memory())
        rows = min(self.batch_size, X.shape[0])
        self.n_iter_ = int(np.ceil(self.n_steps_ * rows / X.shape[0]))
        return self._finish(X, sample_weight, centers, self.compute_labels)

    def partial_fit(self, X, y=None, sample_weight=None):
        """Learn from one batch of a stream: the first call also chooses the starting centres from it.

        X and sample_weight are as in `fit`; all of X is one batch.
        """
        is_first = not hasattr(self, "cluster_centers_")
        X, sample_weight = self._check_rows(X, sample_weight, reset=is_first)
        if is_first:
            self._random = check_random_state(self.random_state)
            init, n_init = self._start_options(X, sample_weight, self._random)
            centers = _core.start_mini_batch(self._doubles(X), sample_weight, int(self.n_clusters), init, n_init,
                                             int(self.batch_size), int(self.init_size or 0),
                                             int(self._random.randint(np.iinfo(np.int32).max)),
                                             _settings.get_threads(), _settings.get_memory())
            self._counts, self._since, self.n_steps_ = np.zeros(self.n_clusters), 0, 0
        else:
            centers = self._doubles(self.cluster_centers_)
            self._random = getattr(self, "_random", None) or check_random_state(self.random_state)
        self._since = getattr(self, "_since", 0) + X.shape[0]
        reassigns = self._since >= 10 * self.n_clusters or bool((self._counts == 0).any())
        if reassigns:
            self._since = 0
        centers, self._counts = _core.step_mini_batch(
            self._doubles(X), sample_weight, centers, self._counts, float(self.reassignment_ratio), reassigns,
            int(self._random.randint(np.iinfo(np.int32).max)), _settings.get_threads())
        self.n_steps_ += 1
        return self._finish(X, sample_weight, centers, self.compute_labels)

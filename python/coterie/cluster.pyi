from collections.abc import Callable, Iterable
from typing import Any, Literal, Self

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin

_Init = Literal["k-means++", "random"] | Callable[..., ArrayLike] | ArrayLike
_Random = int | RandomState | None
_Floats = NDArray[np.float64] | NDArray[np.float32]

class _Centroids(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):
    cluster_centers_: _Floats
    labels_: NDArray[np.int32]
    inertia_: float
    n_iter_: int
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    def fit(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> Self: ...
    def fit_predict(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> NDArray[np.int32]: ...
    def fit_transform(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> _Floats: ...
    def predict(self, X: ArrayLike) -> NDArray[np.int32]: ...
    def transform(self, X: ArrayLike) -> _Floats: ...
    def score(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> float: ...

class KMeans(_Centroids):
    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: _Init = "k-means++",
        n_init: int | Literal["auto"] = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        verbose: int = 0,
        random_state: _Random = None,
        copy_x: bool = True,
        algorithm: Literal["lloyd", "elkan"] = "lloyd",
    ) -> None: ...

class SphericalKMeans(KMeans):
    def transform(self, X: ArrayLike) -> _Floats: ...

class KMedians(_Centroids):
    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: _Init = "k-means++",
        n_init: int | Literal["auto"] = "auto",
        max_iter: int = 300,
        random_state: _Random = None,
    ) -> None: ...

class MiniBatchKMeans(_Centroids):
    n_steps_: int
    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: _Init = "k-means++",
        max_iter: int = 100,
        batch_size: int = 1024,
        verbose: int = 0,
        compute_labels: bool = True,
        random_state: _Random = None,
        tol: float = 0.0,
        max_no_improvement: int | None = 10,
        init_size: int | None = None,
        n_init: int | Literal["auto"] = "auto",
        reassignment_ratio: float = 0.01,
    ) -> None: ...
    def partial_fit(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> Self: ...

class KSelection:
    best_k_: int
    reason_: str
    table_: list[dict[str, Any]]
    estimators_: dict[int, KMeans]
    def __init__(self, table: list[dict[str, Any]], estimators: dict[int, KMeans], best_k: int, reason: str) -> None: ...

def select_k(
    X: ArrayLike,
    k: Iterable[int] = ...,
    *,
    n_init: int = 10,
    silhouette_sample: int | None = 5000,
    n_resamples: int = 50,
    random_state: _Random = None,
) -> KSelection: ...

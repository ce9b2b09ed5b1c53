"""Clustering with scikit-learn's names and conventions, computed by Coterie.

The same labels and centres, bit for bit, for any number of threads. What differs from scikit-learn is written in
docs/methods/kmeans.md.
"""

from coterie._centers import KMeans, KMedians, MiniBatchKMeans, SphericalKMeans
from coterie._select_k import KSelection, select_k

__all__ = ["KMeans", "KMedians", "KSelection", "MiniBatchKMeans", "SphericalKMeans", "select_k"]
for _one in (KMeans, KMedians, KSelection, MiniBatchKMeans, SphericalKMeans, select_k):
    _one.__module__ = __name__
del _one

"""Coterie: who a shop's members are, what they will do, and what to offer them.

`coterie.cluster` has estimators with scikit-learn's conventions. `set_threads` and `set_memory` hold for all of them.
"""

from coterie._settings import get_memory, get_threads, set_memory, set_threads

__version__ = "0.1.0"
__all__ = ["get_memory", "get_threads", "set_memory", "set_threads"]

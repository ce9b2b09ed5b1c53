"""Coterie: who a shop's members are, what they will do, and what to offer them.

`coterie.open("my.shop")` is a shop's workspace, `coterie.import_files` makes one; `coterie.cluster` and `coterie.metrics` have estimators and metrics with
scikit-learn's conventions. `set_threads` and `set_memory` hold for all of them.
"""

from coterie._settings import get_memory, get_threads, set_memory, set_threads

__version__ = "0.1.0"
__all__ = ["get_memory", "get_threads", "import_files", "open", "set_memory", "set_threads"]


def open(folder):  # as the field has it: coterie.open(...)
    """The workspace in a folder (`coterie import` or `coterie generate` makes one). FileNotFoundError, ValueError."""
    from coterie.workspace import Workspace

    return Workspace(folder)


def import_files(folder, files, **options):
    """Brings files into a shop, made when there is none: the options are those of `coterie.workspace.import_files`."""
    from coterie import workspace

    return workspace.import_files(folder, files, **options)

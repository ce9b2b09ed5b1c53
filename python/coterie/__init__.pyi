from collections.abc import Iterable, Mapping
from datetime import date
from os import PathLike
from typing import Any

from coterie.workspace import Workspace

__version__: str

def get_memory() -> int: ...
def get_threads() -> int: ...
def set_memory(n_bytes: int) -> None: ...
def set_threads(n: int | None) -> None: ...
def open(folder: str | PathLike[str]) -> Workspace: ...
def import_files(
    folder: str | PathLike[str],
    files: str | PathLike[str] | Iterable[str | PathLike[str]],
    *,
    preset: str = "",
    columns: Mapping[str, str] | None = None,
    behaviors: Mapping[str, str] | None = None,
    kind: str = "",
    ts: str | date = "",
    timezone: str = "",
    currency: str = "",
) -> list[dict[str, Any]]: ...

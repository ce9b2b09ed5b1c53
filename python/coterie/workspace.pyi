from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import pandas
import pyarrow

_Instant = str | date
_Path = str | PathLike[str]
_Json = dict[str, Any]

def import_files(
    folder: _Path,
    files: _Path | Iterable[_Path],
    *,
    preset: str = "",
    columns: Mapping[str, str] | None = None,
    behaviors: Mapping[str, str] | None = None,
    kind: str = "",
    ts: str | date = "",
    timezone: str = "",
    currency: str = "",
) -> list[_Json]: ...

class Workspace:
    segments: Segments
    def __init__(self, folder: _Path) -> None: ...
    @property
    def folder(self) -> Path: ...
    @property
    def timezone(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def record(self) -> _Json: ...
    def import_files(self, files: _Path | Iterable[_Path], **options: Any) -> list[_Json]: ...
    def sql(
        self, statement: str, parameters: Mapping[str, Any] | None = None, *, user: str | None = None
    ) -> pyarrow.Table: ...
    def features(self, as_of: _Instant | None = None) -> pandas.DataFrame: ...
    def run(self, as_of: _Instant | None = None, *, seed: int = 1, force: bool = False) -> _Json: ...
    def user(self, user_id: str) -> _Json: ...

class Segments:
    def __init__(self, folder: str) -> None: ...
    def list(self) -> pandas.DataFrame: ...
    def create(
        self, name: str, rule: str | _Json, *, note: str | None = None, replace: bool = False, as_of: _Instant | None = None
    ) -> _Json: ...
    def preview(self, rule: str | _Json, *, limit: int = 20, as_of: _Instant | None = None) -> _Json: ...
    def users(self, name: str, *, as_of: _Instant | None = None) -> list[str]: ...
    def why(self, user_id: str, name: str, *, as_of: _Instant | None = None) -> _Json: ...
    def diff(self, name: str, since: _Instant, until: _Instant | None = None, *, limit: int = 20) -> _Json: ...
    def divide(
        self,
        by: str | Sequence[str] = (),
        *,
        preset: Literal["habits", "channels", "price_sensitivity", "social"] | None = None,
        method: Literal["k_means", "cross", "abc", "rfm"] = "k_means",
        categories: str | Sequence[str] = (),
        n_clusters: int | None = None,
        k_max: int = 8,
        outliers: Literal["keep", "flag", "trim"] = "flag",
        min_users: int = 10,
        bins: Literal["quantile", "k_means", "fixed"] = "quantile",
        borders: Sequence[Sequence[float]] = (),
        as_of: _Instant | None = None,
        seed: int = 1,
        save: str | None = None,
        replace: bool = False,
    ) -> tuple[_Json, pandas.Series[str]]: ...
    def note(self, name: str, text: str) -> None: ...
    def delete(self, name: str) -> None: ...

"""A shop's folder: SQL, features, segments and runs, as Arrow tables, data frames and dictionaries."""

import json
import tempfile
from pathlib import Path

from coterie import _settings, _shop

__all__ = ["Segments", "Workspace", "import_files"]


def _limits():
    return _shop.Limits(_settings.get_threads(), _settings.get_memory())


def _optional_text(value):
    """None, or a date, a datetime or a text as the program reads it."""
    if value is None:
        return None
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _pairs(choices):
    """{"user_id": "CustomerID"} as the program reads it."""
    quoted = {left: '"' + str(right).replace('"', '""') + '"' for left, right in (choices or {}).items()}
    return ",".join(f"{left}={right}" for left, right in quoted.items())


def import_files(folder, files, *, preset="", columns=None, behaviors=None, kind="", ts="", timezone="", currency=""):
    """Brings files into a shop, made when there is none; a list of dictionaries, one a file, with its counts.

    Parameters
    ----------
    folder : str or Path
        The shop's folder.
    files : str, Path or list of them
        Files, folders or patterns: CSV, JSON Lines, xlsx, Parquet; gzip and zstd.
    preset : str
        What kind of file it is (docs/presets.md); told by the file otherwise.
    columns : dict of str, default=None
        The file's column for a column of ours: {"user_id": "CustomerID", "ts": "Date"}.
    behaviors : dict of str, default=None
        The behavior of each value of the file: {"pv": "view"}; "*" is of rows that have none.
    kind : {"events", "users", "items", "texts", "links"}
        What the rows are; told by the preset otherwise.
    ts : str
        The time of rows that have none.
    timezone, currency : str
        Of a new shop, unless the preset sets them.
    """
    words = _shop.ImportWords()
    words.preset, words.map, words.kind, words.ts = preset, _pairs(columns), kind, _optional_text(ts) or ""
    words.behavior = ",".join(f'"{value}"={ours}' for value, ours in (behaviors or {}).items())
    words.timezone, words.currency = timezone, currency
    names = [files] if isinstance(files, (str, Path)) else list(files)
    return json.loads(_shop.import_files(str(folder), [str(name) for name in names], words, _limits()))


class Workspace:
    """One shop, one folder. Every call sees its newest state; safe from any thread."""

    def __init__(self, folder):
        if not Path(folder).is_dir():
            raise FileNotFoundError(f"{folder}: no such folder; coterie.import_files or `coterie import` makes a shop")
        self._folder = str(Path(folder))
        self._info = json.loads(_shop.info(self._folder, _limits()))
        self.segments = Segments(self._folder)

    @property
    def folder(self):
        """The folder, as a Path."""
        return Path(self._folder)

    @property
    def timezone(self):
        """The shop's IANA time zone: days, hours and windows are of its wall clock."""
        return self._info["timezone"]

    @property
    def currency(self):
        """The shop's ISO 4217 currency, the unit of amounts."""
        return self._info["currency"]

    def import_files(self, files, **options):
        """Brings more files into the shop: `coterie.import_files` has the options."""
        return import_files(self._folder, files, **options)

    def __repr__(self):
        return f"coterie.open({self._folder!r})"

    def sql(self, statement, parameters=None, *, user=None):
        """One SELECT (DuckDB's SQL) over the shop's tables, as a pyarrow.Table: `.to_pandas()`, `polars.from_arrow(...)`.

        Parameters
        ----------
        statement : str
            Over events, users, items, texts, links, flags, quarantine, features, scores, segments, recommendations. It
            only reads; anything else is a ValueError.
        parameters : dict of str, default=None
            Values for $name in the statement.
        user : str, default=None
            Every table shows the rows of this member only; fast, however large the shop.
        """
        import pyarrow.parquet

        values = [(str(name), str(value)) for name, value in (parameters or {}).items()]
        with tempfile.TemporaryDirectory(prefix="coterie-") as folder:
            file = Path(folder) / "rows.parquet"
            _shop.sql_to_parquet(self._folder, statement, values, user, str(file), _limits())
            return pyarrow.parquet.read_table(file)

    def features(self, as_of=None):
        """Every feature of every member as a pandas.DataFrame: index user_id, float64 columns, NaN where missing.

        as_of : date, datetime or str, default=None
            What may be known: events before it. None: the last local midnight not after the last event. The frame's
            `attrs["as_of"]` says which.
        """
        import pandas

        at, users, columns = _shop.features(self._folder, _optional_text(as_of), _limits())
        frame = pandas.DataFrame(dict(columns), index=pandas.Index(users, name="user_id"), copy=False)
        frame.attrs["as_of"] = at
        return frame

    def run(self, as_of=None, *, seed=1, force=False):
        """Features, segments, predictions, recommendations and the report, in one commit; the record as a dictionary.

        A run on the same data, as_of and seed is not repeated unless `force`. docs/run.md has the keys.
        """
        return json.loads(_shop.run(self._folder, _optional_text(as_of), int(seed), bool(force), _limits()))

    @property
    def record(self):
        """The record of the newest run. RuntimeError when there is none yet."""
        return json.loads(_shop.record(self._folder, _limits()))

    def user(self, user_id):
        """A member: traits, features, segments, scores with reasons, recommendations. KeyError when there is none."""
        return json.loads(_shop.show_user(self._folder, user_id, _limits()))


class Segments:
    """The shop's segments: of the newest run, of divisions that are kept, and those that rules define (docs/methods/rules.md)."""

    def __init__(self, folder):
        self._folder = folder

    def list(self):
        """All of them as a pandas.DataFrame: name, method, users, share, stability, rule, note."""
        import pandas

        found = json.loads(_shop.list_segments(self._folder, _limits()))
        columns = ["name", "method", "users", "share", "stability", "rule", "note"]
        return pandas.DataFrame([{name: one.get(name) for name in columns} for one in found["segments"] + found["rules"]],
                                columns=columns)

    def create(self, name, rule, *, note=None, replace=False, as_of=None):
        """Defines a segment by a rule, an expression or its JSON as a dictionary; what it is and how many it holds of."""
        text = json.dumps(rule) if isinstance(rule, dict) else rule
        return json.loads(_shop.create_segment(self._folder, name, text, note, replace, _optional_text(as_of), _limits()))

    def preview(self, rule, *, limit=20, as_of=None):
        """How many members a rule would hold of, and some of them with what it asks of them."""
        text = json.dumps(rule) if isinstance(rule, dict) else rule
        return json.loads(_shop.preview_rule(self._folder, text, int(limit), _optional_text(as_of), _limits()))

    def users(self, name, *, as_of=None):
        """user_id of every member of a segment, ascending."""
        return _shop.segment_users(self._folder, name, _optional_text(as_of), _limits())

    def why(self, user_id, name, *, as_of=None):
        """Which conditions of a segment hold of a member and which do not, with the values."""
        return json.loads(_shop.explain_segment(self._folder, name, user_id, _optional_text(as_of), _limits()))

    def diff(self, name, since, until=None, *, limit=20):
        """Who came and who left between two instants, and which conditions changed."""
        return json.loads(_shop.diff_segment(self._folder, name, _optional_text(since), _optional_text(until), int(limit),
                                             _limits()))

    def divide(self, by=(), *, preset=None, method="k_means", categories=(), n_clusters=None, k_max=8, outliers="flag",
               min_users=10, bins="quantile", borders=(), as_of=None, seed=1, save=None, replace=False):
        """Divides all members by facts: what was found, and each member's segment.

        by : str or list of str
            Quantities of rules: "feature.recency_days", "trait.city", "sum(buy.line_amount, 90d)". rfm takes recency,
            frequency and, if there is a third, monetary; without any, the features of those names.
        preset : {"habits", "channels", "price_sensitivity", "social"}, default=None
            In place of `by`, `method` and `borders`.
        method : {"k_means", "cross", "abc", "rfm"}
            Groups of like members, every combination of values, shares of a total of one amount, or the segments of RFM.
        categories : str or list of str
            Of `by`, numbers that are codes and no amounts.
        n_clusters : int, default=None
            Groups of k_means; None: those that are recommended of 2 to `k_max`.
        outliers : {"keep", "flag", "trim"}
            What k_means does with members far from all others.
        min_users : int
            Smaller combinations of cross are put together.
        bins : {"quantile", "k_means", "fixed"}
            How rfm makes scores of amounts.
        borders : list of list of float
            Of cross and of fixed bins, rising numbers for each fact: [[30, 90, 180, 365], [2, 3, 5, 10]].
        save : str, default=None
            Keeps the division under this name: every run computes it anew, its segments keep their names, and rules may
            ask for segment.NAME. It is computed as of the newest run.
        replace : bool
            A division of that name may be there.

        Returns
        -------
        record : dict
            Segments with their rules and personas, stability, choices of k, limits (docs/methods/segmentations.md).
        segment : pandas.Series
            The name of each member's segment, by user_id.
        """
        import pandas

        def text(quantities):
            joined = quantities if isinstance(quantities, str) else ", ".join(quantities)
            joined.encode()  # a text that is no Unicode is told here
            return joined

        for name, choice in (("method", method), ("outliers", outliers), ("bins", bins)):
            if not isinstance(choice, str):
                raise TypeError(f"{name} must be a str, not {choice!r}")
        for name, number in (("k_max", k_max), ("min_users", min_users), ("seed", seed), ("n_clusters", n_clusters or 0)):
            if not 0 <= int(number) < 2**63:
                raise ValueError(f"{name} must be a whole number of at least 0, not {number!r}")
        words = {"by": text(by), "method": method,
                 "borders": "; ".join(", ".join(repr(float(number)) for number in numbers) for numbers in borders)}
        if preset is not None:
            if words != {"by": "", "method": "k_means", "borders": ""}:
                raise ValueError("a preset says by what, how and where the borders are; leave out by, method and borders")
            preset_words = json.loads(_shop.division_preset(self._folder, preset, _limits()))
            words = {name: preset_words[name] for name in words}
        words |= {"categories": text(categories), "outliers": outliers, "bins": bins, "k_max": int(k_max),
                  "n_clusters": None if n_clusters is None else int(n_clusters), "min_users": int(min_users),
                  "seed": int(seed)}
        if save is None:
            found, users, names = _shop.divide(self._folder, json.dumps(words), _optional_text(as_of), _limits())
        elif as_of is not None:
            raise ValueError("a division that is kept is computed as of the newest run; leave out as_of")
        else:
            found, users, names = _shop.keep_division(self._folder, save, json.dumps(words), bool(replace), _limits())
        return json.loads(found), pandas.Series(names, index=pandas.Index(users, name="user_id"), name="segment")

    def note(self, name, text):
        """What a segment is for, in words; an empty text removes the note."""
        _shop.note_segment(self._folder, name, text, _limits())

    def delete(self, name):
        """Forgets a segment that a rule defines, or a division that is kept."""
        _shop.delete_segment(self._folder, name, _limits())

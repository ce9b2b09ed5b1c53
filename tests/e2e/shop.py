"""Drives the real binary for the end-to-end tests: runs a command, reads its answer, looks into a workspace.

The binary is COTERIE_BINARY (default build/coterie), the data sets are in COTERIE_DATA (default
../shared/data), both relative to the repository. A test whose data are absent skips and says so; with
COTERIE_REQUIRE_DATA=1 it fails.
"""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / (os.environ.get("COTERIE_BINARY") or "build/coterie")
DATA = ROOT / (os.environ.get("COTERIE_DATA") or "../shared/data")
ONLINE_RETAIL = "online-retail-2010-2011/onlineretail.converted.csv.gz"
LIMIT_S = 120
HEADER = "user_id,item_id,behavior_type,timestamp\n"  # of the plain four-column file
GOOD = HEADER + "u1,i1,view,2025-01-01 10:00:00\nu2,i1,buy,2025-01-02 10:00:00\n"
NEW = ("--timezone", "Asia/Shanghai", "--currency", "CNY")  # what a new shop must be told
THREADS = 2

EXIT_CODES = {  # src/base/status.cc
    "invalid_argument": 2, "not_found": 3, "already_exists": 4, "failed_precondition": 5,
    "permission_denied": 6, "resource_exhausted": 7, "data_loss": 8, "unavailable": 9, "internal": 70,
    "cancelled": 130,
}


@dataclass
class Answer:
    exit_code: int
    stdout: str
    stderr: str

    def json(self):
        """The one JSON object on standard output; anything else there is an error."""
        if not self.stdout.endswith("}\n"):
            raise AssertionError(f"no JSON object and a line end, but: {self.stdout[-200:]!r}; {self.stderr}")
        value = json.loads(self.stdout)  # refuses anything after the first value
        if not isinstance(value, dict):
            raise AssertionError(f"not an object: {self.stdout[:200]!r}")
        return value


def command(*arguments, threads=THREADS):
    words = [str(BINARY), *map(str, arguments)]
    whole = {"--threads", "--help", "--version"}.intersection(words)
    return words if whole else [*words, "--threads", str(threads)]


def environment(more=None):
    """English unless a test says otherwise, wherever the tests run."""
    return {**os.environ, "LANG": "C.UTF-8", **(more or {})}


def run(*arguments, env=None, **options):
    done = subprocess.run(command(*arguments), **{"capture_output": True, "timeout": LIMIT_S,
                                                  "env": environment(env), "check": False, **options})
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


def find_data(name):
    """The path of a data file, or SkipTest; a failure when data are required."""
    path = DATA / name
    if path.exists():
        return path
    if os.environ.get("COTERIE_REQUIRE_DATA") == "1":
        raise AssertionError(f"{path} is required and absent")
    print(f"\nSKIPPED for want of data: {path}", file=sys.stderr)
    raise unittest.SkipTest(f"{path} is absent")


def import_online_retail(data, folder):
    return run("import", folder, data, "--preset", "online-retail", "--json", "--quiet").json()


class Shop:
    """A workspace as it lies on disk: what state.db lists, read with a DuckDB of the tests' own."""

    TABLES = ("events", "items", "users", "quarantine", "flags")
    WRITTEN = ("texts", "links")
    RESULTS = ("features", "segments", "scores", "recommendations")

    def __init__(self, folder):
        self.folder = Path(folder)

    def _state(self, sql):
        with contextlib.closing(sqlite3.connect(f"file:{self.folder}/state.db?mode=ro", uri=True)) as state:
            return state.execute(sql).fetchall()

    def files(self, table):
        rows = self._state(f"SELECT name FROM files WHERE kind = '{table}' AND removed IS NULL "
                           "ORDER BY file_id")
        return [self.folder / name for (name,) in rows]

    def sql(self, query):
        """Rows of a query over the tables as views; a table without files is not there."""
        connection = duckdb.connect(config={"threads": THREADS})
        connection.execute("SET TimeZone = 'UTC'")
        for table in (*self.TABLES, *self.WRITTEN, *self.RESULTS):
            files = [str(path) for path in self.files(table)]
            if files:
                connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({files})")
        with connection:
            return connection.execute(query).fetchall()

    def rows(self, table):
        return self.sql(f"SELECT count(*) FROM {table}")[0][0] if self.files(table) else 0

    def digest(self, tables=TABLES):
        """Of every row of the tables in any order, all columns but the instant they were received."""
        out = {}
        for table in tables:
            if not self.files(table):
                out[table] = (0, 0, 0)
                continue
            clock = "EXCLUDE (received_at)" if table in ("events", "quarantine", *self.WRITTEN) else ""
            out[table] = self.sql(f"SELECT count(*), sum(hash(row)), bit_xor(hash(row)) FROM "
                                  f"(SELECT * {clock} FROM {table}) AS row")[0]
        return out

    def record(self):
        """The newest run's whole record, with what only the report shows."""
        body = self._state("SELECT body FROM documents WHERE collection = 'runs' AND key = 'latest'")
        return json.loads(body[0][0])["record"]

    def leftovers(self):
        """Files of no use: in tmp/, written aside, or in a table's folder without being listed."""
        out = [path.name for path in (self.folder / "tmp").iterdir() if path.name not in ("commit.lock", "compact.lock")]
        out += [path.name for path in self.folder.iterdir() if path.suffix in (".tmp", ".new")]
        listed = {name for (name,) in self._state("SELECT name FROM files")}
        for table in (*self.TABLES, *self.WRITTEN, *self.RESULTS):
            names = (f"{table}/{path.name}" for path in (self.folder / table).iterdir())
            out += [name for name in names if name not in listed]
        return out


class ShopTest(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="coterie-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def ok(self, *arguments, **options):
        """The answer of a command that must succeed."""
        answer = run(*arguments, "--json", "--quiet", **options)
        self.assertEqual(answer.exit_code, 0, f"{arguments}: {answer.stderr}")
        self.assertEqual(answer.stderr, "", f"{arguments}")
        return answer.json()

    def refused(self, code, *arguments, says=(), **options):
        """The message of a command that must fail as documented, with and without --json."""
        plain = run(*arguments, **options)
        self.assertEqual(plain.exit_code, EXIT_CODES[code], f"{arguments}: {plain.stderr}")
        self.assertEqual(plain.stdout, "", f"{arguments}: errors belong to standard error")
        self.assertTrue(plain.stderr.splitlines()[-1].startswith("coterie: "), plain.stderr)
        answer = run(*arguments, "--json", **options)
        self.assertEqual(answer.exit_code, EXIT_CODES[code], f"{arguments}: {answer.stderr}")
        document = answer.json()
        self.assertEqual(set(document), {"error"})
        self.assertEqual(set(document["error"]), {"code", "message"})
        self.assertEqual(document["error"]["code"], code)
        message = document["error"]["message"]
        for part in says:
            self.assertIn(part, message, f"{arguments}")
        for leaked in ("terminate called", "std::", "what():", "Traceback", "Segmentation", "INTERNAL Error"):
            self.assertNotIn(leaked, plain.stderr + answer.stderr, f"{arguments}")
        return message

    def assert_balanced(self, counts):
        """received = accepted + duplicate + quarantined, in all and by rule."""
        total = counts["accepted"] + counts["duplicate"] + counts["quarantined"]
        self.assertEqual(counts["received"], total, counts)
        self.assertEqual(sum(counts["quarantined_by_rule"].values()), counts["quarantined"], counts)

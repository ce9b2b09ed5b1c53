"""coterie.open and the examples: a generated shop, its tables as the program's own commands give them, and what goes wrong."""

import datetime
import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

import numpy as np
import pandas
import polars
import pyarrow

import coterie

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / (os.environ.get("COTERIE_BINARY") or "build/coterie")


def program(*arguments):
    done = subprocess.run([BINARY, *map(str, arguments), "--json", "--quiet"], capture_output=True, check=True)
    return json.loads(done.stdout)


class WorkspaceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory(prefix="coterie-python-")
        cls.addClassCleanup(cls.holder.cleanup)
        cls.folder = Path(cls.holder.name) / "s.shop"
        program("generate", cls.folder, "--users", 600, "--days", 200, "--seed", 3)
        cls.shop = coterie.open(cls.folder)
        cls.record = cls.shop.run()

    def test_it_says_what_it_is(self):
        self.assertEqual((self.shop.timezone, self.shop.currency), ("Asia/Shanghai", "CNY"))
        self.assertIn("s.shop", repr(self.shop))
        self.assertEqual(self.shop.folder, self.folder)

    def test_sql_is_an_arrow_table(self):
        table = self.shop.sql("SELECT behavior, count(*) AS n, max(ts) AS last FROM events GROUP BY behavior ORDER BY n DESC")
        self.assertIsInstance(table, pyarrow.Table)
        self.assertEqual(table.to_pandas().n.sum(), polars.from_arrow(table)["n"].sum())
        self.assertTrue(pyarrow.types.is_timestamp(table.schema.field("last").type))
        one = self.shop.sql("SELECT count(*) AS n FROM events WHERE behavior = $b", {"b": "buy"}).to_pydict()["n"]
        self.assertEqual(one, [dict(zip(*table.select(["behavior", "n"]).to_pydict().values()))["buy"]])
        user = self.shop.segments.users("champions")[0]
        self.assertEqual(self.shop.sql("SELECT DISTINCT user_id FROM events", user=user).to_pydict(), {"user_id": [user]})

    def test_sql_only_reads(self):
        for statement in ("DROP TABLE events", "SELECT 1; SELECT 2", "COPY events TO 'x'", "nonsense"):
            with self.assertRaises(ValueError):
                self.shop.sql(statement)

    def test_features_are_those_of_the_run(self):
        frame = self.shop.features()
        wide = self.shop.sql("SELECT * FROM features").to_pandas().set_index("user_id")
        pandas.testing.assert_frame_equal(frame[wide.columns].sort_index(), wide.sort_index(), check_names=False)
        self.assertTrue(all(frame.dtypes == np.float64))
        self.assertEqual(frame.attrs["as_of"], self.record["as_of"])
        earlier = self.shop.features(datetime.date(2025, 11, 1))
        self.assertLess(len(earlier), len(frame))
        self.assertTrue(earlier.attrs["as_of"].startswith("2025-11-01"))

    def test_a_run_is_not_repeated(self):
        self.assertFalse(self.record["was_current"])
        again = self.shop.run()
        self.assertTrue(again["was_current"])
        self.assertEqual(again["segments"], self.record["segments"])
        self.assertEqual(self.shop.record["as_of"], self.record["as_of"])
        self.assertTrue((self.folder / "report.html").exists())

    def test_segments_are_the_programs(self):
        segments = self.shop.segments
        rule = "count(buy, 90d) >= 2 and not performed('refund')"
        made = segments.create("py", rule, note="from Python")
        self.assertEqual(made["users"], program("segments", self.folder, "preview", rule)["users"])
        self.assertEqual(segments.create("py", made["rule_json"], replace=True)["rule"], made["rule"])
        users = segments.users("py")
        self.assertEqual((len(users), users), (made["users"], sorted(users)))
        self.assertTrue(segments.why(users[0], "py")["holds"])
        self.assertEqual(segments.preview(rule, limit=3)["sample"][0]["user_id"], users[0])
        diff = segments.diff("py", datetime.date(2025, 10, 1))
        self.assertEqual(diff["after"], diff["stayed"] + diff["came"]["users"])
        listed = segments.list().set_index("name")
        self.assertEqual(listed.loc["py", "note"], "from Python")
        self.assertEqual(listed.loc["champions", "method"], "rfm")
        segments.note("py", "")
        segments.delete("py")
        self.assertNotIn("py", set(segments.list().name))

    def test_rfm_with_bins_of_ones_own(self):
        borders = [[30, 60, 90, 180], [2, 3, 5, 10], [100, 300, 1000, 3000]]
        record, segment = self.shop.segments.divide(method="rfm", bins="fixed", borders=borders)
        told = program("segments", self.folder, "divide", "--method", "rfm", "--bins", "fixed", "--borders",
                       "; ".join(",".join(map(str, one)) for one in borders))
        self.assertEqual(record, told)
        self.assertEqual(dict(segment.value_counts()), {one["name"]: one["users"] for one in record["segments"]})
        with self.assertRaises(ValueError):
            self.shop.segments.divide(method="rfm", bins="fixed")

    def test_a_division_is_kept_replaced_and_forgotten(self):
        record, segment = self.shop.segments.divide(preset="habits", min_users=1, save="habits")
        self.assertEqual(record["words"]["method"], "cross")
        self.assertEqual(dict(segment.value_counts()), {one["name"]: one["users"] for one in record["segments"]})
        self.assertEqual(segment.index.tolist(), sorted(segment.index))
        listed = self.shop.segments.list()
        self.assertEqual(set(listed.name[listed.method == "habits"]), set(segment))
        first = record["segments"][0]["name"]
        self.assertEqual(self.shop.segments.users(first), segment.index[segment == first].tolist())
        with self.assertRaisesRegex(FileExistsError, "kept already"):
            self.shop.segments.divide("feature.frequency", method="cross", save="habits")
        again, _ = self.shop.segments.divide("feature.frequency", method="cross", save="habits", replace=True)
        self.assertEqual(again["by"], ["feature.frequency"])
        self.shop.segments.delete("habits")
        self.assertFalse((self.shop.segments.list().method == "habits").any())

    def test_words_of_the_wrong_kind_are_told(self):
        divide = self.shop.segments.divide
        for error, wrong in ((TypeError, {"method": None}), (TypeError, {"outliers": 1}), (ValueError, {"seed": -1}),
                             (ValueError, {"k_max": 10**30}), (ValueError, {"k_max": 1}), (ValueError, {"min_users": 0}),
                             (ValueError, {"n_clusters": 1}), (ValueError, {"by": "trait.\udc80"}),
                             (ValueError, {"preset": "habits"}), (ValueError, {"save": "x", "as_of": "2025-06-01"})):
            with self.subTest(wrong), self.assertRaises(error):
                divide(**({"by": "feature.frequency"} | wrong))

    def test_members_are_divided_as_by_the_program(self):
        by = ["feature.recency_days", "feature.monetary", "trait.city"]
        record, segment = self.shop.segments.divide(by, outliers="trim")
        told = program("segments", self.folder, "divide", "--by", ", ".join(by), "--outliers", "trim")
        self.assertEqual(record, told)
        self.assertEqual(dict(segment.value_counts()), {one["name"]: one["users"] for one in record["segments"]})
        self.assertEqual(segment.index.name, "user_id")
        rule = record["segments"][0]["description"]["rule"]
        self.assertEqual(self.shop.segments.preview(rule)["users"], record["segments"][0]["description"]["users"])
        for bad in ({"by": "trait.nope"}, {"by": by, "method": "dbscan"}, {"by": by, "outliers": "drop"}, {"by": []}):
            with self.subTest(bad), self.assertRaises(ValueError):
                self.shop.segments.divide(**bad)

    def test_errors_are_pythons_own(self):
        cases = [(FileNotFoundError, lambda: coterie.open("/no/such/folder")),
                 (RuntimeError, lambda: coterie.open(tempfile.mkdtemp(dir=self.holder.name))),
                 (KeyError, lambda: self.shop.user("nobody")),
                 (KeyError, lambda: self.shop.segments.users("nothing")),
                 (ValueError, lambda: self.shop.segments.preview("rfm.x > 1")),
                 (ValueError, lambda: self.shop.features("yesterday")),
                 (ValueError, lambda: coterie.import_files(self.folder, __file__, kind="things"))]
        for kind, call in cases:
            with self.assertRaises(kind):
                call()
        self.shop.segments.create("once", "everyone")
        with self.assertRaises(FileExistsError):
            self.shop.segments.create("once", "everyone")

    def test_a_member(self):
        user = self.shop.segments.users("champions")[0]
        self.assertEqual(self.shop.user(user)["segments"]["rfm"], "champions")

    def test_many_threads_may_ask(self):
        answers, threads = [], []
        for _ in range(4):
            threads.append(threading.Thread(target=lambda: answers.append(len(self.shop.features()))))
            threads[-1].start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(set(answers)), 1)


class ImportTest(unittest.TestCase):
    def test_bad_rows_are_counted_and_a_file_is_taken_once(self):
        with tempfile.TemporaryDirectory() as name:
            folder, file = Path(name) / "s", Path(name) / "a.csv"
            file.write_text('who,"what, exactly",when\nu1,i1,2025-01-01\nu2,i2,never\n')
            options = {"timezone": "Asia/Shanghai", "currency": "CNY", "behaviors": {"*": "buy"},
                       "columns": {"user_id": "who", "item_id": "what, exactly", "ts": "when"}}
            counts = coterie.import_files(folder, file, **options)[0]
            self.assertEqual((counts["accepted"], counts["quarantined"]), (1, 1))
            again = coterie.open(folder).import_files([file], **options)[0]
            self.assertEqual((again["accepted"], again["duplicate"]), (0, 1))
            self.assertEqual(coterie.open(folder).sql("SELECT item_id FROM events").to_pydict(), {"item_id": ["i1"]})


class ExamplesTest(unittest.TestCase):
    def test_the_script_runs(self):
        done = subprocess.run([sys.executable, ROOT / "examples" / "segments.py"], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in ("0 quarantined", "k = ", "regulars: ", "because"):
            self.assertIn(words, done.stdout)

    def test_the_notebook_runs(self):
        cells = json.loads((ROOT / "examples" / "segments.ipynb").read_text())["cells"]
        names = {}
        for cell in cells:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)  # one namespace, as a kernel has
        self.assertGreater(names["made"]["users"], 0)


if __name__ == "__main__":
    unittest.main()

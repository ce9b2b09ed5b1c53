"""Bad input in every file format: one table of rows goes through a writer for each format, then come the faults.

What a whole file suffers from is refused with the documented exit code, a message that names the file and what to
do, and a workspace that stays as it was; what a row suffers from puts that row aside, in every format alike. No
message holds a person's data: every person here is called `zhang`.
"""

import datetime
import decimal
import gzip
import json
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import pyarrow

import shop
from formats import (COLUMNS, FORMATS, GOOD, TABLES, TIME, delimited, number, parquet_of, sheet, workbook, written,
                     zip_of, zstd)
from shop import NEW

DAMAGED = "get the file again"

ROWS = [  # a row and the rule that puts it aside; None when it is accepted
    (GOOD[0], None),
    (GOOD[1], None),
    (["zhang3", "i1", "buy", TIME, "two", "1"], "number"),
    (["zhang4", "i1", "buy", TIME, "1e400", "1"], "number"),
    (["zhang5", "i1", "buy", TIME, "true", "1"], "number"),
    (["zhang6", "i1", "buy", TIME, "0", "1"], "quantity"),
    (["zhang7", "i1", "buy", "yesterday", "1", "1"], "time"),
    (["zhang8", "i1", "buy", None, "1", "1"], "time"),
    (["zhang9", "i1", "buy", "9999-12-31", "1", "1"], "time_range"),
    (["zhang10", "i1", "buy", "1960-01-01", "1", "1"], "time_range"),
    ([None, "i1", "buy", TIME, "1", "1"], "missing_id"),
    (["NULL", "i1", "buy", TIME, "1", "1"], "damaged_id"),
    (['{"name":"zhang"}', "i1", "buy", TIME, "1", "1"], "damaged_id"),
    (["zhang" * 60, "i1", "buy", TIME, "1", "1"], "id_too_long"),
    (["zhang\0", "i1", "buy", TIME, "1", "1"], "unreadable"),
    (["zhang" * 400_000, "i1", "buy", TIME, "1", "1"], "unreadable"),
    (["zhang11", "i1", None, TIME, "1", "1"], "behavior"),
    (GOOD[0], "duplicate"),
]


class BadFormats(shop.ShopTest):
    """One workspace with something in it, into which bad files are offered: it stays as it is."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="coterie-e2e-")
        cls.addClassCleanup(folder.cleanup)
        cls.made = Path(folder.name) / "made.shop"
        cls.good = Path(folder.name) / "good.csv"
        cls.good.write_bytes(delimited(COLUMNS, GOOD))
        shop.run("import", cls.made, cls.good, *NEW, "--json", "--quiet").json()
        cls.digest = shop.Shop(cls.made).digest()

    def tearDown(self):
        self.assertEqual(shop.Shop(self.made).digest(), self.digest, "a refused file changed the workspace")
        self.assertEqual(shop.Shop(self.made).leftovers(), [])
        super().tearDown()

    def refuse(self, code, file, *options, says=(), stdin=None):
        """One process; the message is in English and holds nobody's name."""
        file = file if isinstance(file, (str, Path)) else self.write(*file)
        answer = shop.run("import", self.made, file, *options, "--json", stdin=stdin)
        self.assertEqual(answer.exit_code, shop.EXIT_CODES[code], f"{file} {options}: {answer.stderr}")
        error = answer.json()["error"]
        self.assertEqual(error["code"], code)
        for part in says:
            self.assertIn(part, error["message"], f"{file} {options}")
        for leaked in ("zhang", "std::", "what():", "terminate", "Segmentation", "INTERNAL"):
            self.assertNotIn(leaked, answer.stderr + answer.stdout, f"{file} {options}")

    def take(self, file, *options, stdin=None):
        """Into a workspace of its own: the workspace and the counts."""
        file = file if isinstance(file, (str, Path)) else self.write(*file)
        made = shop.Shop(self.folder / f"{time.monotonic_ns()}.shop")
        counts = self.ok("import", made.folder, file, *NEW, *options, stdin=stdin)
        self.assert_balanced(counts)
        self.assertEqual((made.rows("events"), made.rows("quarantine")),
                         (counts["accepted"], counts["quarantined"]))
        return made, counts

    def faults(self, made):
        return dict(made.sql("SELECT line, rule FROM quarantine")) if made.files("quarantine") else {}


class EveryFormat(BadFormats):
    def test_the_same_rows_are_taken_and_put_aside(self):
        events = {}
        for name, (_, _, first_line) in FORMATS.items():
            with self.subTest(format=name):
                made, counts = self.take((f"rows.{name}", written(name, rows=[row for row, _ in ROWS])))
                expected = {line: rule for line, (_, rule) in enumerate(ROWS, first_line)
                            if rule not in (None, "duplicate")}
                self.assertEqual(self.faults(made), expected)
                self.assertEqual((counts["received"], counts["accepted"], counts["duplicate"]), (len(ROWS), 2, 1))
                events[name] = made.sql("SELECT event_id, user_id, ts, quantity, unit_price FROM events ORDER BY ALL")
                longest, reasons = made.sql("SELECT max(length(raw)), string_agg(reason) FROM quarantine")[0]
                self.assertLessEqual(longest, 64 << 10)
                self.assertNotIn("zhang", reasons)
        self.assertEqual([name for name in events if events[name] != events["csv"]], [])

    def test_the_name_is_not_trusted(self):
        folder = self.folder / "mixed"
        folder.mkdir()
        for i, name in enumerate(FORMATS):
            (folder / f"{i}.{list(FORMATS)[i - 1]}").write_bytes(written(name))
        (folder / "notes.txt").write_text("zhang called\n")
        (folder / "empty.parquet").write_bytes(b"")
        answer = shop.run("import", self.folder / "mixed.shop", folder, *NEW, "--json", "--quiet")
        self.assertEqual(answer.exit_code, shop.EXIT_CODES["invalid_argument"])
        counts = answer.json()
        self.assertEqual((counts["accepted"], counts["duplicate"]), (2, 2 * len(FORMATS) - 2))
        self.assertEqual([one["file"] for one in counts["unread"]], ["empty.parquet", "notes.txt"])
        self.assertNotIn("zhang", answer.stdout + answer.stderr)

    def test_no_bytes_no_rows_or_no_such_column(self):
        names = [name if name != "timestamp" else "when" for name in COLUMNS]
        for name in FORMATS:
            with self.subTest(format=name):
                self.refuse("invalid_argument", (f"e.{name}", b""), says=[f"e.{name}", "is empty", "name the columns"])
                empty = "no JSON object" if name == "json" else "is empty" if name == "jsonl" else "rows"
                self.refuse("invalid_argument", (f"n.{name}", written(name, rows=[])), says=[f"n.{name}", empty])
                self.refuse("invalid_argument", (f"m.{name}", written(name, names)),
                            says=[f"m.{name}, line 1", "--map", "user_id, item_id, behavior_type, when"])

    def test_cut_off_anywhere(self):
        rows = [[f"zhang{i}", f"i{i % 7}", "view", TIME, str(i), "1.5"] for i in range(300)]
        for name in FORMATS:
            whole = written(name, rows=rows)
            for share in (0.1, 0.7, 0.99):
                with self.subTest(format=name, share=share):
                    cut = (f"cut.{name}", whole[:int(len(whole) * share)])
                    if name not in ("csv", "jsonl"):
                        self.refuse("data_loss", cut, says=[f"cut.{name}", DAMAGED])
                    elif share == 0.7:  # of text, what is whole is taken
                        made, counts = self.take(cut)
                        self.assertEqual(counts["received"], counts["accepted"] + len(self.faults(made)))
                        self.assertLessEqual(counts["quarantined"], 1)

    def test_a_flipped_byte(self):
        rows = [[f"zhang{i * 7919}", f"i{i % 7}", "view", TIME, str(i), "1.5"] for i in range(300)]
        for name in ("csv.gz", "csv.zip", "xlsx"):  # what has checksums
            data = bytearray(written(name, rows=rows))
            data[len(data) // 2] ^= 0x10
            self.refuse("data_loss", (f"flip.{name}", bytes(data)), says=[f"flip.{name}", DAMAGED])
        data = bytearray(written("parquet", rows=rows))
        data[4:24] = b"\xff" * 20  # a page's header
        self.refuse("data_loss", ("flip.parquet", bytes(data)), says=["flip.parquet", DAMAGED])

    def test_bytes_that_are_no_utf8(self):
        rows = [GOOD[0], ["zhang-cafe-zhang", "i1", "view", TIME, None, None], GOOD[1]]
        for name in ("csv", "csv.gz", "jsonl", "json"):
            writer, container, first_line = FORMATS[name]
            text = writer(COLUMNS, rows).replace(b"cafe", b"caf\xe9")
            made, _ = self.take((f"u.{name}", container(text)))
            self.assertEqual(self.faults(made), {first_line + 1: "unreadable"}, name)
        content = sheet([COLUMNS, *rows]).encode().replace(b"cafe", b"caf\xe9")
        self.refuse("data_loss", ("u.xlsx", workbook([("S", "visible", content)])), says=["u.xlsx", "sheet1.xml"])
        table = pyarrow.table({name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)})
        data = parquet_of(table, compression="none", use_dictionary=False, write_statistics=False)
        self.refuse("data_loss", ("u.parquet", data.replace(b"cafe", b"caf\xe9")), says=["u.parquet", "UTF-8"])

    def test_names_that_are_equal_or_differ_in_case(self):
        rows = [["zhang1", "i1", "buy", TIME, "7", "2"]]
        for name in TABLES:
            with self.subTest(format=name):
                twice = written(name, [*COLUMNS[:4], "quantity", "quantity"], rows)
                if "json" not in name:
                    self.refuse("invalid_argument", (f"t.{name}", twice), says=["two columns are called 'quantity'"])
                made, _ = self.take((f"c.{name}", written(name, [*COLUMNS[:4], "Quantity", "quantity"], rows)))
                self.assertEqual(made.sql("SELECT quantity FROM events"), [(2,)])

    def test_standard_input(self):
        for name in FORMATS:
            with open(self.write(f"in.{name}", written(name)), "rb") as stdin:
                if name in ("xlsx", "parquet", "csv.zip"):
                    self.refuse("invalid_argument", "-", says=["stdin", "give it as a file"], stdin=stdin)
                elif name in ("csv.gz", "csv.zst", "json"):
                    self.assertEqual(self.take("-", stdin=stdin)[1]["accepted"], 2)


class Workbooks(BadFormats):
    def test_formulas_errors_dates_and_merged_cells(self):
        def formula(saved="", kind=""):
            return f'<c r="REF"{kind}><f>A1+1</f>{saved}</c>'
        rows = [
            ["zhang1", "i1", "buy", number("45658.5", 1), formula("<v>3</v>")],
            ["zhang2", "i1", "buy", number("45658.5", 1), formula()],
            [formula("<v>zhang3</v>", ' t="str"'), "i1", "buy", number("45658.5", 1), number("1")],
            ['<c r="REF" t="e"><v>#REF!</v></c>', "i1", "buy", number("45658.5", 1), number("1")],
            ["zhang5", "i1", "buy", '<c r="REF" t="e"><v>#DIV/0!</v></c>', number("1")],
            ["zhang6", "i1", "buy", number("60", 1), number("1")],  # the day that Excel invents
            ["zhang7", "i1", "buy", number("2958465", 1), number("1")],
            ["zhang8", "i1", "buy", number("45658.5"), number("1")],
            [None, "i1", "buy", number("45658.5", 1), number("1")],  # of a merged cell, the second
            ["zhang10", "i1", "buy", number("45658.5", 1), number("1"), "beyond"],
        ]
        content = sheet([COLUMNS[:5], *rows], '<mergeCells count="1"><mergeCell ref="A9:A10"/></mergeCells>')
        made, counts = self.take(("f.xlsx", workbook([("S", "visible", content)])))
        self.assertEqual(self.faults(made), {5: "missing_id", 6: "time", 7: "time", 8: "time_range", 9: "time",
                                             10: "missing_id", 11: "unreadable"})
        self.assertEqual(made.sql("SELECT user_id, quantity, ts::VARCHAR FROM events ORDER BY ALL"),
                         [("zhang1", 3, "2025-01-01 04:00:00"), ("zhang2", 1, "2025-01-01 04:00:00"),
                          ("zhang3", 1, "2025-01-01 04:00:00")])
        since_1904 = sheet([COLUMNS[:5], ["zhang1", "i1", "buy", number("44196.5", 1), number("3")]])
        made, _ = self.take(("m.xlsx", workbook([("S", "visible", since_1904)], '<workbookPr date1904="1"/>')))
        self.assertEqual(made.sql("SELECT ts::VARCHAR FROM events"), [("2025-01-01 04:00:00",)])

    def test_sheets(self):
        orders = sheet([COLUMNS, *GOOD])
        _, counts = self.take(("s.xlsx", workbook([("Empty", "visible", sheet([])), ("Old", "hidden", orders),
                                                   ("Orders", "visible", orders), ("Notes", "visible", orders)])))
        self.assertEqual(counts["files"][0]["format"], "xlsx (sheet Orders; not read: Notes)")
        hidden = self.write("h.xlsx", workbook([("Old", "hidden", orders)]))
        self.refuse("invalid_argument", hidden, says=["h.xlsx", "no visible sheet", "--sheet"])
        self.refuse("not_found", hidden, "--sheet", "New", says=["h.xlsx", "no sheet New; it has Old"])
        titled = workbook([("S", "visible", sheet([["Orders of January"], COLUMNS, *GOOD]))])
        self.refuse("invalid_argument", ("t.xlsx", titled), says=["sheet S, row 1", "only one column", "title"])

    def test_what_is_no_workbook(self):
        ole = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + bytes(600)
        self.refuse("invalid_argument", ("old.xlsx", ole), says=["old.xlsx", "password", "save it as .xlsx"])
        for name, parts in (("xlsb", ["xl/workbook.bin"]), ("ods", ["content.xml", "mimetype"]),
                            ("docx", ["word/document.xml"])):
            self.refuse("invalid_argument", (f"a.{name}", zip_of(dict.fromkeys([*parts, "x"], b"x"))),
                        says=[f"a.{name}", f".{name}", "save it"])
        for broken in ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><worksheet>&a;</worksheet>',
                       "<worksheet>" + "<a>" * 100_000, sheet([COLUMNS, [number("1", 1)] * 3]).replace("B2", "A2")):
            self.refuse("data_loss", ("b.xlsx", workbook([("S", "visible", broken)])),
                        says=["b.xlsx, xl/works", "damaged"])


class ParquetFiles(BadFormats):
    BASE = {"user_id": ["zhang1", "zhang2"], "item_id": ["i1", "i1"], "behavior_type": ["buy", "buy"],
            "timestamp": [TIME, TIME]}

    def table(self, **columns):
        return parquet_of(pyarrow.table({**self.BASE, **columns}))

    def test_nested_types(self):
        nested = {"l": [[1, 2], None], "s": [{"a": {"b": 1}}, None],
                  "m": pyarrow.array([[("k", 1)], []], pyarrow.map_(pyarrow.string(), pyarrow.int64()))}
        made, counts = self.take(("n.parquet", self.table(**nested)), "--map", "item.size=s")
        self.assertEqual(counts["accepted"], 2)
        self.assertIn("columns not read: l, m", " ".join(counts["files"][0]["warnings"]))
        self.assertEqual(made.sql("SELECT value FROM items"), [('{"a":{"b":1}}',)])
        made, _ = self.take(("q.parquet", self.table(quantity=[[1], [2]])))
        self.assertEqual(self.faults(made), {1: "number", 2: "number"})
        made, _ = self.take(("i.parquet", self.table(user_id=[{"a": "zhang"}, {"a": "zhang"}])))
        self.assertEqual(self.faults(made), {1: "damaged_id", 2: "damaged_id"})

    def test_ten_thousand_columns(self):
        file = self.write("wide.parquet", self.table(**{f"c{i}": [i, i] for i in range(10_000)}))
        began = time.monotonic()
        _, counts = self.take(file, "--memory", "256MB")
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(counts["accepted"], 2)
        self.assertIn("and 9960 more", counts["files"][0]["warnings"][0])
        self.refuse("invalid_argument", file, "--map", "user_id=customer", says=["no column 'customer'", "more"])

    def test_times_of_every_kind_are_one_instant(self):
        at = datetime.datetime(2025, 1, 1, 10)
        kinds = [pyarrow.array([at, at], pyarrow.timestamp(unit)) for unit in ("s", "ms", "us", "ns")]
        utc = datetime.datetime(2025, 1, 1, 2, tzinfo=datetime.timezone.utc)
        kinds.append(pyarrow.array([utc, utc], pyarrow.timestamp("us", "America/New_York")))
        files = [self.table(timestamp=kind) for kind in kinds]
        files.append(parquet_of(pyarrow.table({**self.BASE, "timestamp": kinds[3]}),
                                use_deprecated_int96_timestamps=True))
        folder = self.folder / "times"
        folder.mkdir()
        for i, data in enumerate(files):
            (folder / f"{i}.parquet").write_bytes(data)
        made, counts = self.take(folder)
        self.assertEqual(made.sql("SELECT ts::VARCHAR FROM events"), [("2025-01-01 02:00:00",)] * 2)
        self.assertEqual(counts["duplicate"], 10)

    def test_numbers_are_exact_or_refused(self):
        made, _ = self.take(("d.parquet", self.table(
            user_id=pyarrow.array([2**64 - 1, 5], pyarrow.uint64()),
            item_id=pyarrow.array(["a", "b"]).dictionary_encode(),
            quantity=pyarrow.array([decimal.Decimal("1.50"), decimal.Decimal(10)**30], pyarrow.decimal128(38, 2)),
            unit_price=[float("nan"), -0.0])))
        self.assertEqual(made.sql("SELECT user_id, quantity, unit_price FROM events"),
                         [("18446744073709551615", decimal.Decimal("1.5"), None)])
        self.assertEqual(self.faults(made), {2: "number"})
        wide = pyarrow.array([decimal.Decimal(1), decimal.Decimal(2)], pyarrow.decimal256(70, 2))
        self.refuse("invalid_argument", ("w.parquet", self.table(quantity=wide)),
                    says=["w.parquet", "column quantity", "38 digits", "as text"])

    def test_what_is_no_parquet_file(self):
        for data in (b"PAR1", b"PAR1" + bytes(20) + b"PAR1", b"PAR1" + bytes(8) + b"\xff\xff\xff\x7fPAR1"):
            self.refuse("data_loss", ("b.parquet", data), says=["b.parquet: damaged Parquet file", DAMAGED])
        self.refuse("invalid_argument", ("e.parquet", b"PARE" + bytes(20) + b"PARE"), says=["encrypted"])


class JsonFiles(BadFormats):
    GOOD = json.dumps(dict(zip(COLUMNS, GOOD[0])))

    def test_deep_records(self):
        for levels in (500, 100_000):
            records = [self.GOOD, '{"user_id":"zhang","x":' + "[" * levels + "]" * levels + "}",
                       '{"a":' * levels + "1" + "}" * levels, self.GOOD]
            made, counts = self.take(("d.jsonl", "\n".join(records)))
            self.assertEqual(self.faults(made), {2: "unreadable", 3: "unreadable"})
            self.assertIn("128 levels", made.sql("SELECT reason FROM quarantine LIMIT 1")[0][0])
            made, _ = self.take(("d.json", "[" + ",\n".join(records) + "]"))
            self.assertEqual(self.faults(made), {2: "unreadable", 3: "unreadable"})
            self.refuse("invalid_argument", ("o.jsonl", records[1]), says=["o.jsonl", "more than 128 levels deep"])
            self.refuse("invalid_argument", ("b.json", "[" * levels), says=["b.json", "no JSON object"])

    def test_values(self):
        def with_quantity(value):
            return self.GOOD.replace('"quantity": "2"', f'"quantity": {value}')
        values = ["null", "1e3", "0.10", "-0", "1e400", "NaN", "12345678901234567890123", '{"a":1}', "[1]", "true", ""]
        made, _ = self.take(("v.jsonl", "\n".join(map(with_quantity, values))))
        self.assertEqual(self.faults(made), {4: "quantity", 5: "number", 6: "unreadable", 7: "number", 8: "number",
                                             9: "number", 10: "number", 11: "unreadable"})
        made, _ = self.take(("k.jsonl", self.GOOD.replace("{", '{"user_id": "first", ', 1)))
        self.assertEqual(made.sql("SELECT user_id FROM events"), [("zhang1",)])  # the last of equal keys

    def test_what_is_no_json(self):
        self.refuse("data_loss", ("a.json", f"[{self.GOOD},\n"), says=["a.json", "no ]", DAMAGED])
        self.refuse("invalid_argument", ("q.jsonl", self.GOOD.replace('"', "'")), says=["q.jsonl", "double quotes"])
        self.refuse("invalid_argument", ("w.json", f'{{"data":[{self.GOOD}]}}'), says=["w.json", "columns are: data"])
        self.refuse("invalid_argument", ("l.json", '[["user_id"],["zhang"]]'), says=["l.json", "JSON"])
        self.refuse("invalid_argument", ("u.json", self.GOOD.encode("utf-16")), says=["u.json", "UTF-16"])


class Containers(BadFormats):
    def peak_bytes(self, *arguments):
        """Runs a command that must end by itself; the peak of its memory, its exit code and its answer."""
        process = subprocess.Popen(shop.command(*arguments, "--json", "--quiet"), stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, env=shop.environment())
        peak = 0
        while process.poll() is None:
            for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    peak = max(peak, int(line.split()[1]) << 10)
            time.sleep(0.005)
        return peak, process.returncode, json.loads(process.communicate()[0])

    def test_bombs_take_no_memory(self):
        zeros = gzip.compress(bytes(1 << 20), 9) * 200
        spaces = sheet([COLUMNS, *GOOD]).replace("</row>", "</row>" + " " * 20_000_000, 1)
        files = {"z.csv.gz": gzip.compress(delimited(COLUMNS, GOOD)) + zeros,
                 "l.csv.gz": gzip.compress(delimited(COLUMNS, GOOD)) + gzip.compress(b"\n" * (20 << 20)),
                 "s.xlsx": workbook([("S", "visible", spaces)])}
        for name, data in files.items():
            peak, code, counts = self.peak_bytes("import", self.folder / f"{name}.shop", self.write(name, data), *NEW,
                                                 "--memory", "256MB")
            self.assertEqual((code, counts["accepted"]), (0, 2), name)
            self.assertLess(peak, 256 << 20, name)
        for head in (b"", b'{"', b"[["):
            file = self.write("h.gz", gzip.compress(head) + zeros)
            peak, code, _ = self.peak_bytes("import", self.made, file)
            self.assertEqual(code, shop.EXIT_CODES["invalid_argument"], head)
            self.assertLess(peak, 256 << 20, head)

    def test_members_and_what_follows_them(self):
        text = delimited(COLUMNS, GOOD)
        for name, pack in (("gz", gzip.compress), ("zst", zstd)):
            self.assertEqual(self.take((f"m.{name}", pack(text[:70]) + pack(text[70:])))[1]["accepted"], 2)
            self.refuse("data_loss", (f"t.{name}", pack(text) + b"garbage"), says=[f"t.{name}", DAMAGED])
            self.refuse("invalid_argument", (f"e.{name}", pack(b"")), says=[f"e.{name}", "is empty"])
            for inner, what in ((pack(text), "compressed"), (written("parquet"), "Parquet"),
                                (written("xlsx"), "archive")):
                self.refuse("invalid_argument", (f"i.{name}", pack(inner)), says=[f"i.{name}", what, "decompress it"])

    def test_archives(self):
        text = delimited(COLUMNS, GOOD)
        outside = Path("/tmp/coterie-outside.csv")
        _, counts = self.take(("p.zip", zip_of({"../../../../.." + str(outside): text})))
        self.assertEqual((counts["accepted"], outside.exists()), (2, False))
        self.refuse("invalid_argument", ("2.zip", zip_of({"a.csv": text, "b.csv": text})),
                    says=["2.zip", "2 files (a.csv, b.csv)", "unpack it"])
        self.refuse("invalid_argument", ("0.zip", zip_of({})), says=["0.zip", "empty"])
        locked = bytearray(zip_of({"a.csv": text}))
        locked[6] |= 1
        locked[locked.find(b"PK\x01\x02") + 8] |= 1
        self.refuse("invalid_argument", ("l.zip", bytes(locked)), says=["l.zip", "password"])

    def test_other_formats_are_named(self):
        for magic, what in ((b"ARROW1\0\0", "Arrow"), (b"ORC", "ORC"), (b"Obj\x01", "Avro"), (b"BZh9", "bzip2"),
                            (b"\x89PNG\r\n", "picture"), (b"%PDF-1.4", "PDF"), (b"SQLite format 3\0", "SQLite")):
            self.refuse("invalid_argument", ("x.csv", magic + bytes(200)), says=["x.csv", what])


class WhatIsAskedFor(BadFormats):
    def test_mappings(self):
        good = self.good
        for options, code, says in (
                (["--map", "ts=timestamp,ts=quantity"], "invalid_argument", ["--map: ts is given twice"]),
                (["--map", "item.x=quantity,item.x=unit_price"], "invalid_argument", ["item.x is given twice"]),
                (["--map", "user_id=customer"], "invalid_argument",
                 ["good.csv, line 1", "no column 'customer' for user_id", "its columns are: user_id, item_id"]),
                (["--map", "userid=user_id"], "invalid_argument", ["'userid'", "did you mean user_id?"]),
                (["--map", "user_id="], "invalid_argument", ["--map", "empty"]),
                (["--map", "=user_id"], "invalid_argument", ["--map", "empty"]),
                (["--map", "user_id"], "invalid_argument", ["--map", "no '='"]),
                (["--map", 'user_id="user_id'], "invalid_argument", ["--map", "quote is not closed"]),
                (["--behavior", "buy=view,buy=cart"], "invalid_argument", ["--behavior: buy is given twice"]),
                (["--behavior", "buy=purchased"], "invalid_argument", ["--behavior", "'purchased' is no behavior"]),
                (["--preset", "online-retail", "--kind", "users"], "invalid_argument",
                 ["good.csv", "online-retail", "users"]),
                (["--kind", "links", "--ts", "2025-01-01"], "invalid_argument", ["other_user_id"]),
                (["--preset", "nope"], "not_found", ["'nope'", "online-retail"]),
                (["--preset", "coterie:nope"], "not_found", ["no table 'nope'", "events"])):
            self.refuse(code, good, *options, says=says)
        made, _ = self.take(good, "--map", "user_id=user_id,session_id=user_id")  # one column, two of our names
        self.assertEqual(made.sql("SELECT DISTINCT user_id = session_id FROM events"), [(True,)])
        answer = shop.run("import", "--describe", good, good, "--json")
        self.assertEqual(answer.exit_code, 2, "one file is described")

    def test_two_presets_that_both_fit(self):
        header = "visitorid,event,itemid,transactionid,SessionId,ItemId,Time,timestamp"
        file = self.write("two.csv", f"{header}\nzhang,view,1,,2,3,2025-01-01,1735700000000\n")
        self.refuse("invalid_argument", file,
                    says=["two.csv", "retailrocket and yoochoose both fit", "choose with --preset"])
        self.assertEqual(self.take(file, "--preset", "retailrocket")[1]["received"], 1)

    def test_presets_that_are_wrong(self):
        head = 'name = "till"\n'
        columns = '[columns]\nuser_id = ["user_id"]\nts = ["timestamp"]\nbehavior = ["behavior_type"]\n'
        table = '[[table]]\nname = "a"\n' + columns.replace("[columns]", "[table.columns]")
        for text, says in (
                ("", ["line 1", "name is missing"]),
                (head + 'colour = "red"\n' + columns, ["line 2", "colour is not a key here"]),
                (head + columns + 'foo = ["x"]\n', ["line 6", "foo is none of the columns"]),
                (head + "repeats = 3\n" + columns, ["line 2", "repeats must be a text"]),
                (head + 'kind = "orders"\n' + columns, ["line 2", "kind must be"]),
                (head + 'timezone = "Mars"\n' + columns, ["line 2", "timezone", "Asia/Shanghai"]),
                (head + columns.replace('["user_id"]', "3"), ["line 3", "user_id must be a list of texts"]),
                (head + columns + 'user_id = ["x"]\n', ["line 6", "user_id"]),
                (head + columns + table, ["columns is not a key here"]),
                (head + table + table, ["name is that of an earlier table"]),
                (head + columns + '[not_product]\npatterns = ["("]\n', ["not a regular expression"]),
                (head + "[columns\n", ["line 2", "expected ']'"]),
                (head + columns + "x = " + "[" * 5000, ["line 6", "depth"]),
                (head + columns + "#" * (1 << 20), ["at most 1048576"]),
                (head + columns + "\0", ["line 6"])):
            file = self.write("p.toml", text)
            self.refuse("invalid_argument", self.good, "--preset", file, says=["p.toml", *says])
        self.write("p.toml", head + columns + "#" * 1_000_000)
        self.assertEqual(self.take(self.good, "--preset", self.folder / "p.toml")[1]["accepted"], 2)


if __name__ == "__main__":
    unittest.main()

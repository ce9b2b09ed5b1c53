"""Bad input is a clear error or a quarantine entry: nothing lost, no half state, the documented exit code.

Files that cannot be read as a whole are refused with their name and what to do; rows that cannot be read are
kept aside with file, line, rule and raw text.
"""

import gzip
import random
import shutil
import unittest

import shop
from shop import GOOD, HEADER, NEW


def purchases(users, items, days, seed=1):
    """A four-column file of visits and purchases."""
    numbers = random.Random(seed)
    rows = [f"{user},{item},{numbers.choice(['view', 'buy', 'cart'])},"
            f"2025-{1 + day // 28:02}-{1 + day % 28:02} "
            f"{numbers.randrange(24):02}:{numbers.randrange(60):02}:00\n"
            for day in range(days) for user in users for item in items]
    return HEADER + "".join(rows)


class WholeFiles(shop.ShopTest):
    """Files that are refused: into a new shop and into one that holds something."""

    def setUp(self):
        super().setUp()
        self.made = self.folder / "made.shop"
        self.ok("import", self.made, self.write("good.csv", GOOD), *NEW)
        self.digest = shop.Shop(self.made).digest()

    def assert_refused(self, code, file, *options, says=()):
        message = self.refused(code, "import", self.made, file, *options, says=says)
        self.assertEqual(shop.Shop(self.made).digest(), self.digest, "a refused file changed the workspace")
        self.assertEqual(shop.Shop(self.made).leftovers(), [])
        new = self.folder / "new.shop"
        self.assertEqual(self.refused(code, "import", new, file, *NEW, *options, says=says), message)
        if new.exists():  # an empty workspace at most, which the next import makes its own
            self.assertEqual(shop.Shop(new).digest(), dict.fromkeys(shop.Shop.TABLES, (0, 0, 0)))
            self.assertEqual(shop.Shop(new).leftovers(), [])
        good = self.folder / "good.csv"
        answer = self.ok("import", new, good, "--timezone", "Europe/London", "--currency", "GBP")
        self.assertEqual(answer["accepted"], 2)
        self.assertIn("Europe/London", (new / "coterie.toml").read_text())
        shutil.rmtree(new)

    def test_empty_file(self):
        self.assert_refused("invalid_argument", self.write("empty.csv", ""),
                            says=["empty.csv", "name the columns"])

    def test_header_only(self):
        self.assert_refused("invalid_argument", self.write("head.csv", HEADER), says=["head.csv", "no rows"])

    def test_wrong_delimiter(self):
        file = self.write("caret.csv", GOOD.replace(",", "^"))
        self.assert_refused("invalid_argument", file, says=["caret.csv", "line 1", "--delimiter"])
        answer = self.ok("import", self.folder / "caret.shop", file, *NEW, "--delimiter", "^")
        self.assertEqual(answer["accepted"], 2)
        self.assert_refused("invalid_argument", self.folder / "good.csv", "--delimiter", ";",
                            says=["good.csv", "line 1", "--delimiter"])

    def test_missing_column(self):
        file = self.write("short.csv", "user_id,item_id,behavior_type\nu1,i1,view\n")
        self.assert_refused("invalid_argument", file, says=["short.csv", "line 1", "--map", "behavior_type"])
        self.assert_refused("invalid_argument", file, "--preset", "coterie",
                            says=["short.csv", "line 1", "(ts)", "--map ts=COLUMN"])

    def test_no_header_line(self):
        file = self.write("raw.csv", "123,i1,view,1511544070\n124,i2,buy,1511544071\n")
        message = self.refused("invalid_argument", "import", self.folder / "n.shop", file, *NEW,
                               says=["raw.csv", "line 1", "seems to hold data"])
        self.assertNotIn("123", message)  # never a person's data

    def test_truncated_gzip(self):
        whole = gzip.compress(purchases([f"u{i}" for i in range(300)], ["a", "b"], 60).encode())
        for share in (0.3, 0.999):
            file = self.write("cut.csv.gz", whole[:int(len(whole) * share)])
            self.assert_refused("data_loss", file, says=["cut.csv.gz", "damaged gzip", "ends before"])

    def test_damaged_gzip(self):
        whole = bytearray(gzip.compress(purchases([f"u{i}" for i in range(300)], ["a", "b"], 60).encode()))
        for place in (len(whole) // 2, len(whole) - 6):  # the data; the checksum at the end
            damaged = bytearray(whole)
            damaged[place] ^= 0x10
            file = self.write("flip.csv.gz", bytes(damaged))
            self.assert_refused("data_loss", file, says=["flip.csv.gz", "damaged gzip", "get the file again"])
        self.assert_refused("data_loss", self.write("no.csv.gz", bytes(range(256))), says=["no.csv.gz"])

    def test_other_formats(self):
        for name, magic in (("a.xlsx", b"PK\x03\x04rest"), ("a.parquet", b"PAR1rest"),
                            ("a.csv.zst", b"\x28\xB5\x2F\xFDrest")):
            self.assert_refused("data_loss", self.write(name, magic), says=[name])
        self.assert_refused("invalid_argument", self.write("a.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1rest"),
                            says=["a.xls", "xlsx"])

    def test_no_such_file_and_folders(self):
        self.assert_refused("not_found", self.folder / "absent.csv", says=["absent.csv"])
        (self.folder / "files").mkdir()
        self.assert_refused("not_found", self.folder / "files", says=["files", "holds no files"])

    def test_the_files_before_a_bad_one_are_kept(self):
        more = self.write("more.csv", HEADER + "u3,i3,view,2025-01-03\n")
        self.refused("invalid_argument", "import", self.made, more, self.write("empty.csv", ""),
                     says=["1 of 2 files are imported", "empty.csv"])
        self.assertEqual(shop.Shop(self.made).rows("events"), 3)


class Rows(shop.ShopTest):
    """Rows that cannot be taken, among rows that can."""

    def import_rows(self, text, *options):
        made = self.folder / "made.shop"
        counts = self.ok("import", made, self.write("rows.csv", text), *NEW, *options)
        self.assert_balanced(counts)
        self.assertEqual(shop.Shop(made).rows("events"), counts["accepted"])
        self.assertEqual(shop.Shop(made).rows("quarantine"), counts["quarantined"])
        return made, counts

    def shown(self, made, *options):
        return self.ok("quarantine", made, "show", *options)["rows"]

    def assert_kept_aside(self, bad, rule, raw, where=2):
        """`bad` stands between good rows; only it is quarantined, with its place and text."""
        bad = bad if isinstance(bad, bytes) else bad.encode()
        made, counts = self.import_rows(HEADER.encode() + bad + b"\nu2,i2,view,2025-01-01\n")
        self.assertEqual((counts["received"], counts["accepted"], counts["quarantined"]), (2, 1, 1))
        self.assertEqual(counts["quarantined_by_rule"], {rule: 1})
        (row,) = self.shown(made)
        self.assertEqual((row["source"], row["line"], row["rule"]), ("rows.csv", where, rule))
        self.assertEqual(row["byte_offset"], len(HEADER))
        self.assertTrue(row["raw"].startswith(raw), row["raw"][:100])
        self.assertGreater(len(row["reason"]), 5)
        table = shop.run("quarantine", made, "show").stdout
        for part in ("rows.csv", str(where), rule, raw[:100]):
            self.assertIn(part, table)
        return row

    def test_mixed_types(self):
        header = "user_id,item_id,behavior_type,timestamp,quantity,unit_price\n"
        made, counts = self.import_rows(
            header +
            "u1,i1,buy,2025-01-01,2,9.99\nu2,i1,buy,2025-01-01,two,9.99\nu3,i1,buy,2025-01-01,1,free\n"
            "u4,i1,buy,yesterday,1,1\nu5,i1,buy,1735700000,1,1\nu6,i1,buy,2025-01-01T10:00:00+08:00,1,1\n"
            "u7,i1,buy,2025-01-01,1,1.23456\nu8,i1,buy,2025-01-01,1,-1\nu9,i1,buy,2025-01-01,0,1\n"
            ",i1,buy,2025-01-01,1,1\nu10,i1,,2025-01-01,1,1\nu11,i1\n")
        self.assertEqual(counts["accepted"], 3)
        self.assertEqual(counts["quarantined_by_rule"], {"number": 3, "time": 1, "price": 1, "quantity": 1,
                                                         "missing_id": 1, "behavior": 1, "unreadable": 1})
        by_line = {row["line"]: row for row in self.shown(made)}
        self.assertEqual({line: row["rule"] for line, row in by_line.items()},
                         {3: "number", 4: "number", 5: "time", 8: "number", 9: "price", 10: "quantity",
                          11: "missing_id", 12: "behavior", 13: "unreadable"})
        self.assertEqual([by_line[line]["column"] for line in (3, 4, 5)], ["quantity", "unit_price", "ts"])
        self.assertEqual(by_line[3]["raw"], "u2,i1,buy,2025-01-01,two,9.99")
        self.assertEqual(len(self.shown(made, "--rule", "number")), 3)
        self.assertEqual(len(self.shown(made, "--limit", 2)), 2)
        self.assertEqual(self.ok("quarantine", made, "list")["rows"], 9)

    def test_nul_bytes(self):
        self.assert_kept_aside(b"u1,i\x001,view,2025-01-01", "unreadable", "u1,i\\x001,view")

    def test_invalid_utf8(self):
        self.assert_kept_aside("u1,caf\u00e9,view,2025-01-01".encode("latin-1"), "unreadable",
                               "u1,caf\\xE9,view")

    def test_a_line_of_ten_megabytes(self):
        row = self.assert_kept_aside("u1," + "x" * 10_000_000 + ",view,2025-01-01", "unreadable", "u1,xxx")
        self.assertLess(len(row["raw"]), 100_000)

    def test_an_id_too_long(self):
        self.assert_kept_aside(f"{'u' * 257},i1,view,2025-01-01", "id_too_long", "uuu")

    def test_a_quote_that_is_not_closed(self):
        made, counts = self.import_rows(HEADER + 'u1,"i1,view,2025-01-01\n' + "".join(
            f"u{i},i{i},view,2025-01-01\n" for i in range(2, 500)))
        self.assertEqual((counts["accepted"], counts["quarantined"]), (498, 1))
        self.assertEqual(self.shown(made)[0]["line"], 2)

    def test_times_in_the_far_future_and_past(self):
        for time in ("9999-12-31 23:59:59", "2999-01-01", "1970-01-01", "4102444800"):
            with self.subTest(time=time):
                row = self.assert_kept_aside(f"u1,i1,view,{time}", "time_range", "u1,i1,view")
                self.assertEqual(row["column"], "ts")
                shutil.rmtree(self.folder / "made.shop")

    def test_only_bad_rows(self):
        made, counts = self.import_rows(HEADER + "u1,i1,view,never\nu2,i2,view,never\n")
        self.assertEqual((counts["accepted"], counts["quarantined"]), (0, 2))
        self.assertIn("no row was accepted", " ".join(counts["files"][0]["warnings"]))
        self.refused("failed_precondition", "run", made, says=["no events", "coterie import"])

    def test_a_bad_row_is_stored_once_and_counted_each_time(self):
        text = HEADER + "u1,i1,view,never\nu1,i1,view,2025-01-01\n"
        self.import_rows(text)
        answer = self.ok("import", self.folder / "made.shop", self.folder / "rows.csv")
        self.assertEqual((answer["accepted"], answer["duplicate"], answer["quarantined"]), (0, 1, 1))
        self.assertEqual(shop.Shop(self.folder / "made.shop").rows("quarantine"), 1)

    def test_all_rows_equal(self):
        text = HEADER + "u1,i1,buy,2025-03-01 12:00:00\n" * 1_000
        made, counts = self.import_rows(text)
        self.assertEqual((counts["accepted"], counts["duplicate"]), (1, 999))
        self.assert_runs(made, "--as-of", "2025-04-01")
        kept = self.folder / "kept.shop"
        answer = self.ok("import", kept, self.folder / "rows.csv", *NEW, "--repeats", "keep")
        self.assertEqual((answer["accepted"], answer["duplicate"]), (1_000, 0))
        self.assert_runs(kept, "--as-of", "2025-04-01")

    def assert_runs(self, made, *options):
        """The whole job and its report in both languages, on a shop with little in it."""
        record = self.ok("run", made, *options)
        self.assertEqual({model["published"] for model in record["models"]}, {"no"})
        for language in ("zh", "en"):
            path = self.folder / f"{language}.html"
            self.ok("report", made, "-o", path, "--lang", language)
            self.assertGreater(path.stat().st_size, 0)
            table = shop.run("run", made, *options, "--lang", language)
            self.assertEqual(table.exit_code, 0, table.stderr)
        for words in (("segments", "list"), ("models", "list"), ("recommend", "list"), ("features", "show")):
            self.ok(words[0], made, *words[1:])
            self.assertEqual(shop.run(words[0], made, *words[1:]).exit_code, 0)
        return record

    def test_one_user(self):
        made, _ = self.import_rows(purchases(["only"], [f"i{i}" for i in range(20)], 200))
        record = self.assert_runs(made)
        self.assertEqual(record["users"], 1)
        self.assertEqual(self.ok("show", made, "user", "only")["user_id"], "only")

    def test_one_item(self):
        made, _ = self.import_rows(purchases([f"u{i}" for i in range(50)], ["only"], 200))
        self.assertEqual(self.assert_runs(made)["items"], 1)

    def test_one_event(self):
        made, _ = self.import_rows(HEADER + "u,i,buy,2025-03-01 12:00:00\n")
        self.refused("failed_precondition", "run", made,
                     says=["no events before 2025-03-01", "later --as-of"])
        self.assert_runs(made, "--as-of", "2025-03-02")

    def test_only_guests(self):
        rows = "".join(f"g{i},i{i % 3},buy,2025-0{1 + i % 9}-01 12:00:00\n" for i in range(100))
        made, counts = self.import_rows(HEADER.replace("user_id", "anonymous_id") + rows)
        self.assertEqual(counts["accepted"], 100)
        self.assertEqual(self.assert_runs(made)["users"], 0)
        self.assertEqual(self.ok("segments", made, "preview", "feature.frequency >= 0")["of"], 0)

    def test_nobody_buys(self):
        made, _ = self.import_rows(purchases([f"u{i}" for i in range(20)], ["a"], 200).replace("buy", "view"))
        self.assert_runs(made)


if __name__ == "__main__":
    unittest.main()

"""sql and export: exact values, safe statements, and files that come back through the importer without loss."""

import csv
import json
import os
import resource
import signal
import subprocess
import time
import unittest

import duckdb

import shop
from shop import NEW

FORMATS = ("csv", "xlsx", "parquet", "jsonl")
COLUMNS = ("event_id, user_id, anonymous_id, item_id, behavior, ts, value, quantity, unit_price, line_amount, discount, "
           "currency, order_id, session_id, channel, campaign_id, decision_id, properties, bucket")
# What spreadsheets and delimited text stumble over; as ids, so that nothing may change in any of them.
NASTY = ["=1+1", "+1", "-1", "@sum(a)", "'quoted", "''twice", "'=1", "'", "-", "=", "a,b", 'say "hi"', "two\nlines", "cr\rlf",
         "0012", "1e5", "12345678901234567890", "1.0", "TRUE", "NULL", "null", "2011-12-09", "_x0041_", "<b>&amp;</b>",
         "会员一号", "émile", "a\tb", "#REF!", "=cmd|' /C calc'!A0", "nan", "\u2028", "😀"]

# Ids that the rule damaged_id does not take; as channels and campaigns they are texts like others.
DAMAGED = {"NULL", "null", "#REF!", "nan", "<b>&amp;</b>", "\u2028"}


def as_id(text):
    return f"id {NASTY.index(text)}" if text in DAMAGED else text


def nasty_events():
    """CSV with a row for every nasty text in every text column, and numbers at the ends of their ranges."""
    head = ["event_id", "user_id", "anonymous_id", "item_id", "behavior", "timestamp", "value", "quantity", "unit_price",
            "line_amount", "discount", "currency", "order_id", "session_id", "channel", "campaign_id", "decision_id",
            "properties"]
    yield head
    numbers = ["0.1", "1e-300", "123456789.123456789", "-1.7976931348623157e308", "3"]
    for i, text in enumerate(NASTY):
        # The plain preset takes a ' off that stands before one of = + - @ ': it is written as export writes it.
        safe = "'" + text if text[0] in "=+-@\t\r'" else text
        named = "'" + text if text[0] in "=+-@\t\r'" else as_id(text)
        yield [f"id-{i}" if i % 2 else "", named, f"a{i}", named, ("view", "buy", "refund", "search")[i % 4],
               f"2025-01-{i % 28 + 1:02} 10:00:00.{i:06}+08:00", numbers[i % 5], f"{i + 1}", "99999.9999", "", "0.0001", "CNY",
               named, named, safe, safe, safe, json.dumps({"text": text}, ensure_ascii=False)]
    yield ["", "big", "", "i", "buy", "1990-01-02T00:00:00Z", "", "1", "99999999999999.9999", "", "", "", "", "", "", "", "", ""]


class Tables(shop.ShopTest):
    def setUp(self):
        super().setUp()
        self.made = self.folder / "made.shop"
        self.source = self.folder / "nasty.csv"
        with self.source.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(nasty_events())
        self.counts = self.ok("import", self.made, self.source, *NEW)

    def refused_sql(self, sql, *options, code="invalid_argument"):
        answer = shop.run("sql", self.made, sql, *options, "--quiet")
        self.assertEqual(answer.exit_code, shop.EXIT_CODES[code], f"{sql}: {answer.stderr}")
        self.assertEqual(answer.stdout, "")
        self.assertTrue(answer.stderr.startswith("coterie: "), answer.stderr)
        for leaked in ("Binder", "Catalog", "duckdb", "memory.main", "INTERNAL", "std::"):
            self.assertNotIn(leaked, answer.stderr, sql)
        return answer.stderr

    def events(self, folder):
        return shop.Shop(folder).sql(f"SELECT {COLUMNS} FROM events ORDER BY event_id")

    def test_the_nasty_rows_are_events(self):
        self.assertEqual((self.counts["accepted"], self.counts["quarantined"]), (len(NASTY) + 1, 0))
        users = {row[0] for row in shop.Shop(self.made).sql("SELECT user_id FROM events")}
        self.assertEqual(users, {*map(as_id, NASTY), "big"})

    def test_what_is_exported_is_imported_the_same(self):
        expected = self.events(self.made)
        for form in FORMATS:
            with self.subTest(format=form):
                file = self.folder / f"events.{form}"
                answer = self.ok("export", self.made, "events", "--out", file)
                self.assertEqual((answer["rows"], answer["format"]), (len(expected), form))
                again = self.folder / f"{form}.shop"
                counts = self.ok("import", again, file, "--preset", "coterie", *NEW)
                self.assertEqual(counts["accepted"], len(expected), counts)
                self.assertEqual(self.events(again), expected)

    def test_online_retail_comes_back_whole(self):
        data = shop.find_data(shop.ONLINE_RETAIL)
        whole = self.folder / "retail.shop"
        shop.import_online_retail(data, whole)
        expected = shop.Shop(whole).sql(f"SELECT count(*), bit_xor(hash(({COLUMNS}))) FROM events")
        for form in FORMATS:
            with self.subTest(format=form):
                file = self.folder / f"retail.{form}"
                self.ok("export", whole, "events", "--out", file)
                again = self.folder / f"retail.{form}.shop"
                self.ok("import", again, file, "--preset", "coterie", "--timezone", "Europe/London", "--currency", "GBP")
                self.assertEqual(
                    shop.Shop(again).sql(f"SELECT count(*), bit_xor(hash(({COLUMNS}))) FROM events"), expected)

    def test_csv_is_safe_in_a_spreadsheet(self):
        file = self.folder / "events.csv"
        self.ok("export", self.made, "events", "-o", file)
        self.assertTrue(file.read_bytes().startswith(b"\xef\xbb\xbf"))
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
        self.assertEqual(len(rows), len(NASTY) + 1)
        for row in rows:
            for name, cell in row.items():
                if name not in ("value", "quantity", "unit_price", "line_amount", "discount") and cell:
                    self.assertNotIn(cell[0], "=+-@\t\r", f"{name}: {cell!r}")
        self.assertTrue(any(row["quantity"].startswith("-") for row in rows), "numbers are not touched")

    def test_xlsx_holds_texts_as_texts_and_numbers_as_numbers(self):
        file = self.folder / "t.xlsx"
        self.ok("export", self.made, "sql", "SELECT '=1+1' AS a, 12.5 AS b, 12345678901234567 AS c, true AS d, NULL AS e, "
                "'0012' AS f, 'nan'::DOUBLE AS g, 0.1 + 0.2::DOUBLE AS h, '_x0041_' AS i", "-o", file)
        import zipfile
        with zipfile.ZipFile(file) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        self.assertNotIn("<f>", sheet)
        self.assertIn("<t>=1+1</t>", sheet)
        self.assertRegex(sheet, r'<c r="B2"[^>]*><v>12.5</v>')
        for text in ("12345678901234567", "0012", "nan", "0.30000000000000004", "_x005F_x0041_"):
            self.assertIn(f"<t>{text}</t>", sheet)
        self.assertRegex(sheet, r'<c r="D2"[^>]*t="b"[^>]*><v>1</v>')
        self.assertNotIn('r="E2"', sheet)

    def test_what_a_sheet_cannot_hold_is_refused(self):
        file = self.folder / "t.xlsx"
        for sql in ("SELECT i FROM range(1048576) t(i)", "SELECT repeat('a', 32768) AS x"):
            self.refused("invalid_argument", "export", self.made, "sql", sql, "-o", file, says=["csv, parquet or jsonl"])
            self.assertEqual(list(self.folder.glob("t.xlsx*")), [])
        self.ok("export", self.made, "sql", "SELECT i FROM range(1048575) t(i)", "-o", file)

    def test_a_file_appears_whole_or_not_at_all(self):
        file = self.folder / "t.csv"
        self.ok("export", self.made, "events", "-o", file)
        whole = file.read_bytes()
        self.refused("already_exists", "export", self.made, "events", "-o", file, says=["t.csv", "--force"])
        self.refused_sql("SELECT CAST(CASE WHEN i = 90000 THEN 'x' "
                     "ELSE '1' END AS INT) FROM range(100000) t(i)", "-o", file, "--force")
        self.assertEqual(file.read_bytes(), whole)
        self.ok("export", self.made, "events", "-o", file, "--force")
        self.assertEqual(file.read_bytes(), whole)
        self.assertEqual([path.name for path in self.folder.iterdir() if ".part" in path.name], [])
        self.refused("not_found", "export", self.made, "events", "-o", self.folder / "none" / "t.csv")
        self.refused("invalid_argument", "export", self.made, "events", "-o", self.folder, "--format", "csv",
                     says=["folder"])
        self.refused("invalid_argument", "export", self.made, "events", "-o", self.folder / "t.doc", "--format", "doc")
        plain = shop.run("export", self.made, "events", "-o", self.folder / "t.doc")
        self.assertEqual(plain.exit_code, 2)
        self.assertIn("which format?", plain.stderr)

    def test_a_file_that_may_not_grow_is_an_error_in_words(self):
        limit = 1 << 20

        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        for form in FORMATS:
            with self.subTest(format=form):
                file = self.folder / f"big.{form}"
                answer = shop.run("export", self.made, "sql", "SELECT i, md5(i::VARCHAR) AS m FROM range(200000) t(i)",
                                  "-o", file, preexec_fn=small_files)
                self.assertEqual(answer.exit_code, shop.EXIT_CODES["resource_exhausted"], answer.stderr)
                self.assertEqual(list(self.folder.glob("big*")), [])

    def test_exported_tables(self):
        made = self.folder / "run.shop"
        self.ok("generate", made, "--users", "300", "--days", "240", "--seed", "5")
        for table in ("features", "segments", "scores", "recommendations"):
            self.refused("failed_precondition", "export", made, table, says=["coterie run"])
        self.ok("run", made)
        view = shop.Shop(made)
        for table in ("events", "users", "items", "quarantine", "segments", "scores", "recommendations"):
            answer = self.ok("export", made, table)
            self.assertEqual(answer["row_count"], view.rows(table), table)
        wide = self.ok("export", made, "features")
        names = [column["name"] for column in wide["columns"]]
        self.assertEqual(names[0], "user_id")
        stored = {(user, name): value for user, name, value in view.sql(
            "UNPIVOT features ON COLUMNS(* EXCLUDE user_id) INTO NAME feature VALUE value")}
        cells = {(row[0], name): value for row in wide["rows"] for name, value in zip(names[1:], row[1:])
                 if value is not None}
        self.assertEqual(cells, stored)
        as_of = self.ok("features", made, "list") and self.ok("export", made, "features", "--as-of", "2024-05-01")
        shown = self.ok("features", made, "show", "--as-of", "2024-05-01")
        self.assertEqual([row[0] for row in as_of["rows"]], [user["user_id"] for user in shown["users"]])
        self.assertEqual([row[1:] for row in as_of["rows"]],
                         [[None if value is None else float(value) for value in user["values"]] for user in shown["users"]])
        self.refused("invalid_argument", "export", made, "segments", "--as-of", "2024-05-01", says=["newest run"])
        self.refused("invalid_argument", "export", made, "nosuch", says=["nosuch"])

    def test_answers_in_every_format(self):
        sql = "SELECT i, 'x' || i AS name FROM range(3) t(i) ORDER BY i DESC"
        self.assertEqual(shop.run("sql", self.made, sql, "--format", "csv").stdout, "i,name\r\n2,x2\r\n1,x1\r\n0,x0\r\n")
        self.assertEqual(shop.run("sql", self.made, sql, "--format", "jsonl").stdout,
                         '{"i": 2, "name": "x2"}\n{"i": 1, "name": "x1"}\n{"i": 0, "name": "x0"}\n')
        answer = self.ok("sql", self.made, sql)
        self.assertEqual(answer, {"columns": [{"name": "i", "type": "BIGINT"}, {"name": "name", "type": "VARCHAR"}],
                                  "rows": [[2, "x2"], [1, "x1"], [0, "x0"]], "row_count": 3})
        self.assertEqual(shop.run("sql", self.made, sql, "--format", "json").stdout, shop.run(
            "sql", self.made, sql, "--json").stdout)
        table = shop.run("sql", self.made, "SELECT i FROM range(1000) t(i)", "--limit", "2").stdout
        self.assertEqual(table, "i\n0\n1\n1000 rows, 2 shown\n")
        hostile = shop.run("sql", self.made, "SELECT chr(27) || '[2J' || chr(10) AS x").stdout
        self.assertIn("\\x1b[2J\\n", hostile)
        for form in FORMATS:
            file = self.folder / f"q.{form}"
            self.ok("sql", self.made, sql, "--out", file)
            if form in ("csv", "parquet"):
                self.assertEqual(duckdb.sql(f"FROM '{file}'").fetchall(), [(2, "x2"), (1, "x1"), (0, "x0")])

    def test_statements_that_do_not_read_are_refused_and_leave_nothing(self):
        def files():  # without those that SQLite makes to read
            return sorted(str(path) for path in self.made.rglob("*") if not path.name.startswith("state.db-"))
        before = files()
        target = self.made / "events" / "x.parquet"
        for sql in ("COPY events TO '%s'" % target, "ATTACH '%s'" % target, "PRAGMA database_list", "INSTALL httpfs",
                    "SET threads = 1", "CREATE TABLE t (a INT)", "SELECT 1; SELECT 2",
                    "EXPLAIN ANALYZE COPY events TO '%s'" % target):
            self.assertIn("allowed is one statement", self.refused_sql(sql))
        for sql in ("SELECT * FROM read_csv('/etc/passwd')", "FROM read_parquet('../state.db')", "FROM glob('/etc/*')",
                    "SELECT getenv('HOME')", "FROM '/etc/passwd'", "FROM read_blob('%s')" % (self.made / "state.db"),
                    "FROM enable_logging('QueryLog', storage='file', storage_path='%s')" % (self.made / "events" / "log")):
            self.refused_sql(sql)
        self.assertEqual(files(), before)

    def test_errors_say_where(self):
        message = self.refused_sql("SELECT\n  nope FROM events")
        self.assertIn("SQL, line 2, column 3: ", message)
        self.assertIn("\n    nope FROM events\n    ^", message)
        self.assertIn("there is no table 'orders'; there are: events, ", self.refused_sql("FROM orders"))
        self.assertIn("give --param user=VALUE", self.refused_sql("SELECT $user"))
        self.assertIn("NAME=VALUE", self.refused_sql("SELECT 1", "--param", "x"))
        self.refused_sql("SELECT list(i) FROM range(1000000000) t(i)", "--memory", "256MB", code="resource_exhausted")

    def test_ctrl_c_stops_a_runaway_statement(self):
        process = subprocess.Popen(shop.command("sql", self.made, "SELECT count(*) FROM range(10000000000) a(i), "
                                                "range(1000) b(j) WHERE i * j % 7 = 3"),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=shop.environment())
        # The statement runs once the process has taken more time than starting takes.
        while process.poll() is None and self.cpu_seconds(process.pid) < 0.5:
            time.sleep(0.01)
        begin = time.perf_counter()
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=shop.LIMIT_S)
        self.assertEqual((process.returncode, stdout), (shop.EXIT_CODES["cancelled"], ""), stderr)
        self.assertLess(time.perf_counter() - begin, 5)
        self.assertEqual(shop.Shop(self.made).leftovers(), [])

    @staticmethod
    def cpu_seconds(pid):
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_a_reader_that_leaves_is_no_error(self):
        process = subprocess.Popen(shop.command("sql", self.made, "SELECT i FROM range(3000000) t(i)", "--format", "csv"),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=shop.environment())
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(timeout=shop.LIMIT_S), 0, process.stderr.read())
        process.stderr.close()


if __name__ == "__main__":
    unittest.main()

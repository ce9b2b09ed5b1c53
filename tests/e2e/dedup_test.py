"""Every event is stored once, however often, in whatever form and however late it is sent.

Events are made by a formula, so what is distinct is known: a third of them differ from another in one column only.
A fifth as many are sent again: in the same file, in another file and another format, out of order, six months late,
before and after a compaction. COTERIE_DEDUP_EVENTS (default 100,000; `make test-all` 10,000,000) says how many.
"""

import gzip
import os
import unittest

import duckdb
import shop

EVENTS = int(os.environ.get("COTERIE_DEDUP_EVENTS", "100000"))
LIMIT_S = 120 + EVENTS / 20_000
COLUMNS = "user_id, item_id, behavior_type, timestamp, quantity, unit_price, order_id, session_id, channel"

# Events 3k, 3k + 1 and 3k + 2 are of one person at one second; the second and third differ from the first in one column,
# which goes round; the trios are spread over a year.
MADE = f"""
CREATE VIEW made AS
WITH trios AS (
  SELECT i, i // 3 AS k, i % 3 AS place, (i // 3) % 4 AS differs FROM range({EVENTS}) AS r(i)),
bases AS (
  SELECT *, 'u' || (hash(k) % ({EVENTS} // 60 + 1)) AS person, k * 31_536_000 // ({EVENTS} // 3 + 1) AS second FROM trios)
SELECT i,
  person AS user_id,
  'i' || (hash(k, 1) % 5000 + CASE WHEN differs = 0 THEN place ELSE 0 END) AS item_id,
  CASE WHEN differs = 1 THEN ['buy', 'cart', 'view'][place + 1] ELSE 'buy' END AS behavior_type,
  strftime(TIMESTAMP '2024-01-01' + to_seconds(second), '%Y-%m-%dT%H:%M:%SZ') AS timestamp,
  CASE WHEN differs = 2 THEN place + 1 ELSE 1 END AS quantity,
  CAST(10 + k % 90 AS DECIMAL(18, 2)) AS unit_price,
  'o' || k AS order_id,
  's' || (k // 2) || CASE WHEN differs = 3 THEN '-' || place ELSE '' END AS session_id,
  CASE WHEN k % 5 = 0 THEN NULL ELSE 'app' END AS channel
FROM bases
"""


class Dedup(shop.ShopTest):
    def setUp(self):
        super().setUp()
        self.shop = self.folder / "d.shop"
        self.engine = duckdb.connect(config={"threads": shop.THREADS, "memory_limit": "2GB",
                                             "temp_directory": str(self.folder / "spill")})
        self.addCleanup(self.engine.close)
        self.engine.execute(MADE)
        distinct = self.engine.execute(
            f"SELECT count(*), count(DISTINCT hash({COLUMNS})) FROM made").fetchone()
        self.assertEqual(distinct, (EVENTS, EVENTS), "the formula makes distinct events")

    def write_rows(self, name, new, again, order, options):
        """A file with the events `new` and, sent again, those of `again` (conditions on i); how many of each."""
        path = self.folder / name
        rows = f"(SELECT * FROM made WHERE {new}) UNION ALL (SELECT * FROM made WHERE {again})"
        self.engine.execute(f"COPY (SELECT {COLUMNS} FROM ({rows}) ORDER BY {order}) TO '{path}' ({options})")
        return path, *(self.engine.execute(f"SELECT count(*) FROM made WHERE {which}").fetchone()[0]
                       for which in (new, again))

    def take(self, name, new, again, order="i", options="HEADER"):
        """Imports such a file: the new ones are accepted, the others are duplicates, nothing is quarantined."""
        path, fresh, repeated = self.write_rows(name, new, again, order, options)
        zone = shop.NEW if not self.shop.exists() else ()
        self.assert_taken(path, fresh, repeated, *zone)
        return path, fresh + repeated

    def assert_taken(self, path, accepted, duplicate, *words):
        answer = shop.run("import", self.shop, path, "--preset", "coterie", *words, "--json", "--quiet",
                          timeout=LIMIT_S).json()
        got = {key: answer[key] for key in ("received", "accepted", "duplicate", "quarantined")}
        self.assertEqual(got, {"received": accepted + duplicate, "accepted": accepted, "duplicate": duplicate,
                               "quarantined": 0}, path.name)

    def compact(self):
        answer = shop.run("compact", self.shop, "--json", "--quiet", timeout=LIMIT_S)
        self.assertEqual(answer.exit_code, 0, answer.stderr)

    def test_every_event_is_stored_once(self):
        n = EVENTS
        # In one file, repeats beside the first and far from it; then in another file and format.
        self.take("first.csv", f"i < {n} * 0.8 AND i % 50 <> 7", f"i < {n} * 0.8 AND i % 16 = 3 AND i % 50 <> 7",
                  "CASE WHEN i % 32 = 3 THEN i ELSE hash(i) % 1000 END, i")
        self.take("second.parquet", f"i >= {n} * 0.8 AND i < {n} * 0.9", f"i < {n} * 0.8 AND i % 16 = 5 AND i % 50 <> 7",
                  options="FORMAT parquet")
        self.compact()
        # After the compaction, as JSON Lines in no order.
        self.take("third.json", f"i >= {n} * 0.9", f"i < {n} * 0.9 AND i % 16 = 11 AND i % 50 <> 7", "hash(i)",
                  "FORMAT json")
        # What was never sent comes at the end, half of it more than six months late, with old repeats.
        path, rows = self.take("late.csv", f"i < {n} * 0.8 AND i % 50 = 7", f"i < {n} * 0.5 AND i % 10 = 2", "i % 97, i")
        packed = self.folder / "late again.csv.gz"
        with gzip.open(packed, "wb", compresslevel=1) as out:
            out.write(path.read_bytes())
        self.assert_taken(packed, 0, rows)
        self.compact()
        self.assert_taken(path, 0, rows)
        self.assert_holds_the_events()

    def assert_holds_the_events(self):
        """The same events as the formula's, in any order: their number, and the sums of their hashes."""
        names = ("user_id, item_id, behavior, strftime(ts, '%Y-%m-%dT%H:%M:%SZ'), quantity::INT, "
                 "unit_price::DECIMAL(18, 2), order_id, session_id, channel")
        sums = "SELECT count(*), sum(hash(row)), bit_xor(hash(row)) FROM (SELECT row({}) AS row FROM {})"
        expected = self.engine.execute(sums.format(
            COLUMNS.replace("quantity", "quantity::INT"), "made")).fetchone()
        self.assertEqual(shop.Shop(self.shop).sql(sums.format(names, "events"))[0], expected)
        doctor = shop.run("doctor", self.shop, "--json", timeout=LIMIT_S)
        self.assertEqual(doctor.exit_code, 0, doctor.stdout)

    def test_equal_rows_that_the_preset_declares_real_stay(self):
        rows = "user_id,item_id,behavior_type,timestamp\n" + "u1,i1,buy,2024-03-01 10:00:00\n" * 2
        path = self.write("receipts.csv", rows)
        words = ("--preset", "coterie", "--repeats", "keep")
        self.assertEqual(self.ok("import", self.shop, path, *words, *shop.NEW)["accepted"], 2)
        again = self.ok("import", self.shop, path, *words)
        self.assertEqual((again["accepted"], again["duplicate"]), (0, 2))
        three = self.write("receipts of today.csv", rows + "u1,i1,buy,2024-03-01 10:00:00\n")
        third = self.ok("import", self.shop, three, *words)
        self.assertEqual((third["accepted"], third["duplicate"]), (1, 2))
        self.compact()
        self.assertEqual(self.ok("import", self.shop, three, *words)["accepted"], 0)
        self.assertEqual(shop.Shop(self.shop).rows("events"), 3)


if __name__ == "__main__":
    unittest.main()

"""The main job on Online Retail: counts, populations, features, predictions and recommendations."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import shop

COUNTS = {"received": 541_909, "accepted": 534_129, "duplicate": 5_263, "quarantined": 2_517}
NO_PRODUCT = "attribute = 'is_product' AND value = 'false'"


class Made:
    """One import, repeated, and one run; the tests look at it from many sides and change nothing."""

    folder = shop = first = first_digest = second = record = None


def setUpModule():
    data = shop.find_data(shop.ONLINE_RETAIL)
    folder = tempfile.TemporaryDirectory(prefix="coterie-e2e-")
    unittest.addModuleCleanup(folder.cleanup)
    Made.folder = Path(folder.name)
    Made.shop = shop.Shop(Made.folder / "online.shop")
    Made.first = shop.import_online_retail(data, Made.shop.folder)
    Made.first_digest = Made.shop.digest()
    Made.second = shop.import_online_retail(data, Made.shop.folder)
    Made.record = shop.run("run", Made.shop.folder, "--json", "--quiet").json()


class OnlineRetail(unittest.TestCase):
    def setUp(self):
        self.folder, self.shop, self.record = Made.folder, Made.shop, Made.record

    def evidence(self, model):
        answer = shop.run("models", self.shop.folder, "show", model, "--json")
        return answer.json()["evidence"]

    def recall(self, task, method):
        return self.record["recommend"][task]["methods"][method]["recall20"]["value"]


class Import(OnlineRetail):
    def test_every_row_is_accounted_for(self):
        self.assertEqual({key: Made.first[key] for key in COUNTS}, COUNTS)
        self.assertEqual(Made.first["quarantined_by_rule"], {"price": 2_517})

    def test_members_refunds_and_guests(self):
        counts = self.shop.sql(
            "SELECT count(*), count(user_id), count(DISTINCT user_id), "
            "count(*) FILTER (user_id IS NOT NULL AND behavior = 'refund'), "
            "count(*) FILTER (user_id IS NULL AND anonymous_id = order_id) FROM events")[0]
        self.assertEqual(counts, (534_129, 401_564, 4_371, 8_872, 132_565))

    def test_refunds_are_negative_and_invoices_of_their_own(self):
        wrong = self.shop.sql(
            "SELECT count(*) FROM events WHERE (behavior = 'refund') <> starts_with(order_id, 'C') "
            "OR (behavior = 'refund') <> (quantity < 0) "
            "OR line_amount <> quantity * unit_price OR unit_price <= 0")
        self.assertEqual(wrong, [(0,)])

    def test_postage_and_fees_are_no_products(self):
        rows = self.shop.sql(f"SELECT DISTINCT item_id FROM items WHERE {NO_PRODUCT}")
        items = {item for (item,) in rows}
        self.assertLessEqual({"POST", "D", "M", "BANK CHARGES", "AMAZONFEE", "CRUK", "DOT", "S"}, items)
        self.assertFalse({item for item in items if item[:5].isdigit()})

    def test_bad_rows_are_kept_with_their_place(self):
        rows = self.shop.sql("SELECT count(*), count(DISTINCT line), min(line), bool_and(rule = 'price'), "
                             "bool_and(\"column\" = 'unit_price'), bool_and(raw <> '') FROM quarantine")[0]
        self.assertEqual(rows[:2] + rows[3:], (2_517, 2_517, True, True, True))
        self.assertGreater(rows[2], 1)

    def test_a_second_import_stores_nothing_twice(self):
        self.assertEqual(Made.second["accepted"], 0)
        self.assertEqual(Made.second["received"], 541_909)
        self.assertEqual(Made.second["duplicate"], 534_129 + 5_263)
        self.assertEqual(Made.second["quarantined"], 2_517)
        self.assertEqual(self.shop.digest(), Made.first_digest)
        self.assertEqual(Made.first_digest["quarantine"][0], 2_517)


class Run(OnlineRetail):
    def assert_interval(self, metric):
        self.assertEqual(set(metric), {"value", "low", "high"})
        self.assertLessEqual(metric["low"], metric["value"] + 1e-12)
        self.assertLessEqual(metric["value"], metric["high"] + 1e-12)

    def test_the_record_has_its_shape(self):
        record = self.record
        self.assertEqual(record["as_of"], "2011-12-09T00:00:00+00:00")
        self.assertEqual((record["users"], record["events"]), (4_371, 534_129))
        self.assertGreater(record["items"], 3_900)
        self.assertGreater(record["seconds"], 0)
        self.assertTrue(Path(record["report"]).read_text(encoding="utf-8").startswith("<!"))
        for segment in record["segments"]:
            self.assertLessEqual({"name", "method", "users", "share", "typical"}, set(segment))
        self.assertEqual({model["name"] for model in record["models"]}, {"purchase", "churn"})
        for model in record["models"]:
            self.assertIn(model["published"], ("yes", "ranking", "no"))
            self.assertEqual(set(model["metrics"]), {"auc", "pr_auc", "log_loss", "brier", "lift10"})
            for metric in model["metrics"].values():
                self.assert_interval(metric)
            self.assertEqual(set(model["baseline"]), {"name", "metric", "value"})
            self.assertIn("calibrated", model["calibration"])
            self.assertIsInstance(model["version"], int)
        self.assertEqual(set(record["recommend"]), {"new", "any"})
        for task in record["recommend"].values():
            self.assertIn(task["published"], task["methods"])
            for metrics in task["methods"].values():
                self.assertEqual(set(metrics), {"recall20", "ndcg20", "mrr20", "coverage"})
                for metric in metrics.values():
                    self.assert_interval(metric)

    def test_every_buyer_is_in_one_segment_of_each_method(self):
        buyers = self.shop.sql("SELECT count(DISTINCT user_id) FROM events WHERE behavior = 'buy' "
                               "AND ts < TIMESTAMP '2011-12-09'")[0][0]
        for method in ("rfm", "clusters"):
            segments = [s for s in self.record["segments"] if s["method"] == method]
            self.assertEqual(sum(s["users"] for s in segments), buyers, method)
            self.assertAlmostEqual(sum(s["share"] for s in segments), 1, places=12)

    def test_purchase_is_judged_on_the_right_members(self):
        split = self.evidence("purchase")["split"]
        self.assertEqual((split["train"]["users"], split["test"]["users"]), (3_721, 4_067))
        # Local midnights; on 2011-10-10 London was an hour ahead of UTC.
        for part, start in (("train", "2011-10-09 23:00:00"), ("test", "2011-11-09 00:00:00")):
            self.assertEqual(split[part]["as_of"][:10], {"train": "2011-10-10", "test": "2011-11-09"}[part])
            positive = self.shop.sql(
                "WITH buys AS (SELECT user_id, ts FROM events "
                "              WHERE behavior = 'buy' AND user_id IS NOT NULL), "
                f"until AS (SELECT (TIMESTAMPTZ '{start}+00' AT TIME ZONE 'Europe/London' + INTERVAL 30 DAY) "
                f"AT TIME ZONE 'Europe/London' AT TIME ZONE 'UTC' AS ts) "
                f"SELECT count(DISTINCT user_id) FROM buys WHERE ts >= TIMESTAMP '{start}' "
                f"AND ts < (SELECT ts FROM until) "
                f"AND user_id IN (SELECT user_id FROM buys WHERE ts < TIMESTAMP '{start}')")
            self.assertEqual(split[part]["positive"], positive[0][0], part)

    def test_purchase_beats_recency_frequency_and_monetary(self):
        evidence = self.evidence("purchase")
        self.assertGreaterEqual(evidence["metrics"]["auc"]["value"], 0.740)
        baselines = {baseline["name"]: baseline for baseline in evidence["baselines"]}
        self.assertEqual(set(baselines), {"recency", "frequency", "monetary"})
        for name, baseline in baselines.items():
            self.assertGreater(baseline["difference"]["low"], 0, name)
        self.assertAlmostEqual(baselines["recency"]["auc"]["value"], 0.671, delta=0.0005)
        self.assertAlmostEqual(baselines["frequency"]["auc"]["value"], 0.726, delta=0.0005)

    def test_what_is_not_calibrated_is_for_ranking_only(self):
        for model in self.record["models"]:
            if not model["calibration"]["calibrated"]:
                self.assertIn(model["published"], ("ranking", "no"), model["name"])
        user = self.shop.sql("SELECT min(user_id) FROM scores")[0][0]
        profile = shop.run("show", self.shop.folder, "user", user, "--json").json()
        for score in profile["scores"]:
            self.assertEqual(score["probability"] is not None, score["published"] == "yes", score["model"])

    def test_recommends_what_is_new(self):
        task = self.record["recommend"]["new"]
        self.assertGreaterEqual(self.recall("new", task["published"]), 0.085)
        self.assertTrue(0.0915 <= self.recall("new", "item_knn") <= 0.0930)
        self.assertAlmostEqual(self.recall("new", "popularity"), 0.0374, delta=0.0002)

    def test_recommends_anything(self):
        task = self.record["recommend"]["any"]
        self.assertGreaterEqual(self.recall("any", task["published"]), 0.256)
        self.assertTrue(0.2563 <= self.recall("any", "own_history") <= 0.2566)
        self.assertAlmostEqual(self.recall("any", "item_knn"), 0.146, delta=0.001)
        self.assertAlmostEqual(self.recall("any", "popularity"), 0.061, delta=0.001)

    def test_only_products_are_recommended_and_new_means_new(self):
        codes = self.shop.sql("SELECT count(*) FROM recommendations WHERE item_id IN "
                              f"(SELECT item_id FROM items WHERE {NO_PRODUCT})")
        self.assertEqual(codes, [(0,)])
        known = self.shop.sql("SELECT count(*) FROM recommendations JOIN events USING (user_id, item_id) "
                              "WHERE task = 'new' AND behavior = 'buy' AND ts < TIMESTAMP '2011-12-09'")
        self.assertEqual(known, [(0,)])

    def test_a_second_run_is_current(self):
        again = shop.run("run", self.shop.folder, "--json", "--quiet").json()
        self.assertTrue(again["was_current"])
        differing = {key for key in self.record if again[key] != self.record[key]}
        self.assertLessEqual(differing, {"seconds", "was_current"})

    def test_features_agree_with_plain_pandas(self):
        answer = shop.run("features", self.shop.folder, "show", "--as-of", "2011-11-09", "--json", "--quiet")
        self.assertEqual(len({len(user["values"]) for user in answer.json()["users"]}), 1)
        done = subprocess.run([sys.executable, str(shop.ROOT / "tests/golden/features_oracle.py")],
                              input=answer.stdout, capture_output=True, text=True, check=False,
                              timeout=shop.LIMIT_S, env={**os.environ, "COTERIE_DATA": str(shop.DATA)})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_report_opens_offline_in_both_languages(self):
        for language, word in (("en", "Champions"), ("zh", "冠军客户")):
            path = self.folder / f"{language}.html"
            answer = shop.run("report", self.shop.folder, "-o", path, "--lang", language, "--json").json()
            html = path.read_text(encoding="utf-8")
            self.assertEqual(answer["bytes"], path.stat().st_size)
            self.assertIn(word, html)
            for outside in ("src=\"http", "href=\"http", "url(http", "@import", "<script src"):
                self.assertNotIn(outside, html)

    def test_json_everywhere(self):
        """Every reading command answers one object with --json and a table without."""
        user = self.shop.sql("SELECT min(user_id) FROM scores")[0][0]
        folder = self.shop.folder
        for words in (("quarantine", folder, "list"), ("quarantine", folder, "show"),
                      ("features", folder, "list"), ("features", folder, "describe", "gap_cv"),
                      ("features", folder, "show", "--limit", "3"),
                      ("segments", folder, "list"), ("segments", folder, "show", "champions"),
                      ("models", folder, "list"), ("models", folder, "show", "churn"),
                      ("recommend", folder, "list"), ("recommend", folder, "show", user),
                      ("show", folder, "user", user)):
            with self.subTest(words=words[:1] + words[2:]):
                answer = shop.run(*words, "--json")
                self.assertEqual(answer.exit_code, 0, answer.stderr)
                answer.json()
                for language in ("en", "zh"):
                    table = shop.run(*words, "--lang", language)
                    self.assertEqual(table.exit_code, 0, table.stderr)
                    self.assertGreater(len(table.stdout.splitlines()), 1)
                    with self.assertRaises(ValueError):
                        json.loads(table.stdout)


if __name__ == "__main__":
    unittest.main()

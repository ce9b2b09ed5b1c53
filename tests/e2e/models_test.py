"""Versions of models: compared on the same members, made live, and back, without a trace in what was not asked for."""
import tempfile
import unittest
from pathlib import Path

import shop

USERS, FIRST, SECOND = 6000, "2025-11-01", "2025-12-31"


class Models(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.place = Path(cls.temporary.name) / "two.shop"
        shop.run("generate", cls.place, "--users", USERS, "--days", 365, "--seed", 2)
        cls.records = [shop.run("run", cls.place, "--as-of", day, "--json", "--quiet").json() for day in (FIRST, SECOND)]

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def models(self, *words):
        return shop.run("models", self.place, *words, "--json")

    def scores(self, model):
        return shop.Shop(self.place).sql(f"SELECT user_id, version, score, rank, reasons FROM scores WHERE model = '{model}' "
                                         "ORDER BY user_id")

    def live(self, model):
        return [version["version"] for version in self.models("list").json()["models"]
                if version["name"] == model and version["live"]]

    def test_a_version_is_made_live_and_taken_back(self):
        self.assertEqual(self.live("purchase"), [2])
        purchase, churn = self.scores("purchase"), self.scores("churn")
        self.assertEqual({row[1] for row in purchase}, {2})

        made = self.models("publish", "purchase", "--version", 1).json()
        self.assertEqual((made["version"], made["was"], made["published"]), (1, 2, "ranking"))
        self.assertEqual(self.live("purchase"), [1])
        changed = self.scores("purchase")
        self.assertEqual({row[1] for row in changed}, {1})
        self.assertEqual([row[0] for row in changed], [row[0] for row in purchase])
        self.assertNotEqual([row[2] for row in changed], [row[2] for row in purchase])
        self.assertEqual(sorted(row[3] for row in changed), list(range(1, len(changed) + 1)))
        self.assertEqual(self.scores("churn"), churn)
        again = shop.run("run", self.place, "--as-of", SECOND, "--json", "--quiet").json()
        self.assertTrue(again["was_current"])
        said = {model["name"]: model for model in again["models"]}["purchase"]
        self.assertEqual((said["version"], said["limits"][-1]["code"]), (1, "other_instant"))

        back = self.models("rollback", "purchase").json()
        self.assertEqual((back["version"], back["was"]), (2, 1))
        self.assertEqual(self.scores("purchase"), purchase)
        self.assertEqual(self.scores("churn"), churn)
        record = shop.run("run", self.place, "--as-of", SECOND, "--json", "--quiet").json()
        self.assertEqual(record["models"], self.records[1]["models"])
        self.assertEqual(shop.run("doctor", self.place).exit_code, 0)

    def test_two_versions_are_judged_on_the_same_members(self):
        compared = self.models("compare", "purchase", 1, 2).json()
        self.assertEqual(compared["test"]["as_of"], "2025-12-01")
        own = {model["name"]: model for model in self.records[1]["models"]}["purchase"]
        self.assertEqual(compared["versions"][1]["metrics"]["auc"]["value"], own["metrics"]["auc"]["value"])
        difference = compared["auc_difference"]
        self.assertAlmostEqual(difference["value"], compared["versions"][1]["metrics"]["auc"]["value"]
                               - compared["versions"][0]["metrics"]["auc"]["value"], places=12)
        mirrored = self.models("compare", "purchase", 2, 1).json()
        self.assertAlmostEqual(mirrored["auc_difference"]["value"], -difference["value"], places=12)
        same = self.models("compare", "purchase", 2, 2).json()
        self.assertEqual((same["auc_difference"]["value"], same["better"]), (0, None))
        text = shop.run("models", self.place, "compare", "purchase", 1, 2, "--lang", "zh").stdout
        self.assertIn("版本 1", text)

    def test_what_cannot_be_done_is_said(self):
        for words, code, said in ((("publish", "purchase", "--version", 9), "not_found", "version 9"),
                                  (("publish", "clusters", "--version", 1), "invalid_argument", "purchase and churn"),
                                  (("publish", "purchase", "--version", 2), "failed_precondition", "live already"),
                                  (("compare", "purchase", 1, 7), "not_found", "version 7")):
            with self.subTest(words=words):
                answer = self.models(*words)
                self.assertEqual(answer.exit_code, shop.EXIT_CODES[code], answer.stderr)
                self.assertIn(said, answer.stdout + answer.stderr)

    def test_there_must_have_been_another_version(self):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "one.shop"
            shop.run("generate", place, "--users", USERS, "--days", 365, "--seed", 2)
            shop.run("run", place, "--quiet")
            answer = shop.run("models", place, "rollback", "purchase", "--json")
            self.assertEqual(answer.exit_code, shop.EXIT_CODES["failed_precondition"])


if __name__ == "__main__":
    unittest.main()

"""Members divided by chosen facts: on real tables of traits, against scikit-learn and pandas, and every word of bad use."""

import unittest

import numpy
import pandas
from sklearn.metrics import adjusted_rand_score

import shop

WHOLESALE = "wholesale-customers/Wholesale customers data.csv"
AMOUNTS = ["Fresh", "Milk", "Grocery", "Frozen", "Detergents_Paper", "Delicassen"]


class Wholesale(shop.ShopTest):
    """A shop without events: 440 customers of whom eight numbers are known."""

    def setUp(self):
        super().setUp()
        self.table = pandas.read_csv(shop.find_data(WHOLESALE))
        self.table.insert(0, "user_id", [f"w{row:03}" for row in range(len(self.table))])
        self.path = self.folder / "w.shop"
        source = self.folder / "wholesale.csv"
        self.table.to_csv(source, index=False)
        self.ok("import", self.path, source, "--kind", "users", "--ts", "2014-01-01", *shop.NEW)

    def divided(self, *options):
        out = self.folder / "members.csv"
        record = self.ok("segments", self.path, "divide", *options)
        self.ok("segments", self.path, "divide", *options, "--out", out, "--force")
        members = pandas.read_csv(out, encoding="utf-8-sig", dtype=str).set_index("user_id")
        return record, members.loc[self.table.user_id]

    def test_groups_follow_the_channel_that_they_were_not_told(self):
        by = ", ".join(f"trait.{name}" for name in AMOUNTS)
        record, members = self.divided("--by", by)
        self.assertEqual(record["users"], 440)
        self.assertEqual(record["clustering"]["k"], len(record["segments"]))
        self.assertTrue(all(fact["is_log"] for fact in record["clustering"]["facts"]))
        sizes = members.segment.value_counts()
        for one in record["segments"]:
            self.assertEqual(sizes[one["name"]], one["users"])
            self.assertEqual(one["is_stable"], one["stability"] >= 0.75)
        self.assertGreater(adjusted_rand_score(self.table.Channel, members.segment), 0.4)
        self.assertFalse(record["description"]["is_hard_to_describe"])

    def test_a_rule_is_worth_what_it_says(self):
        record, members = self.divided("--by", "trait.Grocery, trait.Milk, trait.Channel", "--categories", "trait.Channel")
        right = 0
        for one in record["segments"]:
            told = one["description"]
            holds = set(self.ok("segments", self.path, "preview", told["rule"], "--limit", 1000)["sample"][i]["user_id"]
                        for i in range(told["users"]))
            mine = set(members.index[members.segment == one["name"]])
            self.assertEqual(len(holds), told["users"])
            self.assertAlmostEqual(told["precision"], len(holds & mine) / len(holds), places=12)
            self.assertAlmostEqual(told["recall"], len(holds & mine) / len(mine), places=12)
            right += len(holds & mine)
        self.assertAlmostEqual(record["description"]["accuracy"], right / 440, places=12)

    def test_abc_is_what_pandas_says(self):
        record, members = self.divided("--method", "abc", "--by", "trait.Fresh")
        fresh = self.table.set_index("user_id").Fresh.sort_values(ascending=False, kind="stable")
        before = fresh.cumsum() - fresh
        expected = numpy.select([before < 0.8 * fresh.sum(), before < 0.95 * fresh.sum()], ["A", "B"], "C")
        names = {one["name"]: one["label"]["en"][0] for one in record["segments"]}
        self.assertEqual(list(members.segment.map(names).loc[fresh.index]), list(expected))

    def test_rfm_with_borders_of_ones_own_is_what_pandas_cuts(self):
        borders = [[3000, 8500, 17000, 30000], [1500, 3600, 7200, 14000]]
        record, members = self.divided("--method", "rfm", "--by", "trait.Fresh, trait.Milk", "--bins", "fixed", "--borders",
                                       "; ".join(",".join(map(str, one)) for one in borders))
        recency, value = (pandas.cut(self.table[name], [-numpy.inf, *one, numpy.inf], right=False, labels=False) + 1
                          for name, one in zip(("Fresh", "Milk"), borders))
        names = {one["name"]: one["label"]["en"] for one in record["segments"]}
        called = members.segment.map(names)
        for label, r, v in (("Champions", 5, 5), ("Lost", 1, 1), ("Need attention", 3, 3), ("Loyal", 4, 4)):
            expected = (6 - recency == r) & (value == v)
            self.assertGreater(expected.sum(), 0)
            self.assertEqual(set(called[list(expected)]), {label})
        ends = self.table.Milk.groupby(value).max()
        self.assertEqual(record["bins"]["up_to"][1], list(ends))
        self.assertEqual(self.ok("segments", self.path, "divide", "--method", "rfm", "--bins", "k_means", "--by",
                                 "trait.Fresh, trait.Milk")["bins"]["method"], "k_means")

    def test_a_crossing_is_a_pivot_table(self):
        record, members = self.divided("--method", "cross", "--by", "trait.Channel, trait.Region", "--min-users", 1)
        counts = self.table.groupby(["Channel", "Region"]).size().sort_values(ascending=False)
        self.assertEqual([one["users"] for one in record["segments"]], list(counts))
        self.assertEqual(record["segments"][0]["description"]["rule"], "trait.Channel = 1 and trait.Region = 3")
        few = self.ok("segments", self.path, "divide", "--method", "cross", "--by", "trait.Channel, trait.Region",
                      "--min-users", 50)["segments"]
        self.assertTrue(all(one["users"] >= 50 for one in few))
        self.assertEqual(few[-1]["label"], {"en": "all others", "zh": "其他会员"})
        self.assertEqual(sum(one["users"] for one in few), 440)

    def test_whales_are_set_aside_and_named(self):
        by = ["--by", "trait.Delicassen, trait.Milk"]
        flagged = self.ok("segments", self.path, "divide", *by)
        trimmed = self.ok("segments", self.path, "divide", *by, "--outliers", "trim")
        kept = self.ok("segments", self.path, "divide", *by, "--outliers", "keep")
        far = flagged["clustering"]["outlier_users"]
        self.assertEqual(trimmed["clustering"]["outlier_users"], far)
        self.assertEqual(kept["clustering"]["outlier_users"], 0)
        if far:
            self.assertEqual((trimmed["segments"][-1]["users"], trimmed["segments"][-1]["is_outliers"]), (far, True))
            self.assertIn("outliers", [limit["code"] for limit in flagged["limits"]])

    def test_the_same_for_any_number_of_threads(self):
        by = ["segments", self.path, "divide", "--by", "trait.Fresh, trait.Milk, trait.Channel"]
        self.assertEqual(self.ok(*by, "--threads", 1), self.ok(*by, "--threads", 5))

    def test_rules_in_a_shop_without_events(self):
        made = self.ok("segments", self.path, "create", "fresh", "trait.Fresh > 10000 and count(buy) = 0")
        self.assertEqual((made["users"], made["of"]), (int((self.table.Fresh > 10000).sum()), 440))
        user = self.ok("segments", self.path, "users", "fresh", "--limit", 1)["user_ids"][0]
        self.assertTrue(self.ok("segments", self.path, "why", user, "fresh")["holds"])
        self.refused("failed_precondition", "run", self.path, says=["no events"])

    def test_both_languages(self):
        for language, words in (("en", ("Rule: ", "called", "stability")), ("zh", ("规则：", "名称", "稳定性"))):
            said = shop.run("segments", self.path, "divide", "--by", "trait.Fresh, trait.Milk", "--lang", language, "--quiet")
            for word in words:
                self.assertIn(word, said.stdout)


class BadUse(shop.ShopTest):
    def test_every_refusal_says_what_to_do(self):
        path = self.folder / "s"
        ids = "user_id,name,same\n" + "".join(f"u{i},n{i},1\n" for i in range(60))
        self.ok("import", path, self.write("u.csv", ids), "--kind", "users", "--ts", "2024-01-01", *shop.NEW)
        cases = {
            ("trait.nope",): "no trait \"nope\"",
            ("",): "nothing to divide by",
            ("trait.name",): "60 different texts",
            ("trait.same",): "the same facts",
            ("trait.same", "--categories", "trait.name"): "not divided by it",
            ("trait.same, trait.same",): "stands there twice",
            ("trait.name", "--method", "abc"): "is no number of anybody",
            ("trait.same, trait.name", "--method", "rfm"): "none of anybody",
            ("trait.same", "--method", "rfm"): "two or three facts",
            ("trait.same, trait.name", "--method", "rfm", "--borders", "1,2,3,4"): "borders are of fixed bins",
            ("trait.same, trait.other", "--method", "rfm", "--bins", "fixed", "--borders", "1,b"): "'b' is no number",
        }
        for options, says in cases.items():
            with self.subTest(options):
                self.refused("invalid_argument", "segments", path, "divide", "--by", *options, says=[says])
        self.refused("failed_precondition", "segments", path, "divide", "--by", "score.churn", says=["needs a run"])
        self.refused("failed_precondition", "segments", path, "divide", "--by", "trait.same", "--as-of", "2020-01-01",
                     says=["nobody was a member"])


if __name__ == "__main__":
    unittest.main()

"""Lifecycle and the names of tastes: stages against pandas, in the record, in rules and in what changed; names from run to run."""

import shutil
import unittest

import numpy
import pandas

import shop

STAGES = ["stage_new", "stage_active", "stage_won_back", "stage_cooling", "stage_sleeping", "stage_lost"]


def stages(features):
    """Of each buyer, from the features of the run."""
    rhythm = (features.frequency >= 3) & (features.gap_mean_days > 0)
    typical = numpy.sort(features.gap_mean_days[rhythm])[(rhythm.sum() - 1) // 2]
    waited = numpy.where(rhythm, features.recency_over_gap, features.recency_days / typical)
    earlier = (features.tenure_days - features.recency_days - features.last_gap_days) / (features.frequency - 2)
    before = numpy.where(features.frequency >= 3, earlier, typical)
    came_back = (before > 0) & (features.last_gap_days > 3 * before)
    named = numpy.select([waited > 4.61, waited > 3, waited > 1.61, features.frequency < 2, came_back],
                         ["stage_lost", "stage_sleeping", "stage_cooling", "stage_new", "stage_won_back"], "stage_active")
    return pandas.Series(named, index=features.index), typical


class Lifecycle(shop.ShopTest):
    def setUp(self):
        super().setUp()
        self.path = self.folder / "lifecycle.shop"
        self.ok("generate", self.path, "--users", "1500", "--days", "300", "--seed", "9")

    def members(self, method):
        rows = shop.Shop(self.path).sql(f"SELECT user_id, segment FROM segments WHERE method = '{method}' ORDER BY user_id")
        return pandas.Series(dict(rows))

    def test_stages_are_what_pandas_says_of_the_features(self):
        record = self.ok("run", self.path)
        columns = ["user_id", "recency_days", "tenure_days", "frequency", "gap_mean_days", "recency_over_gap", "last_gap_days"]
        rows = shop.Shop(self.path).sql(f"SELECT {', '.join(columns)} FROM features WHERE recency_days IS NOT NULL")
        expected, typical = stages(pandas.DataFrame(rows, columns=columns).set_index("user_id").astype(float))
        found = self.members("lifecycle")
        self.assertEqual(dict(found), dict(expected))
        of_run = [one for one in record["segments"] if one["method"] == "lifecycle"]
        self.assertEqual({one["name"]: one["users"] for one in of_run}, dict(found.value_counts()))
        self.assertEqual([one["name"] for one in of_run], [name for name in STAGES if name in set(found)])
        self.assertTrue(all(one["persona"]["text"]["zh"] for one in of_run))
        self.assertGreater(record["descriptions"]["lifecycle"]["accuracy"], 0.5)
        cooling = self.ok("segments", self.path, "preview", 'segment.lifecycle = "stage_cooling"')
        self.assertEqual(cooling["users"], (found == "stage_cooling").sum())
        flow = next(one for one in record["changes"]["segments"] if one["method"] == "lifecycle")
        self.assertEqual({one["name"]: one["after"] for one in flow["segments"] if one["after"]}, dict(found.value_counts()))
        self.refused("invalid_argument", "segments", self.path, "create", "stage_new", "count(buy) > 1",
                     says=["a name that runs give"])
        for language, words in (("en", ["Lifecycle", "Won-back customers", f"{typical:.1f} days here"]),
                                ("zh", ["生命周期", "回流期"])):
            self.assertEqual(shop.run("run", self.path, "--lang", language, "--force", "--quiet").exit_code, 0)
            page = (self.path / "report.html").read_text(encoding="utf-8")
            for word in words:
                self.assertTrue(word in page, word)

    def test_tastes_keep_their_names(self):
        self.ok("run", self.path, "--as-of", "2025-09-01")
        before = self.members("tastes")
        self.ok("run", self.path, "--as-of", "2025-11-01", "--seed", "3")
        after = self.members("tastes")
        both = before.index.intersection(after.index)
        kept = set(before) & set(after)
        self.assertGreater(len(kept), 0)
        for name in kept:
            mine, now = set(both[before[both] == name]), set(both[after[both] == name])
            self.assertGreaterEqual(len(mine & now) / len(mine | now), 0.2, name)
        most = max(int(name.split("_")[1]) for name in set(before))
        for name in set(after) - kept:
            self.assertGreater(int(name.split("_")[1]), most, "a number is not used for another taste")
        self.ok("run", self.path, "--as-of", "2025-11-01", "--seed", "3", "--force")
        self.assertEqual(dict(self.members("tastes")), dict(after))
        used = {int(name.split("_")[1]) for name in set(before) | set(after)}
        self.ok("run", self.path, "--as-of", "2025-03-10")
        self.assertEqual(len(self.members("tastes")), 0)
        self.ok("run", self.path, "--as-of", "2025-11-01")
        self.assertGreater(min(int(name.split("_")[1]) for name in set(self.members("tastes"))), max(used))

    def test_a_feature_that_an_older_release_did_not_store_is_said(self):
        path = self.folder / "region=eu" / "old.shop"  # a folder's name is no column
        shutil.copytree(shop.ROOT / "tests/golden/workspace_v1", path)
        self.assertGreater(self.ok("segments", path, "preview", "feature.gap_mean_days > 0")["of"], 0)
        self.assertNotIn("region", [column["name"] for column in self.ok("sql", path, "SELECT * FROM features LIMIT 1")["columns"]])
        self.refused("failed_precondition", "segments", path, "preview", "feature.last_gap_days > 0",
                     says=["did not store the feature last_gap_days", "run the shop again"])

    def test_too_few_regulars_are_said(self):
        path = self.folder / "few.shop"
        rows = "".join(f"u{user},i1,buy,2024-0{1 + month}-0{1 + user % 9},10\n" for user in range(20) for month in range(3))
        self.ok("import", path, self.write("few.csv", "user_id,item_id,behavior,timestamp,value\n" + rows), *shop.NEW)
        record = self.ok("run", path)
        self.assertEqual([one for one in record["segments"] if one["method"] == "lifecycle"], [])
        page = (path / "report.html").read_text(encoding="utf-8")
        self.assertTrue("members have three orders or more at different times; it takes 30" in page)


if __name__ == "__main__":
    unittest.main()

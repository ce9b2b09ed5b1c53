"""Divisions that are kept: anew with every run, under the same names; in tables, rules, look-ups and the report."""

import random
import unittest

import pandas
from sklearn.metrics import adjusted_rand_score

import shop

START = pandas.Timestamp("2026-01-01")


def rows_of(member, kind, days, rng):
    """Buys of a member on these days: night owls buy late in the app with discounts, the others at noon on the site."""
    hour = rng.choice((20, 21, 22)) if kind == "owl" else rng.choice((11, 12, 13))
    for day in days:
        ts = START + pandas.Timedelta(days=day, hours=hour, minutes=rng.randrange(60))
        yield {"user_id": member, "behavior_type": "buy", "item_id": f"i{rng.randrange(30)}", "timestamp": ts.isoformat(),
               "order_id": f"{member}-{day}", "quantity": 1, "unit_price": 100 if kind == "owl" else 40,
               "discount": 30 if kind == "owl" else 0, "channel": "app" if kind == "owl" else "site"}
    if kind == "owl" and member.endswith("0"):
        yield {"user_id": member, "behavior_type": "share", "timestamp": (START + pandas.Timedelta(days=days[0], hours=9)).isoformat()}


class KeptDivisions(shop.ShopTest):
    def setUp(self):
        super().setUp()
        self.rng = random.Random(7)
        self.kind = {f"u{n:04}": "owl" if n % 3 == 0 else "lark" for n in range(600)}
        self.path = self.folder / "k.shop"
        self.bring(range(0, 120))
        self.ok("run", self.path)

    def bring(self, days):
        rows = [row for member, kind in self.kind.items()
                for row in rows_of(member, kind, sorted(self.rng.sample(days, 4)), self.rng)]
        source = self.folder / f"events{days[0]}.csv"
        pandas.DataFrame(rows).to_csv(source, index=False)
        self.ok("import", self.path, source, *shop.NEW)

    def keep(self, name, *options):
        return self.ok("segments", self.path, "divide", *options, "--save", name)

    def segment_of(self, name):
        return dict(self.ok("sql", self.path, f"SELECT user_id, segment FROM segments WHERE method = '{name}'")["rows"])

    def test_groups_keep_their_names_when_the_shop_goes_on(self):
        kept = self.keep("rhythm", "--by", "feature.evening_share, feature.unit_price_mean", "--n-clusters", "2")
        self.assertEqual([one["name"] for one in kept["segments"]], ["rhythm_1", "rhythm_2"])
        first = self.segment_of("rhythm")
        kinds = [self.kind[user] for user in first]
        self.assertEqual(adjusted_rand_score(kinds, list(first.values())), 1)
        # Owls become the many: by size alone the names would change places.
        self.kind |= {f"v{n:04}": "owl" for n in range(500)}
        self.bring(range(120, 180))
        record = self.ok("run", self.path)
        second = self.segment_of("rhythm")
        self.assertEqual({user: second[user] for user in first}, first)
        self.assertEqual(len(second), 1100)
        told = {one["name"]: one for one in record["divisions"][0]["segments"]}
        self.assertEqual(record["divisions"][0]["segments"][0]["name"], "rhythm_2")
        self.assertEqual(told["rhythm_2"]["before"], 200)
        self.assertEqual(told["rhythm_2"]["users"], 700)

    def test_its_segments_are_segments_everywhere(self):
        self.keep("price", "--preset", "price_sensitivity")
        listed = self.ok("segments", self.path, "list")
        names = {one["label"]["en"]: one for one in listed["divisions"][0]["segments"]}
        fond = next(one for label, one in names.items() if "discount share ≥0.25" in label)
        self.assertEqual(fond["users"], 200)
        shown = self.ok("segments", self.path, "show", fond["name"], "--limit", 1000)
        owls = sorted(user for user, kind in self.kind.items() if kind == "owl")
        self.assertEqual(shown["user_ids"], owls)
        self.assertEqual(self.ok("segments", self.path, "users", fond["name"], "--limit", 0)["user_ids"], owls)
        self.ok("segments", self.path, "create", "fond", f'segment.price = "{fond["name"]}" and feature.frequency >= 3')
        self.ok("segments", self.path, "create", "fond_too", f'in_segment("{fond["name"]}")')
        self.assertEqual(self.ok("segments", self.path, "users", "fond", "--limit", 0)["user_ids"], owls)
        self.assertEqual(self.ok("show", self.path, "user", owls[0])["segments"]["price"], fond["name"])
        report = (self.path / "report.html").read_text()
        self.assertIn('id="divisions"', report)
        self.assertIn("discount share ≥0.25", report)
        self.refused("failed_precondition", "segments", self.path, "delete", "price", says=["asks for 'price'"])
        self.ok("segments", self.path, "delete", "fond")
        self.ok("segments", self.path, "delete", "fond_too")
        self.ok("segments", self.path, "delete", "price")
        self.assertEqual(self.segment_of("price"), {})
        self.assertNotIn('id="divisions"', (self.path / "report.html").read_text())
        self.assertTrue(self.segment_of("rfm"))

    def test_presets_find_what_was_planted(self):
        habits = self.ok("segments", self.path, "divide", "--preset", "habits", "--min-users", 1)
        evening = sum(one["users"] for one in habits["segments"] if "evening share ≥0.6" in one["label"]["en"])
        self.assertEqual(evening, 200)
        channels = self.ok("segments", self.path, "divide", "--preset", "channels")
        self.assertEqual({one["description"]["rule"]: one["users"] for one in channels["segments"]}, {
            'count(buy, 365d, channel = "site") < 1 and performed("buy", 365d, channel = "app")': 200,
            'performed("buy", 365d, channel = "site") and count(buy, 365d, channel = "app") < 1': 400})
        social = self.ok("segments", self.path, "divide", "--preset", "social")
        self.assertEqual(sorted(one["users"] for one in social["segments"]), [20, 580])
        self.assertIn("分享", social["segments"][1]["label"]["zh"])

    def test_a_combination_keeps_its_name_while_it_has_its_values(self):
        self.keep("social", "--preset", "social", "--min-users", "1")
        before = {one["description"]["rule"]: one["name"]
                  for one in self.ok("segments", self.path, "show", "social")["segments"]}
        self.assertEqual(before["count(share, 365d) < 1 and count(invite, 365d) < 1"], "social_1")
        # Nearly everybody shares now: the segments change places, and hardly a member stays in theirs.
        self.write("shares.csv", "user_id,behavior_type,timestamp\n" + "".join(
            f"{user},share,2026-04-20T10:{n % 60:02}:00\n" for n, user in enumerate(self.kind) if n >= 10))
        self.ok("import", self.path, self.folder / "shares.csv", *shop.NEW)
        division = self.ok("run", self.path)["divisions"][0]
        after = {one["description"]["rule"]: one["name"] for one in division["segments"]}
        self.assertEqual(after, before)
        self.assertEqual([one["name"] for one in division["segments"]], ["social_2", "social_1"])
        again = self.ok("run", self.path)
        self.assertTrue(again["was_current"])
        self.assertEqual(again["divisions"], [division])

    def test_numbers_are_never_used_again(self):
        self.keep("spread", "--by", "feature.frequency", "--method", "cross", "--borders", "2,3,4", "--min-users", "1")
        first = {one["name"] for one in self.ok("segments", self.path, "show", "spread")["segments"]}
        self.keep("spread", "--by", "feature.evening_share", "--method", "cross", "--borders", "0.5", "--min-users", "1", "--force")
        second = {one["name"] for one in self.ok("segments", self.path, "show", "spread")["segments"]}
        self.keep("spread", "--by", "feature.frequency", "--method", "cross", "--borders", "2,3,4", "--min-users", "1", "--force")
        third = {one["name"] for one in self.ok("segments", self.path, "show", "spread")["segments"]}
        number = lambda names: {int(name.removeprefix("spread_")) for name in names}
        self.assertTrue(all(n > max(number(first)) for n in number(second - first)))
        self.assertTrue(all(n > max(number(first | second)) for n in number(third - second)))

    def test_a_segment_without_members_is_still_one(self):
        kept = self.keep("evening", "--by", "feature.evening_share", "--method", "cross", "--borders", "0.5", "--min-users", "1")
        late = next(one["name"] for one in kept["segments"] if "≥0.5" in one["label"]["en"])
        self.ok("segments", self.path, "create", "owls", f'in_segment("{late}")')
        kept = self.keep("evening", "--by", "feature.evening_share", "--method", "cross", "--borders", "0.5", "--min-users",
                         "300", "--force")
        self.assertNotIn(late, [one["name"] for one in kept["segments"]])
        self.assertEqual(self.ok("segments", self.path, "users", "owls", "--limit", 0)["users"], 0)

    def test_who_came_after_the_run_is_not_counted(self):
        late = self.write("late.csv", "user_id,behavior_type,timestamp\nnew1,share,2026-02-01T10:00:00\nnew2,share,2026-02-01T10:00:00\n")
        self.ok("import", self.path, late, *shop.NEW)
        kept = self.keep("social", "--preset", "social")
        self.assertEqual(kept["users"], 600)
        self.assertEqual(len(self.segment_of("social")), 600)

    def test_what_cannot_be_computed_any_more_stands_and_says_so(self):
        late = self.write("late.csv", "user_id,item_id,behavior_type,timestamp,item.category\n" + "".join(
            f"{user},tea{n},buy,2026-04-{n + 1:02}T10:00:00,Tea\n" for user in list(self.kind)[:50] for n in range(8)))
        self.ok("import", self.path, late, *shop.NEW)
        self.ok("run", self.path)
        now = self.keep("tea", "--by", 'feature."taste:Tea"', "--method", "cross")["as_of"]
        self.keep("busy", "--by", "feature.frequency", "--method", "cross")
        # In March nobody had bought anything of a category.
        busy, tea = self.ok("run", self.path, "--as-of", "2026-03-01")["divisions"]
        self.assertEqual((busy["as_of"][:10], tea["as_of"]), ("2026-03-01", now))
        tea_1 = sum(name == "tea_1" for name in self.segment_of("tea").values())
        self.assertEqual(self.ok("segments", self.path, "preview", 'segment.tea = "tea_1"')["users"], tea_1)
        self.assertEqual(len(self.segment_of("tea")), len(self.segment_of("busy")))
        # Only what is not of this run is computed by one that is current.
        again = self.ok("run", self.path, "--as-of", "2026-03-01")
        self.assertTrue(again["was_current"])
        self.assertEqual(again["divisions"], [busy, tea])
        self.assertIn('id="divisions"', (self.path / "report.html").read_text())

    def test_bad_use_is_told(self):
        self.keep("mine", "--by", "feature.frequency", "--method", "cross")
        divide = ("segments", self.path, "divide", "--by", "feature.frequency")
        for name, code, says in (("rfm", "invalid_argument", "choose another"), ("cluster", "invalid_argument", "choose another"),
                                 ("Mine", "invalid_argument", "a to z"), ("a b", "invalid_argument", "a to z"),
                                 ("mine_1", "invalid_argument", "choose another"), ("", "invalid_argument", "a to z"),
                                 ("mine", "already_exists", "--force replaces it")):
            with self.subTest(name):
                self.refused(code, *divide, "--save", name, says=[says])
        for options, says in ((("--save", "other", "--as-of", "2026-02-01"), "leave out --as-of"),
                              (("--save", "other", "--out", "x.csv"), "leave out --as-of"),
                              (("--borders", "1"), "finds its own borders"),
                              (("--method", "cross", "--borders", "1; 2"), "2 lists of borders for 1 facts"),
                              (("--method", "cross", "--borders", "2, 1"), "rising numbers"),
                              (("--method", "cross", "--borders", "x"), "'x' is no number")):
            with self.subTest(options):
                self.refused("invalid_argument", *divide, *options, says=[says])
        self.refused("invalid_argument", "segments", self.path, "divide", "--method", "cross", "--by", "segment.rfm",
                     "--borders", "2", says=["segment.rfm is no number"])
        self.refused("invalid_argument", "segments", self.path, "divide", "--by", "segment.mine", "--save", "other",
                     says=["not made from another"])
        self.refused("already_exists", "segments", self.path, "create", "mine_1", "everyone", says=["the division 'mine'"])
        self.refused("invalid_argument", "segments", self.path, "preview", "segment.mime = 'mine_1'",
                     says=["did you mean mine?"])
        self.refused("invalid_argument", "segments", self.path, "divide", "--preset", "habits", "--by", "trait.x")
        replaced = self.ok("segments", self.path, "divide", "--by", "feature.basket_items", "--method", "cross", "--save",
                           "mine", "--force")
        self.assertEqual(replaced["by"], ["feature.basket_items"])


if __name__ == "__main__":
    unittest.main()

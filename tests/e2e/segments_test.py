"""Segments by rules: on Online Retail counted again with pandas, through every command; what people write is data."""

import csv
import json
import tempfile
import unittest
from pathlib import Path

import pandas

import shop

AS_OF = pandas.Timestamp("2011-12-09")


class OnlineRetailRules(shop.ShopTest):
    @classmethod
    def setUpClass(cls):
        data = shop.find_data(shop.ONLINE_RETAIL)
        cls.holder = tempfile.TemporaryDirectory(prefix="coterie-e2e-")
        cls.addClassCleanup(cls.holder.cleanup)
        cls.path = Path(cls.holder.name) / "or.shop"
        shop.import_online_retail(data, cls.path)
        cls.record = shop.run("run", cls.path, "--json", "--quiet").json()
        stored = shop.Shop(cls.path)
        rows = stored.sql("SELECT user_id, item_id, behavior, ts, CAST(line_amount AS DOUBLE), CAST(quantity AS DOUBLE) "
                          "FROM events WHERE user_id IS NOT NULL AND ts < TIMESTAMP '2011-12-09'")
        cls.events = pandas.DataFrame(rows, columns=["user", "item", "behavior", "ts", "amount", "quantity"])
        cls.country = dict(stored.sql("SELECT user_id, arg_max(value, (valid_from, value)) FROM users "
                                      "WHERE trait = 'country' GROUP BY user_id"))
        cls.all = set(cls.events.user)

    def members(self, rule, as_of=None):
        """The ids that the program finds: by a segment that is made, listed and forgotten."""
        options = ["--as-of", as_of] if as_of else []
        made = self.ok("segments", self.path, "create", "under test", rule, *options)
        users = self.ok("segments", self.path, "users", "under test", "--limit", 0, *options)
        self.assertEqual(made["users"], users["users"])
        preview = self.ok("segments", self.path, "preview", rule, *options)
        self.assertEqual((preview["users"], preview["of"]), (made["users"], made["of"]))
        self.ok("segments", self.path, "delete", "under test")
        return set(users["user_ids"])

    def since(self, days):
        return self.events[self.events.ts >= AS_OF - pandas.Timedelta(days=days)]

    def test_rules_hold_of_whom_pandas_says(self):
        buys = self.events[self.events.behavior == "buy"]
        recent = self.since(90)
        spent = recent[recent.behavior == "buy"].groupby("user").amount.sum()
        gave_back = set(self.events[self.events.behavior == "refund"].user)
        france = {user for user, country in self.country.items() if country == "France"} & self.all
        last = (AS_OF - buys.groupby("user").ts.max()).dt.total_seconds() / 86400
        lantern = buys[buys.item == "85123A"].groupby("user").quantity.sum()
        cases = {
            "everyone": self.all,
            "sum(buy.line_amount, 90d) > 500": set(spent[spent > 500].index),
            "sum(buy.line_amount, 90d) <= 500": self.all - set(spent[spent > 500].index),
            "performed('refund')": gave_back,
            "trait.country = 'France' and not performed(\"refund\")": france - gave_back,
            "trait.country not in ('France', 'United Kingdom')":
                {u for u in self.all if self.country.get(u, "France") not in ("France", "United Kingdom")},
            "days_since(buy) < 30.5": set(last[last < 30.5].index),
            "days_since(buy) is missing": self.all - set(last.index),
            "sum(buy.quantity, item_id = '85123A') >= 12": set(lantern[lantern >= 12].index),
            "max(buy.line_amount) > 1000 or avg(buy.line_amount) < 2":
                set(buys[buys.amount > 1000].user)
                | {u for u, mean in buys.groupby("user").amount.mean().items() if mean < 2 - 1e-12},
        }
        for rule, expected in cases.items():
            with self.subTest(rule):
                self.assertEqual(self.members(rule), expected)

    def test_an_earlier_instant_sees_only_what_was_known_then(self):
        then = self.events[self.events.ts < "2011-06-01"]
        orders = then[then.behavior == "buy"].groupby("user").size()
        self.assertEqual(self.members("count(buy) >= 50", "2011-06-01"), set(orders[orders >= 50].index))
        self.assertEqual(self.members("everyone", "2011-06-01"), set(then.user))

    def test_segments_of_the_run_are_rules_too(self):
        of_run = {s["name"]: s["users"] for s in self.record["segments"] if s["method"] == "rfm"}
        champions = self.ok("segments", self.path, "users", "champions", "--limit", 0)
        self.assertEqual(champions["users"], of_run["champions"])
        rule = "in_segment('champions') and rfm.r = 5"
        self.assertEqual(self.members(rule), self.members("segment.rfm = 'champions' and rfm.r >= 5"))

    def test_the_life_of_a_segment(self):
        rule = "rfm.r >= 4 and sum(buy.line_amount, 90d) > 500"
        made = self.ok("segments", self.path, "create", "vip", rule, "--note", "spring")
        self.assertEqual((made["rule"], made["note"], made["method"]), (rule, "spring", "rule"))
        self.assertEqual(self.ok("segments", self.path, "preview", json.dumps(made["rule_json"]))["users"], made["users"])
        self.assertEqual([s["name"] for s in self.ok("segments", self.path, "list")["rules"]], ["vip"])
        shown = self.ok("segments", self.path, "show", "vip", "--limit", 5)
        self.assertEqual(len(shown["user_ids"]), 5)
        why = self.ok("segments", self.path, "why", shown["user_ids"][0], "vip")
        self.assertTrue(why["holds"])
        self.assertEqual([part["condition"] for part in why["why"]["children"]], rule.split(" and "))
        self.assertGreater(why["why"]["children"][1]["value"], 500)
        diff = self.ok("segments", self.path, "diff", "vip", "--from", "2011-09-01", "--to", "2011-11-01")
        self.assertEqual(diff["after"], diff["stayed"] + diff["came"]["users"])
        self.assertEqual(diff["before"], diff["stayed"] + diff["left"]["users"])
        self.ok("segments", self.path, "note", "vip", "夏季")
        out = self.folder / "vip.csv"
        self.ok("segments", self.path, "export", "vip", "--out", out)
        with out.open(encoding="utf-8-sig", newline="") as text:
            rows = list(csv.DictReader(text))
        self.assertEqual(len(rows), made["users"])
        self.assertTrue(all(float(row["sum(buy.line_amount, 90d)"]) > 500 and float(row["rfm.r"]) >= 4 for row in rows))
        self.refused("already_exists", "segments", self.path, "create", "vip", "everyone", says=["--force"])
        self.assertEqual(self.ok("segments", self.path, "create", "vip", "everyone", "--force")["note"], "夏季")
        self.ok("segments", self.path, "delete", "vip")
        self.refused("not_found", "segments", self.path, "why", "12347", "vip", says=["no segment 'vip'"])

    def test_tables_for_people_in_both_languages(self):
        self.ok("segments", self.path, "create", "常客", "count(buy, 90d) >= 20")
        for language, words in (("en", "is in segment 常客"), ("zh", "属于分群 常客")):
            user = self.ok("segments", self.path, "users", "常客", "--limit", 1)["user_ids"][0]
            said = shop.run("segments", self.path, "why", user, "常客", "--lang", language, "--quiet")
            self.assertIn(words, said.stdout)
            listed = shop.run("segments", self.path, "list", "--lang", language, "--quiet").stdout
            self.assertIn("count(buy, 90d) >= 20", listed)
        self.ok("segments", self.path, "delete", "常客")


class RulesOfASmallShop(shop.ShopTest):
    def setUp(self):
        super().setUp()
        self.path = self.folder / "s"
        self.ok("import", self.path, self.write("a.csv", shop.GOOD), *shop.NEW)

    def test_what_looks_like_sql_is_data(self):
        name = "'; DROP TABLE events; --"
        rule = "trait.city = \"x'; DROP TABLE users; --\" or count(buy, item_id = \"' OR 1=1 --\") > 0"
        self.refused("invalid_argument", "segments", self.path, "create", name, rule, says=["no trait"])
        rule = "count('custom:x\\'); DELETE FROM events; --') = 0 and count(buy, item_id = \"' OR 1=1 --\") = 0"
        self.assertEqual(self.ok("segments", self.path, "create", name, rule)["users"], 1)  # one is known by then
        out = self.folder / "members.jsonl"
        self.ok("segments", self.path, "export", name, "--out", out)
        self.assertEqual(len(out.read_text().splitlines()), 1)
        self.assertEqual(shop.Shop(self.path).rows("events"), 2)

    def test_rules_from_standard_input(self):
        answer = shop.run("segments", self.path, "preview", "-", "--json", "--quiet", "--as-of", "2025-02-01",
                          input=b'{"type": "Performed", "event": "buy"}')
        self.assertEqual(answer.json()["users"], 1)

    def test_bad_use(self):
        cases = {
            "count(bye) > 1": "column 7: no behavior \"bye\"; did you mean buy",
            "count(buy) >": "column 13: expected a number",
            "": "the rule is empty",
            "{\"type\":\"And\"}": "$: the key \"children\" is missing",
            "score.churn > 0.5": "needs a run; run `coterie run",
            "trait.city = 1": "the shop knows no trait",
            "in_segment('a')": None,
        }
        for rule, says in cases.items():
            with self.subTest(rule):
                code = "not_found" if says is None else "failed_precondition" if "needs a run" in says else "invalid_argument"
                self.refused(code, "segments", self.path, "preview", rule, says=[says or "no segment 'a'"])
        self.refused("not_found", "segments", self.path, "delete", "a", says=["no segment 'a'"])
        self.ok("segments", self.path, "create", "a", "everyone")
        self.ok("segments", self.path, "create", "b", "in_segment('a')")
        self.refused("invalid_argument", "segments", self.path, "create", "a", "not in_segment('b')", "--force",
                     says=["in a circle: a → b → a"])
        self.refused("failed_precondition", "segments", self.path, "delete", "a", says=["is included by b"])
        self.refused("not_found", "segments", self.path, "why", "nobody", "a", says=["no such member"])
        self.refused("invalid_argument", "segments", self.path, "diff", "a", "--from", "2025-02-01", "--to",
                     "2025-01-01", says=["is not before"])


if __name__ == "__main__":
    unittest.main()

"""Faults planted in real files: each is found by the right rule at the right line, and nothing else is."""

import sys
from collections import Counter
from pathlib import Path

import shop

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import dirt  # noqa: E402

SEEDS = (7,)
MIN_KINDS = 20


class Dirt(shop.ShopTest):
    def tables(self, made):
        """{line: rule} of the quarantine, and {line: {rules}} of the flags, by pairs."""
        place = shop.Shop(made)
        quarantine = dict(place.sql("SELECT line, rule FROM quarantine")) if place.rows("quarantine") else {}
        flags = {}
        for line, rule in place.sql("SELECT line, rule FROM flags") if place.rows("flags") else ():
            flags.setdefault(line, set()).add(rule)
        return quarantine, flags

    def check(self, data, layout, *options):
        clean = self.folder / "clean.shop"
        clean_counts = self.ok("import", clean, data, *options)
        clean_quarantine, clean_flags = self.tables(clean)
        for seed in SEEDS:
            with self.subTest(layout=layout, seed=seed):
                text, truth, origin = dirt.make_dirt(data.read_bytes(), layout, seed)
                made = self.folder / f"dirty{seed}.shop"
                counts = self.ok("import", made, self.write(f"dirty{seed}.csv", text), *options)
                self.judge(counts, truth, origin, *self.tables(made), clean_counts, clean_quarantine, clean_flags)

    def judge(self, counts, truth, origin, quarantine, flags, clean_counts, clean_quarantine, clean_flags):
        self.assertGreaterEqual(len({fault["kind"] for fault in truth}), MIN_KINDS)
        self.assert_balanced(counts)
        wrong = []
        for fault in truth:
            line, verdict, rule = fault["line"], fault["verdict"], fault["rule"]
            bad, marks = quarantine.pop(line, None), flags.pop(line, set())
            expected = {"quarantine": (rule, set()), "flag": (None, {rule})}.get(verdict, (None, set()))
            if (bad, marks) != expected:
                wrong.append((fault, bad, marks))
        self.assertEqual(wrong, [], "planted faults that were not found as they should be")
        # Of the untouched rows exactly those that the clean file's import holds back or flags.
        kept = set(origin.values())
        self.assertEqual({origin.get(line): rule for line, rule in quarantine.items()},
                         {line: rule for line, rule in clean_quarantine.items() if line in kept})
        self.assertEqual({origin.get(line): marks for line, marks in flags.items()},
                         {line: marks for line, marks in clean_flags.items() if line in kept})
        verdicts = Counter(fault["verdict"] for fault in truth)
        self.assertEqual(counts["duplicate"], clean_counts["duplicate"] + verdicts["duplicate"])

    def test_online_retail(self):
        self.check(shop.find_data(shop.ONLINE_RETAIL), "online-retail", "--preset", "online-retail")

    def test_retailrocket(self):
        data = shop.find_data("retailrocket-sample/sample_events.csv")
        self.check(data, "retailrocket", "--preset", "coterie", "--map",
                   "user_id=visitorid,item_id=itemid,behavior=event,ts=timestamp,order_id=transactionid",
                   "--behavior", "addtocart=cart,transaction=buy", "--timezone", "UTC", "--currency", "USD")

    def test_completejourney(self):
        data = shop.find_data("completejourney/transactions_sample.converted.csv.gz")
        self.check(data, "completejourney", "--preset", "coterie", "--map",
                   "user_id=household_id,item_id=product_id,order_id=basket_id,ts=transaction_timestamp,"
                   "line_amount=sales_value,quantity=quantity", "--behavior", "*=buy", "--timezone",
                   "America/New_York", "--currency", "USD")

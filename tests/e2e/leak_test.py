"""Nothing that lies after as_of may change what is computed as of it (DESIGN §6).

A generated shop is written out as CSV, its later part is perturbed in many ways, and both are imported again.
Features of the members, and everything that a run trains, judges and recommends, must be equal. The last test
shows that the comparison does see a change when something before as_of is touched.
"""

import csv
import json
import random
import unittest
from datetime import datetime, timedelta
from operator import itemgetter

import shop

SEED = 7
AS_OF = "2025-09-20"
AS_OF_UTC = datetime(2025, 9, 19, 16)  # the shop keeps Shanghai's time
COLUMNS = ("event_id", "user_id", "anonymous_id", "item_id", "behavior", "ts", "value", "quantity",
           "unit_price", "line_amount", "discount", "currency", "order_id", "session_id", "channel",
           "campaign_id", "decision_id", "properties")
ATTRIBUTES = ("item.name", "item.brand", "item.is_product", "user.city", "user.member_level")
# Of a run's record: how much is stored is no secret of the past, everything else is compared.
ABOUT_ALL_DATA = ("users", "items", "events", "seconds", "report", "was_current")
DETAILS_ABOUT_ALL_DATA = ("quality", "first_event", "last_event")


def moment(row):
    return datetime.strptime(row["ts"], "%Y-%m-%dT%H:%M:%S.%fZ")


def at(row, when, **changes):
    return {**row, "ts": when.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), **changes}


class Leak(shop.ShopTest):
    def setUp(self):
        super().setUp()
        self.past, self.future = [], []
        for row in self.read_events():
            (self.past if moment(row) < AS_OF_UTC else self.future).append(row)
        self.numbers = random.Random(SEED)
        self.makes = 0

    def read_events(self):
        """Every event of a generated shop as a row of text, with words about its item and member."""
        made = self.folder / "generated.shop"
        self.ok("generate", made, "--users", "800", "--days", "365", "--seed", SEED)
        texts = ["strftime(ts, '%Y-%m-%dT%H:%M:%S.%fZ')" if name == "ts" else f"coalesce({name}::VARCHAR, '')"
                 for name in COLUMNS]
        rows = shop.Shop(made).sql(f"SELECT {', '.join(texts)} FROM events ORDER BY ts, event_id")
        self.assertGreater(len(rows), 10_000)
        for row in rows:
            event = dict(zip(COLUMNS, row))
            item, user = event["item_id"], event["user_id"]
            event |= {"item.name": item and f"Item {item}", "item.brand": item and f"Brand {item[-1]}",
                      "item.is_product": item and ("false" if item.endswith("77") else "true"),
                      "user.city": user and f"City {user[-1]}", "user.member_level": user and "gold"}
            yield event

    def make(self, *files):
        """A new workspace of these lists of rows, one file each, imported in this order."""
        self.makes += 1
        made = self.folder / f"{self.makes}.shop"
        for number, rows in enumerate(files):
            path = self.folder / f"{self.makes}-{number}.csv"
            with path.open("w", newline="", encoding="utf-8") as text:
                writer = csv.writer(text)
                writer.writerow((*COLUMNS, *ATTRIBUTES))
                writer.writerows(map(itemgetter(*COLUMNS, *ATTRIBUTES), rows))
            counts = self.ok("import", made, path, "--preset", "coterie", "--timezone", "Asia/Shanghai",
                             "--currency", "CNY")
            self.assert_balanced(counts)
            self.assertEqual(counts["quarantined"], 0, counts)
            self.assertEqual(counts["accepted"], len(rows))
        return made

    def features(self, made, as_of=AS_OF):
        return json.dumps(self.ok("features", made, "show", "--as-of", as_of))

    def run_record(self, made):
        printed = self.ok("run", made, "--as-of", AS_OF)
        details = shop.Shop(made).record()["details"]
        printed = {name: value for name, value in printed.items() if name not in ABOUT_ALL_DATA}
        printed["details"] = {name: value for name, value in details.items()
                              if name not in DETAILS_ABOUT_ALL_DATA}
        return json.dumps(printed, sort_keys=True)

    def results(self, made):
        return {"features": self.features(made), "run": self.run_record(made),
                "tables": shop.Shop(made).digest(shop.Shop.RESULTS)}

    def assert_same(self, expected, made, what):
        for name, value in self.results(made).items():
            self.assertTrue(value == expected[name], f"{what}: {name} differ; seed {SEED}")

    # Ways to perturb the later part; each gives the rows that replace it.

    def dropped(self):
        return []

    def doubled(self):
        return [row if copy == 0 else {**row, "event_id": f"again-{row['event_id']}"}
                for row in self.future for copy in (0, 1)]

    def other_amounts(self):
        return [row | {"quantity": row["quantity"] and "9", "unit_price": row["unit_price"] and "1234.5",
                       "line_amount": "", "order_id": row["order_id"] and f"x{row['order_id']}"}
                for row in self.future if row["behavior"] != "refund"]

    def other_behaviors(self):
        return [row | {"behavior": "buy", "quantity": "1", "unit_price": "5", "line_amount": "",
                       "discount": "", "order_id": f"n{i}"}
                for i, row in enumerate(self.future)]

    def other_times(self):
        return [at(row, AS_OF_UTC + (moment(row) - AS_OF_UTC) / 3) for row in self.future]

    def new_users_and_items(self):
        strangers = [row | {"event_id": f"s{i}", "user_id": f"0{row['user_id']}",
                            "item_id": f"0{row['item_id']}", "anonymous_id": "", "session_id": ""}
                     for i, row in enumerate(self.future) if row["user_id"] and row["item_id"]]
        return self.future + strangers

    def shuffled_users(self):
        users = [row["user_id"] for row in self.future]
        self.numbers.shuffle(users)
        return [row | {"user_id": user} for row, user in zip(self.future, users) if user]

    def other_attributes(self):
        """What is said strictly after as_of: products that are none, new names, other traits."""
        return [row | {"item.is_product": "false", "item.name": "Renamed", "item.brand": "Sold",
                       "user.city": "Moved", "user.member_level": "none"}
                for row in self.future if moment(row) > AS_OF_UTC]

    def at_the_very_instant(self):
        """An event at as_of itself is not known yet, nor who is first seen in it."""
        rows = [at(row, AS_OF_UTC) | dict.fromkeys(ATTRIBUTES, "") for row in self.past[-500:]]
        rows = [row | {"event_id": f"t{i}"} for i, row in enumerate(rows)]
        strangers = [row | {"event_id": f"n{i}", "user_id": f"n{i}", "item_id": f"n{i}"}
                     for i, row in enumerate(rows)]
        return rows + strangers + self.future

    PERTURBATIONS = (dropped, doubled, other_amounts, other_behaviors, other_times, new_users_and_items,
                     shuffled_users, other_attributes, at_the_very_instant)

    def test_what_comes_later_changes_nothing(self):
        self.assertGreater(min(len(self.past), len(self.future)), 5_000)
        expected = self.results(self.make(self.past + self.future))
        for perturb in self.PERTURBATIONS:
            with self.subTest(perturb=perturb.__name__):
                later = perturb(self)
                self.assertNotEqual(later, self.future)
                self.assert_same(expected, self.make(self.past + later), perturb.__name__)

    def test_neither_do_late_arrivals_nor_their_order(self):
        made = self.make(self.past)
        expected = self.results(made)
        later = self.other_attributes()
        self.numbers.shuffle(later)
        self.assert_same(expected, self.make(self.past, later), "imported afterwards")
        self.assert_same(expected, self.make(later, self.past), "imported before")
        mixed = self.past + later
        self.numbers.shuffle(mixed)
        self.assert_same(expected, self.make(mixed), "in no order")

    def test_features_of_the_training_instants(self):
        """What a model trains on lies 30 to 180 days before; later events, its labels, change none of it."""
        made = self.make(self.past + self.future)
        for days in (30, 60, 90, 180):
            then = AS_OF_UTC - timedelta(days=days)
            local = (then + timedelta(hours=8)).strftime("%Y-%m-%d")
            known = [row for row in self.past if moment(row) < then]
            self.assertTrue(self.features(made, local) == self.features(self.make(known), local),
                            f"{days} days")

    # The comparison can fail.

    def assert_seen(self, results, past, what, where=("features", "run", "tables")):
        changed = self.results(self.make(past + self.future))
        for name in where:
            self.assertFalse(changed[name] == results[name], f"{what}: {name} did not change")

    def test_what_came_before_is_seen(self):
        results = self.results(self.make(self.past + self.future))
        buys = [i for i, row in enumerate(self.past) if row["behavior"] == "buy"]
        last = self.past[buys[-1]]
        before = AS_OF_UTC - timedelta(microseconds=1)
        self.assert_seen(results, self.past[:buys[-1]] + self.past[buys[-1] + 1:], "a buy dropped")
        dearer = {**last, "line_amount": str(float(last["line_amount"]) + 1000)}
        self.assert_seen(results, [dearer if row is last else row for row in self.past], "an amount changed")
        self.assert_seen(results, [*self.past, at(last, before, event_id="new", order_id="new")],
                         "a buy more", where=("features", "run"))
        items = [self.past[i]["item_id"] for i in buys]
        top = max(sorted(set(items)), key=items.count)
        word = at(next(row for row in self.past if row["item_id"] == top), before, event_id="new",
                  behavior="view")
        self.assert_seen(results, [*self.past, word | {"item.is_product": "false"}],
                         "the best seller no product", where=("run",))


if __name__ == "__main__":
    unittest.main()

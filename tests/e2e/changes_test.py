"""What changed: two states of a generated shop, of which the later one has other prices, other habits and worse data."""

import csv
import datetime
import unittest

import shop

DAYS = 240
TURN_DAYS = 40  # before the end
BAD_EVERY = 20


class Changes(shop.ShopTest):
    def generated(self):
        made = self.folder / "events.csv"
        answer = shop.run("generate", made, "--csv", "--users", "1500", "--days", DAYS, "--seed", "5", "--dirty", "0", "--quiet")
        self.assertEqual(answer.exit_code, 0, answer.stderr)
        with made.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return rows, list(rows[0])

    def written(self, name, fields, rows):
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fields)
            writer.writeheader()
            writer.writerows(rows)
        return path

    def imported(self, place, path):
        answer = shop.run("import", place, path, "--preset", "coterie", *shop.NEW, "--json", "--quiet")
        self.assertEqual(answer.exit_code, 0, answer.stderr)
        return answer.json()

    def ran(self, place, *more):
        answer = shop.run("run", place, "--json", "--quiet", *more)
        self.assertEqual(answer.exit_code, 0, answer.stderr)
        return answer.json()

    def test_a_second_run_says_who_moved_what_drifted_and_that_the_data_got_worse(self):
        rows, fields = self.generated()
        last = max(row["timestamp"] for row in rows)
        turn = (datetime.datetime.fromisoformat(last[:10]) - datetime.timedelta(days=TURN_DAYS)).date().isoformat()
        early = [row for row in rows if row["timestamp"][:10] < turn]
        late = [dict(row) for row in rows if row["timestamp"][:10] >= turn]
        for number, row in enumerate(late):
            if row.get("unit_price"):
                row["unit_price"] = f"{float(row['unit_price']) * 6:.2f}"
            if number % BAD_EVERY == 0:
                row["timestamp"] = "never"
        place = self.folder / "changed.shop"
        self.imported(place, self.written("early.csv", fields, early))
        first = self.ran(place)
        self.assertIsNone(first["changes"]["since"]["run"], "the first run compares with four weeks before")
        self.imported(place, self.written("late.csv", fields, late))
        changes = self.ran(place)["changes"]

        self.assertEqual(changes["since"]["run"], 1)
        self.assertEqual(changes["since"]["as_of"], first["as_of"])
        self.assert_flow_adds_up(changes)
        by_name = {drift["name"]: drift for drift in changes["features"]}
        self.assertTrue(by_name["unit_price_mean"]["drifted"])
        shares = {share["name"]: share for share in changes["quality"]["imports"]["shares"]}
        self.assertTrue(shares["quarantined"]["moved"], shares)
        self.assertFalse(shares["duplicate"]["moved"], shares)

        text = shop.run("changes", place)
        self.assertEqual(text.exit_code, 0, text.stderr)
        self.assertIn("(run 1)", text.stdout)
        self.assertIn("spent, 30 days", text.stdout)
        self.assertIn("quarantined:", text.stdout)
        chinese = shop.run("changes", place, "--lang", "zh")
        self.assertIn("近30天消费", chinese.stdout)
        self.assertEqual(shop.run("changes", place, "--json").json()["changes"], changes)
        # The same instant asked for by number and by date gives the same answer as the run did.
        for since in ("1", first["as_of"]):
            again = shop.run("changes", place, "--since", since, "--json").json()["changes"]
            for key in ("segments", "features", "scores", "behavior"):
                self.assertEqual(again[key], changes[key], (since, key))

    def assert_flow_adds_up(self, changes):
        for method in changes["segments"]:
            for index, segment in enumerate(place for place in method["segments"] if place["name"] is not None):
                at = method["places_after"].index(segment["name"])
                self.assertEqual(segment["after"], sum(row[at] for row in method["members"]), (index, segment))
                if segment["was"] is not None:
                    self.assertEqual(segment["before"], sum(
                        method["members"][method["places_before"].index(segment["was"])]))

    def test_bad_instants_are_refused_in_words(self):
        place = self.folder / "small.shop"
        made = self.folder / "small.csv"
        shop.run("generate", made, "--csv", "--users", "200", "--days", "120", "--seed", "2", "--quiet")
        self.imported(place, made)
        answer = shop.run("changes", place, "--json")
        self.assertEqual(answer.exit_code, shop.EXIT_CODES["failed_precondition"], answer.stdout)
        self.ran(place)
        for since, code, words in (("99", "not_found", "no run 99 is kept"), ("2001-01-01", "invalid_argument", "must lie"),
                                   ("2999-01-01", "invalid_argument", "must lie"), ("soon", "invalid_argument", "soon")):
            answer = shop.run("changes", place, "--since", since, "--json")
            self.assertEqual(answer.exit_code, shop.EXIT_CODES[code], (since, answer.stdout))
            self.assertIn(words, answer.json()["error"]["message"])


if __name__ == "__main__":
    unittest.main()

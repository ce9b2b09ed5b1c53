"""Segments followed by `segments SHOP watch`: lines as events arrive, whatever else happens to the shop meanwhile."""

import json
import signal
import subprocess
import unittest

import shop

ROWS = "user_id,item_id,behavior_type,timestamp,quantity,unit_price,line_amount\n"


class Watch(shop.ShopTest):
    def setUp(self):
        super().setUp()
        self.path = self.folder / "s"
        self.imported = 0
        self.bring("u1,i1,buy,2025-01-05 10:00:00,1,700,700", "u2,i1,view,2025-01-05 11:00:00,,,", options=shop.NEW)
        self.ok("segments", self.path, "create", "vip", "sum(buy.line_amount, 90d) > 500")
        self.ok("segments", self.path, "create", "quiet", "not performed(\"buy\", 7d)")

    def bring(self, *rows, options=()):
        self.imported += 1
        self.ok("import", self.path, self.write(f"{self.imported}.csv", ROWS + "\n".join(rows) + "\n"), *options)

    def watch(self, *options):
        process = subprocess.Popen(shop.command("segments", self.path, "watch", "--as-of", "2025-01-06", "--every", "20",
                                                *options),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=shop.environment())
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process

    def next(self, process):
        return json.loads(process.stdout.readline())

    def stop(self, process):
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read().splitlines()
        self.assertEqual(process.wait(), 0, process.stderr.read())
        return [json.loads(line) for line in rest]

    def test_lines_as_events_arrive(self):
        process = self.watch("--json")
        first = self.next(process)
        self.assertEqual(first["segments"], {"vip": 1, "quiet": 1})
        self.assertEqual(first["of"], 2)
        self.bring("u2,i1,buy,2025-01-05 12:00:00,1,600,600")
        came = {(line["segment"], line["user_id"], line["change"]) for line in (self.next(process), self.next(process))}
        self.assertEqual(came, {("vip", "u2", "came"), ("quiet", "u2", "left")})
        told = self.next(process)
        self.assertEqual((told["events"], told["changes"]), (1, 2))
        self.bring("u3,i1,view,2025-01-05 12:00:00,,,")  # a new member
        line = self.next(process)
        self.assertEqual((line["segment"], line["user_id"], line["change"]), ("quiet", "u3", "came"))
        self.assertEqual(self.next(process)["events"], 1)
        last = self.stop(process)[-1]
        self.assertEqual(last["segments"], {"vip": 2, "quiet": 1})
        for name, rule in (("vip", "in_segment('vip')"), ("quiet", "in_segment('quiet')")):
            counted = self.ok("segments", self.path, "preview", rule, "--as-of", last["as_of"])
            self.assertEqual(counted["users"], last["segments"][name])

    def test_compaction_and_repeats_count_nothing_twice(self):
        process = self.watch("vip", "--json")
        self.assertEqual(self.next(process)["segments"], {"vip": 1})
        self.ok("compact", self.path)
        self.bring("u1,i1,buy,2025-01-05 10:00:00,1,700,700")  # known already
        self.bring("u2,i1,buy,2025-01-05 12:00:00,1,300,300", "u2,i2,buy,2025-01-05 12:01:00,1,300,300")
        self.ok("compact", self.path)
        line = self.next(process)
        self.assertEqual((line["user_id"], line["change"]), ("u2", "came"))
        self.assertEqual(self.next(process)["events"], 2)
        self.assertEqual(self.stop(process)[-1]["segments"], {"vip": 2})

    def test_it_stops_by_itself_and_speaks_both_languages(self):
        for language, word in (("en", "vip: 1 of 2 members"), ("zh", "位会员")):
            said = shop.run("segments", self.path, "watch", "vip", "--as-of", "2025-01-06", "--seconds", "0.3", "--lang", language,
                            "--quiet").stdout
            self.assertIn(word, said)

    def test_bad_use(self):
        self.refused("not_found", "segments", self.path, "watch", "nobody", "--seconds", "1", says=["no segment 'nobody'"])
        for name in ("vip", "quiet"):
            self.ok("segments", self.path, "delete", name)
        self.refused("failed_precondition", "segments", self.path, "watch", "--seconds", "1", says=["create NAME RULE"])


if __name__ == "__main__":
    unittest.main()

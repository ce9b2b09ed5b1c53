"""The same bits for any number of threads and any memory: record, stored results and generated shops."""

import json
import shutil
import unittest

import shop

MAY_DIFFER = ("seconds", "report", "was_current")
COUNTS_OF_THREADS = [("--threads", 1), ("--threads", 2), ("--threads", 7)]
LITTLE_MEMORY = ("--threads", 3, "--memory", "256MB")


class SameBits(shop.ShopTest):
    def assert_same_runs(self, made, settings):
        """Runs copies of one workspace under each setting; all that is printed and stored must be equal."""
        first = None
        for setting in settings:
            with self.subTest(setting=setting):
                copy = self.folder / "copy.shop"
                shutil.copytree(made, copy)
                self.addCleanup(shutil.rmtree, copy, ignore_errors=True)
                printed = self.ok("run", copy, "--force", *setting)
                for name in MAY_DIFFER:
                    del printed[name]
                stored = shop.Shop(copy)
                result = {"printed": json.dumps(printed, sort_keys=True),
                          "record": json.dumps(stored.record(), sort_keys=True),
                          "tables": stored.digest(shop.Shop.RESULTS)}
                first = first or result
                for name, value in result.items():
                    self.assertEqual(value, first[name], name)
                shutil.rmtree(copy)
        self.assertIsNotNone(first)

    def test_run_on_a_generated_shop(self):
        made = self.folder / "made.shop"
        self.ok("generate", made, "--users", "2000", "--days", "365", "--seed", "11")
        self.assert_same_runs(made, [*COUNTS_OF_THREADS, LITTLE_MEMORY])

    def test_run_on_online_retail(self):
        made = self.folder / "online.shop"
        shop.import_online_retail(shop.find_data(shop.ONLINE_RETAIL), made)
        self.assert_same_runs(made, COUNTS_OF_THREADS)

    def test_generate_and_import(self):
        digests = []
        for threads in (1, 2, 7):
            made = self.folder / f"{threads}.shop"
            self.ok("generate", made, "--users", "300", "--days", "90", "--seed", "5", "--threads", threads)
            digests.append(shop.Shop(made).digest())
        self.assertEqual(digests[1:], digests[:1] * 2)
        self.assertGreater(digests[0]["events"][0], 1_000)

    def test_another_seed_is_another_shop(self):
        digests = []
        for seed in (1, 2):
            made = self.folder / f"{seed}.shop"
            self.ok("generate", made, "--users", "100", "--days", "30", "--seed", seed)
            digests.append(shop.Shop(made).digest()["events"])
        self.assertNotEqual(*digests)


if __name__ == "__main__":
    unittest.main()

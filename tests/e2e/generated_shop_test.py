"""The synthetic shop: how hard it is, like what it is, and that nothing of the product reads its truth.

The bars and the oracle are those of bench/studies, on smaller shops; docs/methods/difficulty.md has the full size.
"""
import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import shop

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/studies"))
os.environ["COTERIE_BINARY"] = str(shop.BINARY)

import difficulty  # noqa: E402
import shop_statistics  # noqa: E402

USERS = 5000


class Difficulty(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.shops = {f"retail, {family}, {seed}": difficulty.make(cls.folder.name, USERS, 365, seed, "retail", family)
                     for family in difficulty.FAMILIES for seed in difficulty.SEEDS}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_oracle_knows_much_and_not_all(self):
        for name, made in self.shops.items():
            known = difficulty.known_to_the_oracle(made)
            self.assertEqual(difficulty.misses_of_oracle(name, known), [])
            self.assertAlmostEqual(known["left"], known["left_expected"], delta=0.02, msg=name)

    def test_shops_are_like_real_ones(self):
        for name in ("cdnow/CDNOW_master.txt", shop.ONLINE_RETAIL, "retailrocket-sample/sample_events.csv"):
            shop.find_data(name)
        real = {name: shop_statistics.statistics(read(shop.DATA)) for name, read in shop_statistics.REAL.items()}
        for name, made in self.shops.items():
            found = shop_statistics.statistics(shop_statistics.generated(made))
            self.assertEqual(difficulty.misses(name, found, [real["cdnow"], real["online-retail"]], difficulty.NEAR), [])
            self.assertEqual(difficulty.misses(name, found, [real["cdnow"]], difficulty.NEAR_CDNOW), [])
        content = difficulty.make(self.folder.name, USERS, 365, 1, "content")
        found = shop_statistics.statistics(shop_statistics.generated(content))
        self.assertEqual(difficulty.misses("content", found, [real["retailrocket"]], difficulty.NEAR_RETAILROCKET), [])


class Truth(unittest.TestCase):
    def test_results_are_the_same_without_it(self):
        with tempfile.TemporaryDirectory() as folder:
            records = []
            for keep in (True, False):
                path = Path(folder) / ("with" if keep else "without") / "a.shop"
                path.parent.mkdir()
                self.assertEqual(shop.run("generate", path, "--users", 600, "--days", 300, "--seed", 4).exit_code, 0)
                truth = path.with_name("a.shop.truth")
                self.assertEqual(sorted(file.name for file in truth.iterdir()),
                                 ["days.csv", "items.csv", "members.csv", "shop.json", "texts.csv"])
                if not keep:
                    shutil.rmtree(truth)
                record = shop.run("run", path, "--json").json()
                records.append({key: value for key, value in record.items() if key not in ("seconds", "report")})
            self.assertEqual(*records)

    def test_no_other_part_of_the_product_names_it(self):
        reads = [path.relative_to(ROOT) for path in (ROOT / "src").rglob("*") if path.suffix in (".cc", ".h", ".sql")
                 and "_truth" in path.read_text("utf-8")]
        allowed = ("src/collect/simulate/", "src/serve/cli/generate_command.cc")
        self.assertEqual([str(path) for path in reads if not str(path).startswith(allowed)], [])


if __name__ == "__main__":
    unittest.main()

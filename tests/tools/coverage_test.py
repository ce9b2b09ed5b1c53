"""The coverage study can fail: it notices intervals that do not hold, and a small run of it makes sense."""

import importlib.util
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("coverage_study", ROOT / "bench/studies/coverage.py")
coverage = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(coverage)


def shop(low, high, truth):
    return {"metrics": {"purchase/auc": {"value": (low + high) / 2, "low": low, "high": high, "truth": truth, "rows": 9}}}


class Coverage(unittest.TestCase):
    def test_it_counts_on_which_side_an_interval_misses(self):
        shops = [shop(0.6, 0.8, 0.7)] * 7 + [shop(0.6, 0.65, 0.7)] * 2 + [shop(0.75, 0.8, 0.7)]
        auc = coverage.summarize(shops)["purchase/auc"]
        self.assertEqual((auc["coverage"], auc["below"], auc["above"]), (0.7, 0.2, 0.1))
        low, high = auc["interval"]
        self.assertTrue(0.3 < low < 0.5 and 0.85 < high < 0.95, auc)  # Wilson's, of 7 in 10

    def test_one_small_shop(self):
        if not coverage.STUDY.exists():
            self.skipTest(f"{coverage.STUDY} is not built")
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([coverage.STUDY, f"{folder}/shops", "1", "1", "400", "130", "5"], check=True,
                                  stdout=subprocess.PIPE, text=True, timeout=120)
        made = json.loads(done.stdout)
        self.assertIn("purchase/auc", made["metrics"])
        for name, claim in made["metrics"].items():
            self.assertLessEqual(claim["low"], claim["value"], name)
            self.assertLessEqual(claim["value"], claim["high"], name)
            self.assertNotEqual(claim["truth"], claim["value"], f"{name}: measured on the same members")
            if name.endswith("/recall20") or name.endswith("/auc"):
                self.assertTrue(0 <= claim["truth"] <= 1, name)


if __name__ == "__main__":
    unittest.main()

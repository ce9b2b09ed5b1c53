"""bench/run.py fails when the two sides' results differ, and says what is missing. Both sides are fakes.

    python3 tests/tools/bench_run_test.py
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

RUN = Path(__file__).resolve().parents[2] / "bench" / "run.py"
COUNTS = {"received": 10, "accepted": 7, "duplicate": 2, "quarantined": 1}


def run_json(auc=0.75, recall=0.25):
    metrics = {"auc": {"value": auc}}
    score = {"recall20": {"value": recall}}
    return {
        "users": 3, "items": 4,
        "models": [{"name": name, "metrics": metrics} for name in ("purchase", "churn")],
        "recommend": {task: {"methods": {m: score for m in ("popularity", "item_knn", "own_history")}}
                      for task in ("new", "any")},
    }


class BenchRun(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        data = self.folder / "data" / "online-retail-2010-2011"
        data.mkdir(parents=True)
        (data / "onlineretail.converted.csv.gz").touch()
        peer = run_json() | {"counts": COUNTS | {"members": 3, "items": 4}, "versions": {"peer": "1.0"}}
        self.peer = self.fake("peer", {"run": peer})

    def fake(self, name, results, exit_code=0):
        """A command that prints results[first argument], or the only result."""
        file = self.folder / name
        text = (f"#!{sys.executable}\nimport json, sys\nresults = json.loads({json.dumps(results)!r})\n"
                f"print(json.dumps(results.get(sys.argv[1], results['run'])))\nsys.exit({exit_code})\n")
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)
        return str(file)

    def bench(self, coterie):
        command = [sys.executable, str(RUN), "spine", "--repeat", "2", "--coterie", coterie,
                   "--python", self.peer, "--output", str(self.folder / "out")]
        environment = os.environ | {"COTERIE_DATA": str(self.folder / "data")}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    def coterie(self, counts=None, **scores):
        return self.fake("coterie", {"import": COUNTS | (counts or {}), "run": run_json(**scores)})

    def test_equal_results_pass_and_are_written(self):
        done = self.bench(self.coterie())
        self.assertEqual(done.returncode, 0, done.stderr)
        result = json.loads((self.folder / "out" / "spine.json").read_text(encoding="utf-8"))
        self.assertTrue(result["same_quality"])
        self.assertEqual(len(result["ours"]["seconds"]), 2)
        self.assertGreater(result["peer"]["median_peak_rss_mb"], 0)
        self.assertIn("| received | 10 | 10 | same |", done.stdout)

    def test_a_different_count_fails(self):
        done = self.bench(self.coterie(counts={"accepted": 8}))
        self.assertEqual(done.returncode, 1)
        self.assertIn("| accepted | 8 | 7 | **differs** |", done.stdout)

    def test_an_auc_outside_the_band_fails(self):
        self.assertEqual(self.bench(self.coterie(auc=0.72)).returncode, 1)

    def test_a_lower_recall_fails(self):
        self.assertEqual(self.bench(self.coterie(recall=0.23)).returncode, 1)

    def test_a_higher_recall_passes(self):
        self.assertEqual(self.bench(self.coterie(recall=0.3)).returncode, 0)

    def test_a_missing_model_fails(self):
        run = run_json()
        run["models"].pop()
        done = self.bench(self.fake("coterie", {"import": COUNTS, "run": run}))
        self.assertEqual(done.returncode, 1)
        self.assertIn("| churn AUC | missing |", done.stdout)

    def test_a_command_that_fails_gives_no_result(self):
        done = self.bench(self.fake("coterie", {"run": {}}, exit_code=3))
        self.assertEqual(done.returncode, 2)
        self.assertIn("exit code 3", done.stderr)

    def test_no_binary_gives_no_result(self):
        done = self.bench(str(self.folder / "nothing"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("make build", done.stderr)


if __name__ == "__main__":
    unittest.main()

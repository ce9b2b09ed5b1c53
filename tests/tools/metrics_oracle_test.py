"""The golden metrics are what scikit-learn says today, and not a file that somebody mended by hand."""

import importlib.util
import json
import unittest
from pathlib import Path

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
RELATIVE = 1e-13  # numpy's sums differ in the last bits between processors


def differences(stored, made, where="golden"):
    if isinstance(stored, dict) and isinstance(made, dict):
        if stored.keys() != made.keys():
            yield f"{where}: other keys"
        else:
            for key in stored:
                yield from differences(stored[key], made[key], f"{where}.{key}")
    elif isinstance(stored, list) and isinstance(made, list):
        if len(stored) != len(made):
            yield f"{where}: {len(stored)} and {len(made)}"
        for at, (one, other) in enumerate(zip(stored, made)):
            yield from differences(one, other, f"{where}[{at}]")
    elif isinstance(stored, (int, float)) and isinstance(made, (int, float)):
        if abs(stored - made) > RELATIVE * max(1.0, abs(stored)):
            yield f"{where}: {stored!r} is stored, {made!r} was made"
    elif stored != made:
        yield f"{where}: {stored!r} is stored, {made!r} was made"


class MetricsOracle(unittest.TestCase):
    def test_the_stored_numbers_are_those_of_scikit_learn(self):
        try:
            import sklearn
        except ImportError:
            self.skipTest("scikit-learn is absent: `make setup-test`")
        spec = importlib.util.spec_from_file_location("metrics_oracle", GOLDEN / "metrics_oracle.py")
        oracle = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(oracle)
        stored = json.loads((GOLDEN / "metrics_sklearn.json").read_text(encoding="utf-8"))
        made = json.loads(oracle.text())
        if sklearn.__version__ not in stored["made_by"]:
            made["made_by"] = stored["made_by"]  # another release must agree in the numbers
        self.assertEqual(list(differences(stored, made)), [])

    def test_a_changed_number_is_noticed(self):
        self.assertEqual(list(differences({"a": [1.0, None]}, {"a": [1.0, None]})), [])
        for other in ({"a": [1.0 + 1e-11, None]}, {"a": [1.0, 0.0]}, {"a": [1.0]}, {"b": [1.0, None]}):
            self.assertEqual(len(list(differences({"a": [1.0, None]}, other))), 1, other)


if __name__ == "__main__":
    unittest.main()

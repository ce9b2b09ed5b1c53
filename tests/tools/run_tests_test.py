"""tools/run_tests.py: what fails is shown and counted, what is skipped is said."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / "tools/run_tests.py"
GOOD = "import unittest\nclass A(unittest.TestCase):\n    def test_a(self): pass\n"
SKIPS = GOOD + "    @unittest.skip('no data here')\n    def test_b(self): pass\n"
BAD = GOOD + "    def test_b(self): self.assertEqual('here', 'there')\n"


class RunTests(unittest.TestCase):
    def run_on(self, **modules):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in modules.items():
                (Path(folder) / f"{name}_test.py").write_text(text)
            done = subprocess.run([sys.executable, str(TOOL), folder, "--jobs", "2"], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def test_all_pass(self):
        code, out = self.run_on(a=GOOD, b=SKIPS)
        self.assertEqual(code, 0)
        self.assertIn("no data here", out)
        self.assertIn("3 tests in 2 modules, 1 skipped", out)

    def test_one_fails(self):
        code, out = self.run_on(a=GOOD, b=BAD)
        self.assertEqual(code, 1)
        self.assertIn("'here' != 'there'", out)
        self.assertIn("failed: b_test", out)

    def test_a_module_that_does_not_load_or_holds_nothing_fails(self):
        for text in ("import no_such_thing\n", "", "import os; os._exit(0)\n"):
            self.assertEqual(self.run_on(a=GOOD, b=text)[0], 1)

    def test_no_modules_fail(self):
        self.assertEqual(self.run_on()[0], 1)


if __name__ == "__main__":
    unittest.main()

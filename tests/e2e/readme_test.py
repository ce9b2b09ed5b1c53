"""The numbers of README.md and docs/measured.json are those of today's program; `make results` makes them."""
import os
import subprocess
import sys
import unittest

import shop


class Readme(unittest.TestCase):
    def test_its_numbers_are_not_stale(self):
        done = subprocess.run([sys.executable, str(shop.ROOT / "bench/readme.py"), "--check"], capture_output=True, text=True,
                              check=False, env={**os.environ, "COTERIE_BINARY": str(shop.BINARY)})
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()

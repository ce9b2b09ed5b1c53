"""Folders, kinds and --describe with the real binary, and every real data set against its README's count."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("COTERIE_BINARY", str(ROOT / "build/coterie"))
ZONE = ["--timezone", "Asia/Shanghai", "--currency", "CNY"]
EVENTS = "user_id,item_id,behavior_type,timestamp\nu1,i1,view,2024-03-01 10:00\n"


def coterie(*arguments, text=None):
    done = subprocess.run([BINARY, *map(str, arguments), "--json", "--quiet", "--threads", "2"],
                          capture_output=True, text=True, input=text)
    return done.returncode, json.loads(done.stdout or done.stderr)


class Folders(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="coterie-e2e-")
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        self.files = self.folder / "files"
        (self.files / "deep").mkdir(parents=True)
        (self.files / "b.csv").write_text(EVENTS)
        (self.files / "deep" / "a.csv").write_text(EVENTS.replace("u1", "u2"))
        self.shop = self.folder / "x.shop"

    def test_again_takes_only_what_is_new(self):
        code, first = coterie("import", self.shop, self.files, *ZONE)
        self.assertEqual((code, first["accepted"], first["imported_before"]), (0, 2, []))
        (self.files / "c.csv").write_text(EVENTS.replace("u1", "u3"))
        code, second = coterie("import", self.shop, self.files)
        self.assertEqual(second["imported_before"], ["b.csv", "a.csv"])
        self.assertEqual((code, second["accepted"], len(second["files"])), (0, 1, 1))
        _, again = coterie("import", self.shop, self.files, "--again")
        self.assertEqual((again["accepted"], again["duplicate"]), (0, 3))

    def test_a_file_read_in_another_way_is_read_again(self):
        coterie("import", self.shop, self.files, *ZONE)
        _, other = coterie("import", self.shop, self.files, "--behavior", "view=click")
        self.assertEqual((other["imported_before"], other["accepted"]), ([], 0 + 2))

    def test_other_files_are_listed_and_the_exit_code_says_so(self):
        (self.files / "README.md").write_text("# Not a table\n\nWords.\n")
        code, answer = coterie("import", self.shop, self.files, *ZONE)
        self.assertEqual((code, answer["accepted"]), (2, 2))
        self.assertEqual([file["file"] for file in answer["unread"]], ["README.md"])

    def test_a_pattern_and_standard_input(self):
        code, answer = coterie("import", self.shop, f"{self.files}/*.csv", *ZONE)
        self.assertEqual((code, answer["accepted"]), (0, 1))
        code, answer = coterie("import", self.shop, "-", text=EVENTS.replace("u1", "u9"))
        self.assertEqual((code, answer["accepted"]), (0, 1))

    def test_users_need_a_time_and_count_as_records(self):
        users = self.files / "users.csv"
        users.write_text("customer_id,city,age\nu1,Hangzhou,30\nu2,,\n,x,1\n")
        code, refused = coterie("import", self.shop, users, "--kind", "users", *ZONE)
        self.assertEqual(code, 2)
        self.assertIn("--ts DATE", refused["error"]["message"])
        code, first = coterie("import", self.shop, users, "--kind", "users", "--ts", "2024-01-01", *ZONE)
        self.assertEqual([first[key] for key in ("received", "accepted", "duplicate", "quarantined")], [3, 2, 0, 1])
        code, second = coterie("import", self.shop, users, "--kind", "users", "--ts", "2024-01-01")
        self.assertEqual([second[key] for key in ("received", "duplicate", "quarantined")], [3, 1, 1])

    def test_describe_needs_no_shop(self):
        code, answer = coterie("import", "--describe", self.files / "b.csv")
        self.assertEqual((code, answer["preset"], answer["proposal"]), (0, "coterie", False))
        self.assertEqual(len(answer["rows"]), 1)


@unittest.skipUnless(os.environ.get("COTERIE_DATA"), "COTERIE_DATA is not set: the real data sets are NOT tested")
class DataSets(unittest.TestCase):
    def test_each_agrees_with_its_readme_and_with_our_page(self):
        done = subprocess.run([sys.executable, str(ROOT / "bench/datasets.py"), "--check"], capture_output=True, text=True,
                              env={**os.environ, "COTERIE_BINARY": BINARY})
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()

"""Bad words and bad places: what is typed wrong, names that do not exist, folders that are no workspace.

Each is a clear error with the documented exit code and leaves everything as it was.
"""

import os
import shutil
import unittest

import shop
from shop import GOOD, NEW

RULES = ["unreadable", "missing_id", "id_too_long", "behavior", "time", "time_range", "number", "properties",
         "price", "quantity", "test_user", "bot_rate", "amount_bounds"]


class Options(shop.ShopTest):
    """What is typed wrong, and names that do not exist."""

    def setUp(self):
        super().setUp()
        self.good = self.write("good.csv", GOOD)
        self.made = self.folder / "made.shop"
        self.ok("generate", self.made, "--users", "150", "--days", "240", "--seed", "3")

    def test_import(self):
        for code, says, options in (
                ("not_found", ["'nope'", "online-retail"], ["--preset", "nope"]),
                ("invalid_argument", ["--map", "'userid'", "did you mean user_id"],
                 ["--map", "userid=user_id"]),
                ("invalid_argument", ["good.csv, line 1", "'Kunde'", "item_id"], ["--map", "user_id=Kunde"]),
                ("invalid_argument", ["--map", "NAME=VALUE"], ["--map", "user_id"]),
                ("invalid_argument", ["--behavior", "'watch'", "view"], ["--behavior", "pv=watch"]),
                ("invalid_argument", ["keep", "drop"], ["--repeats", "maybe"]),
                ("invalid_argument", ["delimiter 'ab'", "one character"], ["--delimiter", "ab"]),
                ("invalid_argument", ["Mars/Base", "Asia/Shanghai"], ["--timezone", "Mars/Base"]),
                ("invalid_argument", ["yuan", "ISO 4217"], ["--currency", "yuan"]),
                ("invalid_argument", ["--memory", "256MB"], ["--memory", "1KB"]),
                ("invalid_argument", ["lots", "4GB"], ["--memory", "lots"]),
                ("invalid_argument", ["--threads", "1024"], ["--threads", "5000"]),
                ("invalid_argument", ["--threads"], ["--threads", "-1"]),
                ("invalid_argument", ["--threads"], ["--threads", "many"]),
                ("invalid_argument", ["--lang", "zh or en"], ["--lang", "fr"])):
            with self.subTest(options=options):
                new = self.folder / "new.shop"
                given = dict(zip(NEW[::2], NEW[1::2])) | {options[0]: options[1]}
                words = [word for pair in given.items() for word in pair]
                self.refused(code, "import", new, self.good, *words, says=says)
                self.assertFalse(new.exists())
        self.refused("invalid_argument", "import", self.folder / "new.shop", self.good, says=["--timezone"])
        self.refused("failed_precondition", "import", self.made, self.good, "--timezone", "Europe/London",
                     says=["Asia/Shanghai", "stay"])

    def test_commands(self):
        self.refused("invalid_argument", says=["coterie --help"])
        self.refused("invalid_argument", "improt", self.made, says=["'improt'", "coterie --help"])
        self.refused("invalid_argument", "segments", self.made, says=["subcommand", "coterie --help"])
        self.refused("invalid_argument", "segments", self.made, "lsit", says=["'lsit'", "coterie --help"])
        self.refused("invalid_argument", "run", says=["SHOP"])
        self.refused("invalid_argument", "run", self.made, "--frob", says=["--frob"])

    def test_as_of(self):
        for words in (("run",), ("features", "show"), ("segments", "cluster", "--features", "count_view")):
            for time in ("nonsense", "2025-02-30", "31.12.2025"):
                self.refused("invalid_argument", words[0], self.made, *words[1:], "--as-of", time,
                             says=["not a time", "2011-12-09"])
        self.refused("failed_precondition", "run", self.made, "--as-of", "2020-01-01",
                     says=["no events before 2020-01-01", "the first is at 2025-"])
        self.assertEqual(self.ok("features", self.made, "show", "--as-of", "2020-01-01")["users"], [])

    def test_before_the_first_run(self):
        for words in (("segments", "list"), ("segments", "show", "champions"), ("recommend", "list"),
                      ("report",), ("show", "user", "u1"), ("recommend", "show", "u1")):
            self.refused("failed_precondition", words[0], self.made, *words[1:], says=["coterie run"])
        self.assertEqual(self.ok("models", self.made, "list"), {"models": []})

    def test_unknown_names(self):
        self.ok("run", self.made)
        self.refused("not_found", "show", self.made, "user", "nobody")
        self.refused("not_found", "recommend", self.made, "show", "nobody")
        self.refused("not_found", "features", self.made, "show", "--user", "nobody")
        self.refused("not_found", "segments", self.made, "show", "nope", says=["'nope'", "champions"])
        self.refused("not_found", "models", self.made, "show", "nope", says=["'nope'"])
        self.refused("not_found", "models", self.made, "show", "purchase", "--version", "99", says=["99"])
        self.refused("not_found", "features", self.made, "describe", "nope", says=["'nope'", "list"])
        self.refused("invalid_argument", "segments", self.made, "cluster", "--features", "nope", "--k", "2",
                     says=["'nope'", "count_view"])
        self.refused("not_found", "quarantine", self.made, "show", "--rule", "nope", says=RULES)

    def test_numbers_out_of_range(self):
        cluster = ("segments", self.made, "cluster", "--features", "count_view,count_cart", "--k")
        for k in (0, -1, 100_000, "x"):
            self.refused("invalid_argument", *cluster, k, says=["--k"])
        self.refused("invalid_argument", *cluster, 140, says=["140 clusters"])
        for limit in (0, -5, "all"):
            message = self.refused("invalid_argument", "quarantine", self.made, "show", "--limit", limit)
            self.assertLess(len(message), 120, message)
        for option, value in (("--users", 0), ("--users", -1), ("--days", 0), ("--days", 5_000),
                              ("--dirty", 2), ("--seed", "x")):
            new = self.folder / "new.shop"
            self.refused("invalid_argument", "generate", new, option, value, says=[option[2:]])
            self.assertFalse(new.exists())


class Places(shop.ShopTest):
    """Folders that are no workspace, files where a folder should be, what must not be written."""

    def setUp(self):
        super().setUp()
        self.good = self.write("good.csv", GOOD)

    READERS = (("run",), ("report",), ("quarantine", "list"), ("features", "list"), ("segments", "list"),
               ("models", "list"), ("recommend", "list"), ("show", "user", "u1"))

    def test_no_workspace(self):
        photos = self.folder / "photos"
        photos.mkdir()
        (photos / "cat.jpg").write_text("cat")
        for words in self.READERS:
            self.refused("not_found", words[0], self.folder / "absent", *words[1:], says=["absent"])
            self.refused("failed_precondition", words[0], photos, *words[1:],
                         says=["photos", "is no workspace"])
            self.refused("failed_precondition", words[0], self.good, *words[1:], says=["is no workspace"])
        self.refused("failed_precondition", "import", photos, self.good, *NEW, says=["photos", "not empty"])
        self.refused("failed_precondition", "generate", photos, "--users", "10", says=["photos", "not empty"])
        self.assertEqual(os.listdir(photos), ["cat.jpg"])

    def test_a_file_where_a_folder_should_be(self):
        for path in (self.good, self.good / "shop"):
            self.refused("not_found", "import", path, self.good, *NEW, says=["good.csv", "Not a directory"])
        self.assertEqual(self.good.read_text(), GOOD)

    def test_a_shop_is_not_generated_over_another(self):
        made = self.folder / "made.shop"
        self.ok("import", made, self.good, *NEW)
        self.ok("run", made)
        digest = shop.Shop(made).digest()
        self.refused("already_exists", "generate", made, "--users", "10", says=["made.shop", "already"])
        self.assertEqual(shop.Shop(made).digest(), digest)

    def test_an_empty_folder_may_become_a_shop(self):
        made = self.folder / "made.shop"
        made.mkdir()
        self.assertEqual(self.ok("import", made, self.good, *NEW)["accepted"], 2)

    def test_a_report_that_cannot_be_written(self):
        made = self.folder / "made.shop"
        self.ok("import", made, self.good, *NEW)
        self.ok("run", made)
        before = sorted(os.listdir(self.folder))
        self.refused("not_found", "report", made, "-o", self.folder / "absent" / "r.html", says=["absent"])
        self.refused("invalid_argument", "report", made, "-o", made, says=["is a folder"])
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_settings_that_were_spoilt(self):
        made = self.folder / "made.shop"
        self.ok("import", made, self.good, *NEW)
        settings = made / "coterie.toml"
        good = settings.read_text()
        settings.write_text(good + "colour = \"red\"\n")
        self.refused("invalid_argument", "run", made,
                     says=["coterie.toml, line 5, column 1", "'colour'", "timezone"])
        settings.write_text(good.replace("Asia/Shanghai", "Mars/Base"))
        self.refused("invalid_argument", "run", made, says=["coterie.toml", "Mars/Base"])
        settings.write_text("timezone = ")
        self.refused("invalid_argument", "run", made, says=["coterie.toml, line 1"])

    def test_damaged_and_missing_tables(self):
        made = self.folder / "made.shop"
        self.ok("import", made, self.good, *NEW)
        (file,) = shop.Shop(made).files("events")
        whole = file.read_bytes()
        file.chmod(0o644)
        file.write_bytes(whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:])
        self.refused("data_loss", "run", made, says=[file.name, "damaged", "backup"])
        file.unlink()
        self.refused("data_loss", "import", made, self.good, says=[file.name, "missing", "backup"])
        file.write_bytes(whole)
        self.ok("run", made)
        (made / "state.db").write_bytes(b"not a database, but long enough to look like a file of one" * 40)
        self.refused("data_loss", "run", made, says=["state.db"])

    def make_writable(self, folder):
        """So that the test's own folder can be removed."""
        folder.chmod(0o755)
        for path in folder.iterdir():
            if path.is_dir():
                self.make_writable(path)

    def test_no_permission(self):
        """As somebody without rights; root has all of them, so as another user when the tests run as root."""
        made, closed = self.folder / "made.shop", self.folder / "closed"
        self.ok("import", made, self.good, *NEW)
        readable = self.folder / "readable.shop"
        shutil.copytree(made, readable)
        self.ok("run", readable)
        closed.mkdir(mode=0o555)
        secret = self.write("secret.csv", GOOD)
        secret.chmod(0o000)
        who = {}
        if os.geteuid() == 0:
            self.folder.chmod(0o755)
            who = {"user": 65_534, "group": 65_534, "extra_groups": []}
            for path in (readable, *readable.rglob("*")):
                os.chown(path, who["user"], who["group"])
        try:
            self.assertEqual(shop.run("--version", **who).exit_code, 0)
        except PermissionError:
            self.skipTest("the binary is not where somebody without rights may run it")
        for path in made.rglob("*"):
            path.chmod(0o555 if path.is_dir() else 0o444)
        made.chmod(0o555)
        self.addCleanup(self.make_writable, made)
        self.refused("permission_denied", "import", closed / "new.shop", self.good, *NEW, says=["new.shop"],
                     **who)
        self.refused("permission_denied", "import", made, self.good, **who)
        self.refused("permission_denied", "run", made, **who)
        self.refused("permission_denied", "report", readable, "-o", closed / "r.html",
                     says=["r.html"], **who)
        self.refused("permission_denied", "import", self.folder / "new.shop", secret, *NEW,
                     says=["secret.csv"], **who)


if __name__ == "__main__":
    unittest.main()

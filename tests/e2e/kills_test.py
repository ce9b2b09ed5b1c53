"""Killed at any moment of an import and finished afterwards, a workspace equals one that was never killed.

The moments are random, seeded, and spread over the measured time of an undisturbed import, with more of them
near its end, where the commit is; some kills come as soon as a file appears in a table's folder. Ctrl-C
leaves the state before, too, and answers 130.
"""

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import shop

SEED = 20
KILLS = 20
NEAR_THE_END = 8  # of them, in the last fifth


def start(*arguments, stderr=subprocess.DEVNULL):
    return subprocess.Popen(shop.command(*arguments), stdout=subprocess.PIPE, stderr=stderr, text=True,
                            env=shop.environment())


def finish(process):
    """Exit code and standard output of a process that was told to end."""
    stdout, _ = process.communicate(timeout=shop.LIMIT_S)
    return process.returncode, stdout


class Kills(shop.ShopTest):
    @classmethod
    def setUpClass(cls):
        """What to import, and how an import that nothing disturbs ends and how long it takes."""
        holder = tempfile.TemporaryDirectory(prefix="coterie-e2e-")
        cls.addClassCleanup(holder.cleanup)
        cls.whole = Path(holder.name) / "whole.shop"
        try:
            cls.words = (shop.find_data(shop.ONLINE_RETAIL), "--preset", "online-retail")
        except unittest.SkipTest:
            cls.words = (cls.generated_file(Path(holder.name)), *shop.NEW)
        begin = time.perf_counter()
        answer = shop.run(*cls.import_words(cls.whole))
        cls.seconds = time.perf_counter() - begin
        cls.digest = shop.Shop(cls.whole).digest()
        assert answer.exit_code == 0 and cls.digest["events"][0] > 100_000, answer.stderr

    @classmethod
    def import_words(cls, folder):
        return ("import", folder, *cls.words, "--json", "--quiet")

    @staticmethod
    def generated_file(folder):
        """Where the real file is absent: a generated shop's events as CSV."""
        path = folder / "events.csv"
        shop.run("generate", folder / "made.shop", "--users", "4000", "--days", "365", "--seed", SEED)
        shop.Shop(folder / "made.shop").sql(
            "COPY (SELECT * EXCLUDE (source, received_at) REPLACE (strftime(ts, '%Y-%m-%dT%H:%M:%SZ') AS ts) "
            f"FROM events) TO '{path}' (HEADER)")
        return path

    def kill_import(self, folder, wait):
        """SIGKILL once wait(process) returns; False when the import was already over."""
        begin = time.perf_counter()
        process = start(*self.import_words(folder))
        wait(process)
        is_over = process.poll() is not None
        process.kill()
        if finish(process)[0] == -signal.SIGKILL:
            return True
        if is_over:  # the machine is less busy than when it was measured
            type(self).seconds = min(self.seconds, time.perf_counter() - begin)
        return False

    def wait(self, process, share):
        """Until the process ends, at most a share of the time that an undisturbed import takes."""
        try:
            process.wait(timeout=share * self.seconds)
        except subprocess.TimeoutExpired:
            pass

    def assert_finishes(self, folder, what):
        """What the kill left can be read, and finished it equals what was never killed."""
        made = shop.Shop(folder)
        if (folder / "state.db").exists():
            self.ok("quarantine", folder, "list")
            before = made.digest()
            self.assertIn(before, (dict.fromkeys(before, (0, 0, 0)), self.digest), f"{what}: half an import")
        elif folder.exists():
            self.refused("failed_precondition", "quarantine", folder, "list")
        counts = self.ok(*self.import_words(folder)[:-2])
        self.assert_balanced(counts)
        self.assertEqual(made.digest(), self.digest, what)
        self.assertEqual(made.leftovers(), [], what)

    def test_killed_at_random_moments(self):
        numbers = random.Random(SEED)
        shares = [numbers.random() for _ in range(KILLS - NEAR_THE_END)]
        shares += [0.8 + 0.2 * numbers.random() for _ in range(NEAR_THE_END)]
        for number, share in enumerate(shares):
            folder = self.folder / f"{number}.shop"
            while not self.kill_import(folder, lambda process: self.wait(process, share)):
                shutil.rmtree(folder)
                share *= 0.97
            self.assert_finishes(folder, f"seed {SEED}, kill {number} at {share:.3f} of {self.seconds:.3f} s")
            shutil.rmtree(folder)

    def test_killed_between_files_and_commit(self):
        """The files are in their folders one after the other, state.db does not list them yet."""
        for table in ("events", "quarantine"):
            folder = self.folder / f"{table}.shop"

            def wait(process, table_folder=folder / table):
                while process.poll() is None and not (table_folder.exists() and os.listdir(table_folder)):
                    pass

            if not self.kill_import(folder, wait):
                continue
            self.assert_finishes(folder, f"killed when {table} had a file")

    def test_a_kill_while_more_is_imported_keeps_what_was_there(self):
        folder = self.folder / "copy.shop"
        shutil.copytree(self.whole, folder)
        more = self.write("more.csv", "user_id,item_id,behavior_type,timestamp\n" + "".join(
            f"u{i},i{i % 7},view,{1_300_000_000 + i}\n" for i in range(300_000)))
        words = ("import", folder, more, "--preset", "coterie")
        for share in (0.1, 0.3, 0.5, 0.7):
            process = start(*words)
            self.wait(process, share)
            process.kill()
            finish(process)
            if shop.Shop(folder).rows("events") > self.digest["events"][0]:
                break  # killed after the commit
            self.assertEqual(shop.Shop(folder).digest(), self.digest)
        self.ok(*words)
        self.assertEqual(shop.Shop(folder).rows("events"), self.digest["events"][0] + 300_000)
        self.assertEqual(shop.Shop(folder).leftovers(), [])


class CtrlC(shop.ShopTest):
    def interrupt(self, *arguments, after_line=None, after_s=None):
        """SIGINT after a progress line with the text, or after a time; exit code and standard output."""
        process = start(*arguments, stderr=subprocess.PIPE)
        if after_line is not None:
            while after_line not in process.stderr.readline():
                self.assertIsNone(process.poll())
        else:
            try:
                process.wait(timeout=after_s)
            except subprocess.TimeoutExpired:
                pass
        process.send_signal(signal.SIGINT)
        return finish(process)

    def assert_cancelled(self, code, stdout):
        self.assertEqual(code, shop.EXIT_CODES["cancelled"])
        self.assertEqual(shop.Answer(code, stdout, "").json()["error"]["code"], "cancelled")

    def test_during_a_run(self):
        made = self.folder / "made.shop"
        self.ok("generate", made, "--users", "4000", "--days", "365", "--seed", SEED)
        digest = shop.Shop(made).digest()
        for step in ("segments", "purchase", "churn"):
            with self.subTest(after=step):
                code, stdout = self.interrupt("run", made, after_line=step)
                self.assertEqual((code, stdout), (shop.EXIT_CODES["cancelled"], ""))
                self.refused("failed_precondition", "segments", made, "list", says=["coterie run"])
                self.assertEqual(shop.Shop(made).digest(), digest)
                self.assertEqual(shop.Shop(made).leftovers(), [])
        self.assertFalse(self.ok("run", made)["was_current"])
        record = shop.Shop(made).record()
        code, stdout = self.interrupt("run", made, "--force", "--seed", "2", after_line="segments")
        self.assertEqual((code, stdout), (shop.EXIT_CODES["cancelled"], ""))
        self.assertEqual(shop.Shop(made).record(), record, "the run before is kept")
        self.assertTrue(self.ok("run", made)["was_current"])

    def test_during_an_import(self):
        rows = "".join(f"u{i % 5000},i{i % 999},view,{1_600_000_000 + i}\n" for i in range(600_000))
        more = self.write("more.csv", "user_id,item_id,behavior_type,timestamp\n" + rows)
        made = self.folder / "made.shop"
        self.ok("generate", made, "--users", "100", "--days", "30", "--seed", SEED)
        digest = shop.Shop(made).digest()
        begin = time.perf_counter()
        self.ok("import", made, more, "--preset", "coterie")
        seconds = time.perf_counter() - begin
        for share in (0.2, 0.5):
            copy = self.folder / f"{share}.shop"
            self.ok("generate", copy, "--users", "100", "--days", "30", "--seed", SEED)
            code, stdout = self.interrupt("import", copy, more, "--preset", "coterie", "--json",
                                          after_s=share * seconds)
            self.assert_cancelled(code, stdout)
            self.assertEqual(shop.Shop(copy).digest(), digest)
            self.ok("import", copy, more, "--preset", "coterie")
            self.assertEqual(shop.Shop(copy).digest(), shop.Shop(made).digest())
            self.assertEqual(shop.Shop(copy).leftovers(), [])


if __name__ == "__main__":
    unittest.main()

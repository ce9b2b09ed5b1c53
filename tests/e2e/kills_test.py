"""Killed at any moment of an import and finished afterwards, a workspace equals one that was never killed.

The moments are random, seeded, and spread over the measured time of an undisturbed import, with more of them near its
end, where the commit is; some kills come as soon as a file appears in a table's folder. Ctrl-C leaves the state
before, too, and answers 130.
"""

import os
import random
import shutil
import signal
import subprocess
import time
import unittest

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
    def import_words(self, folder):
        return ("import", folder, *self.words, "--json", "--quiet")

    def setUp(self):
        super().setUp()
        try:
            self.words = (shop.find_data(shop.ONLINE_RETAIL), "--preset", "online-retail")
        except unittest.SkipTest:
            self.words = (self.generated_file(), "--timezone", "Asia/Shanghai", "--currency", "CNY")

    def generated_file(self):
        """Where the real file is absent: a generated shop's events as CSV."""
        made, path = self.folder / "generated.shop", self.folder / "events.csv"
        self.ok("generate", made, "--users", "4000", "--days", "365", "--seed", SEED)
        shop.Shop(made).sql(f"COPY (SELECT * EXCLUDE (source, received_at) REPLACE (strftime(ts, "
                            f"'%Y-%m-%dT%H:%M:%SZ') AS ts) FROM events) TO '{path}' (HEADER)")
        return path

    def undisturbed(self):
        """Digest of an import that nothing disturbs, and the seconds it takes."""
        folder = self.folder / "undisturbed.shop"
        begin = time.perf_counter()
        self.assertEqual(shop.run(*self.import_words(folder)).exit_code, 0)
        seconds = time.perf_counter() - begin
        digest = shop.Shop(folder).digest()
        self.assertGreater(digest["events"][0], 100_000)
        return digest, seconds

    def kill_import(self, folder, may_wait):
        """SIGKILL once may_wait(process) returns; False when the import was already over."""
        process = start(*self.import_words(folder))
        may_wait(process)
        process.kill()
        return finish(process)[0] == -signal.SIGKILL

    def assert_finishes(self, folder, digest, what):
        """What the kill left can be read, and finished it equals what was never killed."""
        made = shop.Shop(folder)
        if (folder / "state.db").exists():
            self.ok("quarantine", folder, "list")
            before = made.digest()
            self.assertIn(before, (dict.fromkeys(before, (0, 0, 0)), digest), f"{what}: half an import")
        elif folder.exists():
            self.refused("failed_precondition", "quarantine", folder, "list")
        counts = self.ok(*self.import_words(folder)[:-2])
        self.assert_balanced(counts)
        self.assertEqual(made.digest(), digest, what)
        self.assertEqual(made.leftovers(), [], what)

    def test_killed_at_random_moments(self):
        digest, seconds = self.undisturbed()
        numbers = random.Random(SEED)
        moments = [numbers.random() for _ in range(KILLS - NEAR_THE_END)]
        moments += [0.8 + 0.2 * numbers.random() for _ in range(NEAR_THE_END)]
        killed = 0
        for number, moment in enumerate(moments):
            folder = self.folder / f"{number}.shop"

            def wait(process, limit_s=moment * seconds):
                try:
                    process.wait(timeout=limit_s)
                except subprocess.TimeoutExpired:
                    pass

            while not self.kill_import(folder, wait):  # a faster run than the measured one: kill it earlier
                shutil.rmtree(folder)
                wait.__defaults__ = (0.95 * wait.__defaults__[0],)
            killed += 1
            self.assert_finishes(folder, digest, f"seed {SEED}, kill {number} after {wait.__defaults__[0]:.3f} s")
            shutil.rmtree(folder)
        self.assertEqual(killed, KILLS)

    def test_killed_between_files_and_commit(self):
        """The files are in their folders one after the other, state.db does not list them yet."""
        digest, _ = self.undisturbed()
        for table in ("events", "items", "users", "quarantine"):
            folder = self.folder / f"{table}.shop"

            def wait(process, table_folder=folder / table):
                while process.poll() is None and not (table_folder.exists() and os.listdir(table_folder)):
                    pass

            if not self.kill_import(folder, wait):
                continue
            self.assert_finishes(folder, digest, f"killed when {table} had a file")

    def test_a_kill_while_more_is_imported_keeps_what_was_there(self):
        digest, seconds = self.undisturbed()
        folder = self.folder / "undisturbed.shop"
        more = self.write("more.csv", "user_id,item_id,behavior_type,timestamp\n" + "".join(
            f"u{i},i{i % 7},view,{1_300_000_000 + i}\n" for i in range(300_000)))
        words = ("import", folder, more, "--preset", "coterie")
        for share in (0.1, 0.3, 0.5, 0.7):
            process = start(*words)
            try:
                process.wait(timeout=share * seconds)
            except subprocess.TimeoutExpired:
                process.kill()
            if finish(process)[0] == 0:
                break
            self.assertEqual(shop.Shop(folder).digest(), digest)
        self.ok(*words)
        self.assertEqual(shop.Shop(folder).rows("events"), digest["events"][0] + 300_000)
        self.assertEqual(shop.Shop(folder).leftovers(), [])


class CtrlC(shop.ShopTest):
    def interrupt(self, *arguments, after_line=None, after_s=None):
        """SIGINT after a progress line that holds the text, or after a time; exit code and standard output."""
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
                code, stdout = self.interrupt("run", made, "--json", after_line=step)
                self.assert_cancelled(code, stdout)
                self.refused("failed_precondition", "segments", made, "list", says=["coterie run"])
                self.assertEqual(shop.Shop(made).digest(), digest)
                self.assertEqual(shop.Shop(made).leftovers(), [])
        self.assertFalse(self.ok("run", made)["was_current"])
        record = shop.Shop(made).record()
        code, stdout = self.interrupt("run", made, "--force", "--seed", "2", "--json", after_line="segments")
        self.assert_cancelled(code, stdout)
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

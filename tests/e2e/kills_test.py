"""Killed at any moment of an import or a compaction and finished afterwards, a workspace equals one that was
never killed. Ctrl-C leaves the state before, too, and answers 130.

A round takes one of three jobs (the first import of a shop, an import of more, a compaction) and kills it
with SIGKILL, in half of the rounds at a random moment of its measured time, in the other half at one of the
points just before and just after each fsync, rename and unlink of its commits, where a preloaded library
stops it (faults.py). In a quarter of the rounds what finishes the job is killed, too. COTERIE_KILL_ROUNDS
says how many rounds there are, COTERIE_KILL_SEED plays others; many rounds also have a fourth job, an import
after which the shop is compacted by itself.
"""

import collections
import gzip
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import faults
import shop

SEED = 20
ROUNDS = int(os.environ.get("COTERIE_KILL_ROUNDS") or 20)
ROUNDS_SEED = int(os.environ.get("COTERIE_KILL_SEED") or SEED)
TABLES = (*shop.Shop.TABLES, *shop.Shop.WRITTEN)
LINES = 40_000  # of the input
PIECES = 4  # imports of a shop that is to be compacted
MANY_ROUNDS = 100
MANY_FILES = 100  # with one more, an import compacts


def start(*arguments, stderr=subprocess.DEVNULL, env=None):
    return subprocess.Popen(shop.command(*arguments), stdout=subprocess.PIPE, stderr=stderr, text=True,
                            env=shop.environment(env))


def finish(process):
    """Exit code and standard output of a process that was told to end."""
    stdout, _ = process.communicate(timeout=shop.LIMIT_S)
    return process.returncode, stdout


class Job:
    """A command on a copy of a prepared shop, and how it ends when nothing disturbs it."""

    def __init__(self, name, folder, shop_before, *words):
        self.name = name
        self.words = words  # without the shop
        self.folder_before = shop_before
        copy = self.copy(folder / "measured.shop")
        self.before = self.state(copy)
        begin = time.perf_counter()
        answer = self.run(copy)
        self.seconds = time.perf_counter() - begin
        assert answer.exit_code == 0, answer.stderr
        self.after = self.state(copy)
        assert self.after != self.before
        shutil.rmtree(copy)
        self.points = faults.points(*self.arguments(self.copy(copy)))
        assert {"s", "r"} <= set(self.points), f"{name}: no sync or no rename was caught: {self.points}"
        shutil.rmtree(copy)

    def copy(self, folder):
        if self.folder_before is not None:
            shutil.copytree(self.folder_before, folder)
        return folder

    def arguments(self, folder):
        return (self.words[0], folder, *self.words[1:], "--json", "--quiet")

    def run(self, folder):
        return shop.run(*self.arguments(folder))

    @staticmethod
    def state(folder):
        """All rows, and for a compaction, which changes none, in how many files."""
        if not (folder / "state.db").exists():
            return {table: (0, 0, 0) for table in TABLES}, {table: 0 for table in TABLES}
        made = shop.Shop(folder)
        return made.digest(TABLES), {table: len(made.files(table)) for table in TABLES}

    def moment(self, numbers, is_aimed):
        return numbers.randint(1, len(self.points)) if is_aimed else numbers.random()

    def kill(self, folder, moment):
        """True when it was killed at the point or after the share of its time; False when it was over before."""
        process = start(*self.arguments(folder), env=faults.slow(stop=moment) if moment >= 1 else None)
        if moment >= 1:
            faults.is_stopped(process)
        else:
            try:
                process.wait(timeout=moment * self.seconds)
            except subprocess.TimeoutExpired:
                pass
        process.kill()
        return finish(process)[0] == -signal.SIGKILL


class Kills(shop.ShopTest):
    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory(prefix="coterie-e2e-")
        cls.addClassCleanup(holder.cleanup)
        folder = Path(holder.name)
        lines, options = cls.input_lines(folder)
        header, lines = lines[0], lines[1:]

        def piece(begin, end):
            path = folder / f"{begin}-{end}.csv"
            path.write_text("".join([header, *lines[int(begin * LINES):int(end * LINES)]]))
            return path

        def imported(made, *paths):
            answer = shop.run("import", made, *paths, *options, "--json", "--quiet")
            assert answer.exit_code == 0, answer.stderr

        half, many = folder / "half.shop", folder / "many.shop"
        imported(half, piece(0, 0.5))
        for number in range(PIECES):  # each brings some rows of the one before again
            imported(many, piece(max(0, number - 0.1) / PIECES, (number + 1) / PIECES))
        cls.jobs = [Job("import", folder, None, "import", piece(0, 0.75), *options),
                    Job("import more", folder, half, "import", piece(0.4, 1), *options),
                    Job("compact", folder, many, "compact")]
        if ROUNDS >= MANY_ROUNDS:
            hundred = folder / "hundred.shop"
            imported(hundred, *(piece(at / 1000, (at + 1) / 1000) for at in range(MANY_FILES)))
            cls.jobs.append(Job("import, compacting", folder, hundred, "import", piece(0.2, 0.4), *options))
            assert cls.jobs[-1].after[1]["events"] == 1

    @classmethod
    def input_lines(cls, folder):
        """The first lines of Online Retail; where it is absent, of a generated shop's events."""
        try:
            with gzip.open(shop.find_data(shop.ONLINE_RETAIL), "rt", newline="") as file:
                return list(itertools.islice(file, LINES + 1)), ("--preset", "online-retail")
        except unittest.SkipTest:
            path = folder / "generated.csv"
            shop.run("generate", path, "--csv", "--users", "800", "--days", "365", "--seed", SEED)
            with open(path, newline="") as file:
                return list(itertools.islice(file, LINES + 1)), shop.NEW

    def outcome(self, job, folder, what):
        """The workspace opens and is in the old state or the new one: says in which."""
        if not (folder / "state.db").exists():
            if folder.exists():
                self.refused("failed_precondition", "quarantine", folder, "list")
            return "old"
        report = self.ok("doctor", folder)
        self.assertTrue(report["sound"], f"{what}: {report}")
        for finding in report["findings"]:
            self.assertIn(finding["check"], ("orphans", "state"), f"{what}: {finding}")
            self.assertEqual(finding["severity"], "warning", f"{what}: {finding}")
        rows, files = job.state(folder)
        self.ok("quarantine", folder, "list")
        counted = self.ok("sql", folder, "SELECT count(*) AS events FROM events")
        self.assertEqual(counted["rows"], [[rows["events"][0]]], what)
        self.assertIn(rows, (job.before[0], job.after[0]), f"{what}: half a job")
        if (rows, files) == job.after:
            return "new"
        if (rows, files) == job.before:
            return "old"
        self.assertIn("compact", job.name, f"{what}: {files}")
        for table in TABLES:  # table after table, each at once
            old, new = job.before[1][table], job.after[1][table]
            self.assertIn(files[table], (old, new) if job.name == "compact" else (old, old + 1, new), what)
        return "part"

    def finish_job(self, job, folder, what):
        answer = job.run(folder)
        self.assertEqual(answer.exit_code, 0, f"{what}: {answer.stderr}")
        if job.words[0] == "import":
            self.assert_balanced(answer.json())
        self.assertEqual(job.state(folder)[0], job.after[0], what)
        if job.name in ("import", "compact"):  # finished, the others may have made one small file more
            self.assertEqual(job.state(folder)[1], job.after[1], what)
        self.assertEqual(shop.Shop(folder).leftovers(), [], what)
        self.assertEqual(self.ok("doctor", folder)["findings"], [], what)

    def play(self, number):
        """One round; returns what the summary counts."""
        numbers = random.Random(f"{ROUNDS_SEED}-{number}")
        job = self.jobs[number // 2 % len(self.jobs)]
        is_aimed = number % 2 == 1
        moment = job.moment(numbers, is_aimed)
        folder = job.copy(self.folder / "round.shop")
        while not job.kill(folder, moment):  # over already: this time it was faster
            shutil.rmtree(folder)
            job.copy(folder)
            moment = max(1, moment - 1) if is_aimed else moment * 0.97
        where = (f"point {moment} of {len(job.points)}" if is_aimed else
                 f"{moment:.3f} of {job.seconds:.3f} s")
        what = f"seed {ROUNDS_SEED}, round {number}: {job.name}, killed at {where}"
        outcome = self.outcome(job, folder, what)
        if numbers.random() < 0.25:
            again = job.moment(numbers, is_aimed)
            if job.kill(folder, again):
                what += f", then at {again:.3f}"
                outcome = self.outcome(job, folder, what)
        self.finish_job(job, folder, what)
        shutil.rmtree(folder)
        return job.name, "in the commit" if is_aimed else "at random", outcome

    def test_killed_at_any_moment_a_job_is_done_or_not_and_can_be_finished(self):
        counts = collections.Counter()
        for number in range(ROUNDS):
            with self.subTest(seed=ROUNDS_SEED, round=number):
                counts[self.play(number)] += 1
            shutil.rmtree(self.folder / "round.shop", ignore_errors=True)
        print(f"\n{ROUNDS} kills, seed {ROUNDS_SEED}:", file=sys.stderr)
        for key in sorted(counts):
            print(f"  {key[0]:18} {key[1]:14} {key[2]:5} {counts[key]:4}", file=sys.stderr)
        self.assertEqual(counts.total(), ROUNDS)


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
        rows = "".join(f"u{i % 5000},i{i % 999},view,{1_600_000_000 + i}\n" for i in range(300_000))
        more = self.write("more.csv", "user_id,item_id,behavior_type,timestamp\n" + rows)
        begun, made = self.folder / "begun.shop", self.folder / "made.shop"
        self.ok("generate", begun, "--users", "100", "--days", "30", "--seed", SEED)
        digest = shop.Shop(begun).digest()
        shutil.copytree(begun, made)
        begin = time.perf_counter()
        self.ok("import", made, more, "--preset", "coterie")
        seconds = time.perf_counter() - begin
        for share in (0.2, 0.5):
            copy = self.folder / f"{share}.shop"
            shutil.copytree(begun, copy)
            code, stdout = self.interrupt("import", copy, more, "--preset", "coterie", "--json",
                                          after_s=share * seconds)
            self.assert_cancelled(code, stdout)
            self.assertEqual(shop.Shop(copy).digest(), digest)
            self.ok("import", copy, more, "--preset", "coterie")
            self.assertEqual(shop.Shop(copy).digest(), shop.Shop(made).digest())
            self.assertEqual(shop.Shop(copy).leftovers(), [])


if __name__ == "__main__":
    unittest.main()

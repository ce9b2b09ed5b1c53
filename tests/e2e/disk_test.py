"""A full disk and a folder where nothing may be written: an error in words, nothing lost, and with room again
the job ends as if nothing had been.

The disk is full in two ways: for certain by a preloaded library that lets only so many bytes be written, and
where file systems in memory may be mounted (by root, or in a name space of one's own) also in truth.
"""

import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import faults
import shop

SEED = 4
TABLES = (*shop.Shop.TABLES, *shop.Shop.WRITTEN, *shop.Shop.RESULTS)
MAKE_ROOM = "make room on the disk and start again; what was there before is kept"
REPLAY = ("replay", "--rule", "time", "--map", "ts=seen_at")
FILLS = (0, 0.05, 0.3, 0.6, 0.9)  # shares of what the job writes
FEW_FILLS = (0, 0.5)
SPARE_BYTES = 80 << 20  # more than a compaction wants to be free


def rows(number, count):
    """Events as CSV; one in eight has its time in a column where nobody looks for it."""
    def times(i):
        return f",{1_735_700_000 + 61 * i}" if i % 8 == 0 else f"{1_735_700_000 + 61 * i},"

    return "user_id,item_id,behavior_type,timestamp,seen_at\n" + "".join(
        f"m{i % 1999},i{i * 7 % 997},view,{times(i)}\n" for i in range(number * count, (number + 1) * count))


class Job:
    """A command on a copy of a prepared shop, and how it ends when nothing disturbs it."""

    def __init__(self, name, prepared, *words, fills=FILLS, out=None):
        self.name = name
        self.prepared = prepared
        self.words = words
        self.fills = fills
        self.out = out  # a file beside the shop
        with tempfile.TemporaryDirectory(prefix="coterie-e2e-") as holder:
            disk = Path(holder)
            made = self.copy(disk)
            self.before = self.state(made)
            self.bytes = faults.bytes_written(disk, *self.arguments(disk))
            self.after = self.state(made)
            self.out_bytes = self.out and (disk / self.out).read_bytes()

    def copy(self, disk):
        return shutil.copytree(self.prepared, disk / "made.shop")

    def arguments(self, disk):
        where = ("--out", disk / self.out) if self.out else ()
        return (self.words[0], disk / "made.shop", *self.words[1:], *where, "--json", "--quiet")

    @staticmethod
    def state(made):
        made = shop.Shop(made)
        return made.digest(TABLES), made.record() if made.files("features") else None


@functools.cache
def prepared():
    """The jobs by name, and a shop with a run."""
    holder = tempfile.TemporaryDirectory(prefix="coterie-e2e-")
    unittest.addModuleCleanup(holder.cleanup)
    folder = Path(holder.name)

    def done(*words):
        answer = shop.run(*words, "--json", "--quiet")
        assert answer.exit_code == 0, answer.stderr

    one, many, ran = folder / "one.shop", folder / "many.shop", folder / "ran.shop"
    pieces = [folder / f"piece-{number}.csv" for number in range(4)]
    for number, path in enumerate(pieces):
        path.write_text(rows(number, 6_000))
    done("import", one, pieces[0], *shop.NEW)
    done("import", many, *pieces[:3], *shop.NEW)
    done("generate", ran, "--users", 150, "--days", 150, "--seed", SEED)
    done("run", ran)
    jobs = (
        Job("import", many, "import", pieces[3]),
        Job("compact", many, "compact"),
        Job("run", ran, "run", "--force", "--seed", 2, fills=FEW_FILLS),
        Job("replay", one, "quarantine", *REPLAY, fills=FEW_FILLS),
        Job("export csv", ran, "export", "events", fills=FEW_FILLS, out="events.csv"),
        Job("export xlsx", ran, "export", "items", fills=FEW_FILLS, out="items.xlsx"),
        Job("export parquet", ran, "export", "features", fills=FEW_FILLS, out="features.parquet"),
    )
    return {job.name: job for job in jobs}, ran


class DiskTest(shop.ShopTest):
    @classmethod
    def setUpClass(cls):
        cls.jobs, cls.ran = prepared()

    def assert_nothing_lost(self, job, disk, answer, what):
        """True when the job was refused; a full disk may come too late to matter."""
        report = self.ok("doctor", disk / "made.shop")
        self.assertTrue(report["sound"], f"{what}: {report}")
        for finding in report["findings"]:
            self.assertIn(finding["check"], ("orphans", "state"), f"{what}: {finding}")
        state = job.state(disk / "made.shop")
        if answer.exit_code == 0:
            self.assertEqual(state, job.after, what)
            return False
        error = answer.json()["error"]
        self.assertEqual(answer.exit_code, shop.EXIT_CODES["resource_exhausted"], f"{what}: {error}")
        self.assertEqual(error["code"], "resource_exhausted", what)
        self.assertRegex(error["message"], f"{MAKE_ROOM}|MB are free", what)
        self.assertNotIn("\n", error["message"], what)
        self.assertEqual(state, job.before, what)
        self.assertFalse(job.out and (disk / job.out).exists(), f"{what}: half a file")
        return True

    def assert_finishes(self, job, disk, what):
        """Where there is room again."""
        if job.out and (disk / job.out).exists():
            (disk / job.out).unlink()
        answer = shop.run(*job.arguments(disk))
        self.assertEqual(answer.exit_code, 0, f"{what}: {answer.stderr}")
        self.assertEqual(job.state(disk / "made.shop"), job.after, what)
        if job.out and not job.out.endswith(".xlsx"):  # a workbook tells when it was made
            self.assertEqual((disk / job.out).read_bytes(), job.out_bytes, what)
        self.assertEqual(shop.Shop(disk / "made.shop").leftovers(), [], what)
        self.assertLessEqual({path.name for path in disk.iterdir()}, {"made.shop", job.out}, what)
        self.assertEqual(self.ok("doctor", disk / "made.shop")["findings"], [], what)


class FullDisk(DiskTest):
    def test_a_disk_that_is_full_at_any_byte(self):
        for job in self.jobs.values():
            refused = 0
            for share in job.fills:
                what = f"{job.name}, room for {share} of {job.bytes} bytes"
                with self.subTest(what), tempfile.TemporaryDirectory(prefix="coterie-e2e-") as holder:
                    disk = Path(holder)
                    job.copy(disk)
                    answer = shop.run(*job.arguments(disk), env=faults.full(disk, int(share * job.bytes)))
                    refused += self.assert_nothing_lost(job, disk, answer, what)
                    self.assert_finishes(job, disk, what)
            self.assertGreaterEqual(refused, len(job.fills) - 1, job.name)

    def test_readers_on_a_full_disk_answer_or_say_why_not(self):
        made = self.folder / "made.shop"
        shutil.copytree(self.ran, made)
        for room in (0, 100, 4000):
            for words in (("sql", made, "SELECT count(*) AS n FROM events"), ("segments", made, "list"),
                          ("quarantine", made, "list")):
                answer = shop.run(*words, "--json", "--quiet", env=faults.full(self.folder, room))
                if answer.exit_code == 0:
                    self.assertEqual(answer.stdout, shop.run(*words, "--json", "--quiet").stdout)
                else:
                    self.assertEqual(answer.exit_code, shop.EXIT_CODES["resource_exhausted"], answer.stdout)
                    self.assertIn(MAKE_ROOM, answer.json()["error"]["message"])
        self.assertEqual(self.ok("doctor", made)["findings"], [])


class RealDisk(DiskTest):
    """On file systems in memory, full and read-only in truth."""

    @classmethod
    def setUpClass(cls):
        if not faults.can_mount():
            if faults.can_unshare():
                cls.in_a_name_space_of_ones_own()
            print("\nSKIPPED: no file system may be mounted; full_disk.c alone shows a full disk",
                  file=sys.stderr)
            raise unittest.SkipTest("no file system may be mounted")
        super().setUpClass()

    @classmethod
    def in_a_name_space_of_ones_own(cls):
        done = subprocess.run(["unshare", "-rm", sys.executable, "-m", "unittest", "disk_test.RealDisk"],
                              cwd=Path(__file__).parent, check=False)
        if done.returncode != 0:
            raise AssertionError("disk_test.RealDisk failed under `unshare -rm`")
        raise unittest.SkipTest("shown under `unshare -rm`")

    def test_a_full_disk(self):
        for name in ("import", "run", "replay", "export csv"):
            job = self.jobs[name]
            refused = 0
            for share in job.fills:
                what = f"{name}, {share} of {job.bytes} bytes free"
                with self.subTest(what), faults.disk(self.folder / "disk", 64 << 20) as disk:
                    job.copy(disk)
                    filler = faults.fill(disk, int(share * job.bytes))
                    answer = shop.run(*job.arguments(disk))
                    refused += self.assert_nothing_lost(job, disk, answer, what)
                    filler.unlink()
                    self.assert_finishes(job, disk, what)
            # What a job removes makes room: close to the end it may do with less than it writes.
            self.assertGreaterEqual(refused, len(job.fills) // 2, name)

    def test_a_disk_that_is_full_in_the_middle_of_a_compaction(self):
        """Somebody else fills it once the compaction has found it empty enough."""
        job = self.jobs["compact"]
        with tempfile.TemporaryDirectory(prefix="coterie-e2e-") as holder:
            job.copy(Path(holder))
            points = len(faults.points(*job.arguments(Path(holder))))
        refused = 0
        for share, room in ((0.02, 0), (0.15, 40_000), (0.3, 0), (0.45, 20_000), (0.6, 0), (0.8, 4096)):
            point = int(share * points)
            what = f"stopped at {point} of {points} points, then {room} bytes free"
            with self.subTest(what), faults.disk(self.folder / "disk", SPARE_BYTES) as disk:
                job.copy(disk)
                process = subprocess.Popen(shop.command(*job.arguments(disk)), text=True,
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                           env=shop.environment(faults.slow(stop=point)))
                self.addCleanup(process.kill)
                self.assertTrue(faults.is_stopped(process), what)
                filler = faults.fill(disk, room)
                process.send_signal(signal.SIGCONT)
                stdout, stderr = process.communicate(timeout=shop.LIMIT_S)
                answer = shop.Answer(process.returncode, stdout, stderr)
                refused += self.assert_nothing_lost(job, disk, answer, what)
                filler.unlink()
                self.assert_finishes(job, disk, what)
        self.assertGreaterEqual(refused, 4)

    def test_a_compaction_does_not_begin_without_room(self):
        job = self.jobs["compact"]
        with faults.disk(self.folder / "disk", 16 << 20) as disk:
            job.copy(disk)
            answer = shop.run(*job.arguments(disk))
            self.assertTrue(self.assert_nothing_lost(job, disk, answer, "16 MB"))
            self.assertIn("MB are free", answer.json()["error"]["message"])


class ReadOnly(DiskTest):
    def tree(self, made):
        return {path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None)
                for path in sorted(made.rglob("*"))}

    def assert_refuses_in_words(self, made, **who):
        """`made` cannot be written in; beside it, it can."""
        before = self.tree(made)
        more = self.write("more.csv", rows(9, 100))
        for words in (("import", made, more), ("run", made), ("compact", made), ("quarantine", made, *REPLAY),
                      ("export", made, "events", "--out", made / "events.csv"),
                      ("export", made, "events", "--out", self.folder / "events.csv"),
                      ("sql", made, "SELECT count(*) FROM events"), ("features", made, "show"),
                      ("quarantine", made, "list")):
            message = self.refused("permission_denied", *words, says=[str(made)], **who)
            self.assertIn("Coterie must be able to write in the shop's folder, even to read it", message)
        listed = shop.run("segments", made, "list", "--json", "--quiet", **who)  # state.db alone says it
        self.assertEqual(listed.stdout, shop.run("segments", self.ran, "list", "--json", "--quiet").stdout)
        report = shop.run("doctor", made, "--json", "--quiet", **who)
        self.assertEqual(report.exit_code, 0, report.stderr)
        self.assertTrue(report.json()["sound"], report.stdout)
        self.assertEqual(self.tree(made), before)
        self.assertFalse((self.folder / "events.csv").exists())

    def test_as_somebody_without_rights(self):
        """Root has all rights, so as another person when the tests run as root."""
        made = self.folder / "made.shop"
        shutil.copytree(self.ran, made)
        who = {}
        if os.geteuid() == 0:
            self.folder.chmod(0o777)
            who = {"user": 65_534, "group": 65_534, "extra_groups": []}
        try:
            self.assertEqual(shop.run("--version", **who).exit_code, 0)
        except PermissionError:
            self.skipTest("the binary is not where somebody without rights may run it")
        for path in (*made.rglob("*"), made):
            path.chmod(0o555 if path.is_dir() else 0o444)
        try:
            self.assert_refuses_in_words(made, **who)
        finally:
            for path in (made, *made.rglob("*")):
                path.chmod(0o755 if path.is_dir() else 0o644)
        self.ok("compact", made)

    def test_on_a_disk_that_is_read_only(self):
        if not faults.can_mount():
            self.skipTest("no file system may be mounted")
        with faults.disk(self.folder / "disk", 64 << 20) as disk:
            made = disk / "made.shop"
            shutil.copytree(self.ran, made)
            faults.set_read_only(disk, True)
            self.assert_refuses_in_words(made)
            self.refused("permission_denied", "import", disk / "new.shop", self.write("new.csv", rows(0, 10)),
                         *shop.NEW, says=["new.shop"])
            faults.set_read_only(disk, False)
            self.ok("compact", made)


if __name__ == "__main__":
    unittest.main()

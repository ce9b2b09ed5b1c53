"""Readers see exactly one state of the shop, whatever goes on: each answer that was asked for while imports
and compactions run is that of a state which was the newest at some moment between question and answer. Files
that a reader pins stay until it ends."""

import signal
import subprocess
import threading
import time
import unittest

import faults
import shop

PIECES = 4  # imports before each compaction
CYCLES = 2
LINES = 4_000  # of a piece
SLOWED_MS = {"import": 1, "compact": 8}  # before and after each sync and rename
QUESTIONS = (
    ("sql", "SELECT count(*) AS events, bit_xor(hash(event_id, ts, user_id, item_id)) AS bits FROM events"),
    ("sql", "SELECT (SELECT count(*) FROM quarantine) AS quarantine, (SELECT count(*) FROM events) AS events,"
            " (SELECT count(*) FROM events SEMI JOIN events AS again USING (event_id)) AS again"),
    ("export", "features", "--as-of", "2025-06-01"),
)


class Reader(threading.Thread):
    """Asks one question again and again; keeps when it asked, when it had the answer, and the answer."""

    def __init__(self, folder, question):
        super().__init__()
        form = ("--json",) if question[0] == "sql" else ("--format", "csv")
        self.words = (question[0], folder, *question[1:], *form, "--quiet")
        self.answers = []
        self.is_over = False

    def ask(self):
        return shop.run(*self.words)

    def run(self):
        while not self.is_over:
            begin = time.monotonic()
            answer = self.ask()
            self.answers.append((begin, time.monotonic(), answer))


class Readers(shop.ShopTest):
    def piece(self, number):
        """Some rows of each come in the next one again; one in a hundred is bad."""
        rows = (f"m{i % 997},i{i % 83},{('view', 'cart', 'buy')[i % 3]},"
                f"{'never' if i % 100 == 0 else 1_735_700_000 + 60 * i}\n"
                for i in range(number * LINES, (number + 1) * LINES + LINES // 10))
        return self.write(f"piece-{number}.csv", shop.HEADER + "".join(rows))

    def asked(self, reader):
        answer = reader.ask()
        self.assertEqual(answer.exit_code, 0, answer.stderr)
        return answer.stdout

    def test_readers_without_pause_see_exact_states_while_imports_and_compactions_run(self):
        made = self.folder / "made.shop"
        self.ok("import", made, self.piece(0), *shop.NEW)
        readers = [Reader(made, question) for question in QUESTIONS]
        number = 1
        compactions = []  # when each began and was over
        changes = []  # when the import of each state began and was over
        states = [[self.asked(reader) for reader in readers]]

        def job(*words):
            begin = time.monotonic()
            answer = shop.run(*words, "--json", "--quiet", env=faults.slow(ms=SLOWED_MS[words[0]]))
            self.assertEqual(answer.exit_code, 0, answer.stderr)
            return begin, time.monotonic()

        for reader in readers:
            reader.start()
        try:
            for _ in range(CYCLES):
                for _ in range(PIECES):
                    changes.append(job("import", made, self.piece(number)))
                    states.append(None)
                    number += 1
                compactions.append(job("compact", made))
                self.assertEqual(len(shop.Shop(made).files("events")), 1)
        finally:
            for reader in readers:
                reader.is_over = True
            for reader in readers:
                reader.join()
        # The same imports without anybody else say what each state answers.
        alone = self.folder / "alone.shop"
        for at in range(len(states)):
            self.ok("import", alone, self.folder / f"piece-{at}.csv", *(shop.NEW if at == 0 else ()))
            states[at] = [self.asked(Reader(alone, question)) for question in QUESTIONS]
        self.assertEqual(len(set(map(str, states))), len(states))
        during = 0
        for kind, reader in enumerate(readers):
            for begin, end, answer in reader.answers:
                self.assertEqual(answer.exit_code, 0, answer.stderr)
                first = sum(over < begin for _, over in changes)
                last = sum(began < end for began, _ in changes)
                self.assertIn(answer.stdout, [state[kind] for state in states[first:last + 1]],
                              f"question {kind}, states {first} to {last}")
                during += any(began < begin and end < over for began, over in compactions)
        self.assertGreaterEqual(during, 3 * CYCLES, f"{during} questions within compactions")
        self.assertEqual(shop.Shop(made).leftovers(), [])
        self.assertEqual(self.ok("doctor", made)["findings"], [])

    def stop_once_it_reads(self, folder, process):
        """Stops a reader as soon as its lease pins a generation."""
        while process.poll() is None:
            for path in (folder / "leases").glob(f"{process.pid}-*"):
                if path.read_text().endswith("\n"):
                    process.send_signal(signal.SIGSTOP)
                    self.assertTrue(faults.is_stopped(process) and path.exists(), "the reader was too fast")
                    return
        self.fail("the reader was too fast")

    def test_what_a_long_reader_pins_stays_until_it_ends(self):
        made = self.folder / "made.shop"
        self.ok("import", made, *(self.piece(number) for number in range(PIECES)), *shop.NEW)
        question = ("sql", "SELECT count(*) AS pairs, bit_xor(hash(a.event_id, b.event_id)) AS bits FROM "
                           "events AS a, (SELECT event_id FROM events ORDER BY event_id LIMIT 1000) AS b")
        exact = self.asked(Reader(made, question))
        process = subprocess.Popen(shop.command(*Reader(made, question).words, threads=1), text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=shop.environment())
        self.addCleanup(process.kill)
        self.stop_once_it_reads(made, process)
        pinned = shop.Shop(made).files("events")
        self.assertEqual(len(pinned), PIECES)
        self.ok("compact", made)
        self.ok("import", made, self.piece(PIECES))
        self.assertTrue(all(path.exists() for path in pinned))
        self.assertFalse(set(pinned).intersection(shop.Shop(made).files("events")))
        self.assertEqual(self.ok("doctor", made)["findings"], [])
        process.send_signal(signal.SIGCONT)
        stdout, stderr = process.communicate(timeout=shop.LIMIT_S)
        self.assertEqual((process.returncode, stdout), (0, exact), stderr)
        self.ok("import", made, self.piece(PIECES + 1))
        self.assertFalse(any(path.exists() for path in pinned))
        self.assertEqual(shop.Shop(made).leftovers(), [])


if __name__ == "__main__":
    unittest.main()

"""The store keeps everything exact: doctor finds what is wrong, a flipped bit never answers, compaction changes
nothing that anybody can ask, and an old workspace opens with all it held."""

import os
import random
import shutil
import unittest
from pathlib import Path

import shop

SEED = 4
FLIPS = 100
GOLDEN = shop.ROOT / "tests/golden/workspace_v1"


def flip_a_bit(path, numbers):
    """Flips one random bit; returns what the file held."""
    good = path.read_bytes()
    at = numbers.randrange(len(good))
    path.write_bytes(good[:at] + bytes([good[at] ^ 1 << numbers.randrange(8)]) + good[at + 1:])
    return good, at


class Keeper(shop.ShopTest):
    def made(self, name="made.shop", *options):
        folder = self.folder / name
        self.ok("generate", folder, "--users", 150, "--days", 150, "--seed", SEED, *options)
        self.ok("run", folder)
        return folder

    def doctor(self, folder, exit_code):
        answer = shop.run("doctor", folder, "--json", "--quiet")
        self.assertEqual(answer.exit_code, exit_code, answer.stdout + answer.stderr)
        return answer.json()

    def stored_files(self, folder):
        """What holds data: all but the settings, the report, locks and SQLite's empty log."""
        return sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 0
                      and path.name not in ("coterie.toml", "report.html", "state.db-shm", "state.db-wal"))

    def small_files(self, count):
        """Files of a few rows each; some rows come again."""
        out = []
        for number in range(count):
            rows = "".join(f"m{i % 9},i{i % 5},view,2025-03-{1 + i % 28:02} 10:{i % 60:02}:00\n"
                           for i in range(number * 9, number * 9 + 12))
            out.append(self.write(f"more-{number}.csv", shop.HEADER + rows))
        return out

    def opening(self, folder, path):
        """The command that reads this stored file first."""
        kind = path.relative_to(folder).parts[0]
        if kind == "models":
            return ("models", folder, "show", path.parts[-3], "--version", path.parts[-2])
        if kind == "event_ids":
            # Only an import asks for ids; it must hold one that is known.
            return ("import", folder, self.known)
        if kind in ("state.db", "state.sum"):
            return ("quarantine", folder, "list")
        return ("sql", folder, f"SELECT count(*) FROM {kind}")

    def test_a_sound_shop_is_sound(self):
        made = self.made()
        for step in ((), ("compact", made)):
            if step:
                self.ok(*step)
            answer = self.doctor(made, 0)
            self.assertTrue(answer["sound"])
            self.assertEqual(answer["findings"], [])
            self.assertGreater(answer["events"], 1000)
            self.assertGreater(answer["models"], 0)

    def test_every_flipped_bit_is_found_by_doctor_and_on_opening(self):
        made = self.made()
        self.known = self.write("known.csv", shop.HEADER + "k1,i1,view,2025-03-01 10:00:00\n")
        self.ok("import", made, self.known)
        files = self.stored_files(made)
        kinds = {path.relative_to(made).parts[0] for path in files}
        self.assertLessEqual({"events", "event_ids", "models", "state.db", "state.sum", "features"}, kinds)
        numbers = random.Random(SEED)
        for number in range(FLIPS):
            path = files[number % len(files)] if number < len(files) else numbers.choice(files)
            good, at = flip_a_bit(path, numbers)
            what = f"seed {SEED}, flip {number}: byte {at} of {path.relative_to(made)}"
            answer = self.doctor(made, 1)
            named = [finding["where"] for finding in answer["findings"] if finding["severity"] == "error"]
            wanted = str(path.relative_to(made))
            self.assertTrue(any(wanted.startswith(where) for where in named), f"{what}: {named}")
            opened = shop.run(*self.opening(made, path), "--json")
            self.assertEqual(opened.exit_code, shop.EXIT_CODES["data_loss"], f"{what}: {opened.stdout}")
            path.write_bytes(good)
        self.doctor(made, 0)

    def test_doctor_names_missing_files_orphans_and_changed_settings(self):
        made = self.made()
        (made / "events" / "00009999.parquet").write_bytes(b"half")
        (made / "leases" / "1-1").write_text("7")
        (made / "tmp" / "123-abc").mkdir()
        settings = made / "coterie.toml"
        settings.write_text(settings.read_text().replace("CNY", "EUR"))
        answer = self.doctor(made, 0)
        where = {finding["where"] for finding in answer["findings"]}
        self.assertEqual(where, {"events/00009999.parquet", "leases/1-1", "tmp/123-abc", "coterie.toml"})
        gone = shop.Shop(made).files("items")[0]
        gone.unlink()
        shutil.rmtree(made / "models/clusters")
        answer = self.doctor(made, 1)
        errors = {f["where"]: f for f in answer["findings"] if f["severity"] == "error"}
        self.assertIn(str(gone.relative_to(made)), errors)
        self.assertIn("models/clusters/1", errors)
        for finding in answer["findings"]:
            self.assertTrue(finding["what"] and finding["advice"], finding)

    def test_doctor_goes_on_when_state_db_is_ruined(self):
        made = self.made()
        (made / "state.db").write_bytes(os.urandom(20_000))
        model = made / "models/clusters/1/model.safetensors"
        flip_a_bit(model, random.Random(SEED))
        (made / "coterie.toml").write_text("timezone = 7\n")
        where = {finding["where"] for finding in self.doctor(made, 1)["findings"]}
        self.assertLessEqual({"state.db", "models/clusters/1", "coterie.toml"}, where)
        self.refused("not_found", "doctor", self.folder / "none.shop")
        self.refused("failed_precondition", "doctor", self.folder, says=["no workspace"])

    def test_compaction_changes_nothing_that_can_be_asked(self):
        made = self.folder / "small.shop"
        self.ok("import", made, *self.small_files(12), *shop.NEW)
        run_before = self.ok("run", made)
        before = shop.Shop(made).digest()
        answer = self.ok("compact", made)
        self.assertEqual({table["table"] for table in answer["tables"]}, {"events"})
        self.assertEqual(len(shop.Shop(made).files("events")), 1)
        self.assertEqual(len(list((made / "events").iterdir())), 1)
        self.assertEqual(shop.Shop(made).digest(), before)
        run_after = self.ok("run", made, "--force")
        for run in (run_before, run_after):
            for key in ("seconds", "report", "models", "recommend"):  # versions of models grow
                run.pop(key, None)
        self.assertEqual(run_after, run_before)
        again = self.ok("import", made, self.folder / "more-3.csv")
        self.assertEqual((again["accepted"], again["duplicate"]), (0, 12))
        self.assertEqual(self.ok("compact", made)["tables"], [])
        self.doctor(made, 0)

    def test_many_imports_are_compacted_by_themselves(self):
        made = self.folder / "small.shop"
        self.ok("import", made, *self.small_files(102), *shop.NEW)
        self.assertLess(len(shop.Shop(made).files("events")), 10)
        self.assertLess(len(shop.Shop(made).files("event_ids")), 10)
        self.doctor(made, 0)

    def test_a_workspace_of_format_1_opens_with_all_it_held(self):
        old = self.folder / "old.shop"
        shutil.copytree(GOLDEN, old)
        before = shop.Shop(old)
        rows = {table: before.rows(table) for table in (*shop.Shop.TABLES, "segments", "scores")}
        values = before.rows("features")  # a row each, then
        self.assertEqual({f["where"] for f in self.doctor(old, 0)["findings"]}, {"state.db"})
        segments = self.ok("segments", old, "list")
        self.assertTrue(segments["segments"])
        after = shop.Shop(old)
        self.assertEqual({table: after.rows(table) for table in rows}, rows)
        self.assertEqual(len(after.sql("UNPIVOT features ON COLUMNS(* EXCLUDE user_id) INTO NAME feature VALUE value")), values)
        self.assertEqual(self.doctor(old, 0)["findings"], [])
        self.ok("run", old)


if __name__ == "__main__":
    unittest.main()

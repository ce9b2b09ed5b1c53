"""check_layers.py catches every rule it states: small trees with one violation each, and clean ones.

    python3 tests/tools/check_layers_test.py

Standard library only. Each tree is the clean one plus the file under test, checked by the real command.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools"

HEADER = "// What it is.\n#pragma once\n"
SOURCE = "// What it is.\n"
SQL = ("-- One row per user.\n-- grain: user\n-- inputs: events\n-- outputs: n\n-- nulls: none\n"
       "-- time: ts < as_of\n")
CLEAN = {
    "base/status.h": HEADER,
    "base/status.cc": SOURCE + '#include "base/status.h"\n#include <vector>\n',
    "base/messages.def": SOURCE,
    "kernels/sum.h": HEADER + '#include "base/status.h"\n',
    "data/event.h": HEADER + '#include "base/status.h"\n',
    "store/duckdb.cc": SOURCE + '#include <duckdb.h>\n#include <sqlite3.h>\n#include "store/duckdb.h"\n',
    "store/duckdb.h": HEADER + '#include "data/event.h"\n',
    "learn/model.h": HEADER + '#include "data/event.h"\n',
    "learn/metrics/auc.h": HEADER + '#include "learn/model.h"\n',
    "learn/cluster/k_means.h": HEADER + '#include "learn/metrics/auc.h"\n#include "learn/cluster/lloyd.h"\n',
    "learn/selection/search.h": HEADER + '#include "learn/cluster/k_means.h"\n',
    "registry/registry.h": HEADER + '#include "learn/model.h"\n#include "store/duckdb.h"\n',
    "collect/reader.h": HEADER,
    "collect/simulate/shop.h": HEADER + '#include "collect/reader.h"\n',
    "profile/sql/recency.sql": SQL + "SELECT 1;\n",
    "understand/evidence.h": HEADER + '#include "registry/registry.h"\n',
    "understand/segments/rfm.h": HEADER + '#include "understand/evidence.h"\n',
    "act/policy/caps.h": HEADER,
    "act/offers/offer.h": HEADER + '#include "act/policy/caps.h"\n',
    "engine/run.h": HEADER + '#include "understand/segments/rfm.h"\n#include "collect/reader.h"\n',
    "serve/report/page.h": HEADER + '#include "engine/run.h"\n',
    "serve/http/server.cc": SOURCE + "#include <boost/beast/http.hpp>\n#include <boost/asio.hpp>\n",
    "serve/cli/main.cc": SOURCE + '#include "serve/report/page.h"\n#include "serve/http/server.h"\n',
}


class CheckLayers(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.root = Path(self._folder.name)
        (self.root / "tools").mkdir()
        shutil.copy(TOOLS / "layers.toml", self.root / "tools")
        for path, text in CLEAN.items():
            self.write(path, text)

    def write(self, path, text):
        file = self.root / "src" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        readme = file.parent / "README.md"
        if not readme.exists():
            readme.write_text("# Purpose\n", encoding="utf-8")
            (file.parent / "CMakeLists.txt").write_text("", encoding="utf-8")

    def run_check(self):
        command = [sys.executable, str(TOOLS / "check_layers.py"), "--root", str(self.root)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout.splitlines()

    def assert_clean(self):
        self.assertEqual(self.run_check(), (0, []))

    def assert_one(self, file, line, rule, words=""):
        code, lines = self.run_check()
        self.assertEqual(code, 1)
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith(f"src/{file}:{line}: {rule}: "), lines[0])
        self.assertIn(words, lines[0])

    def assert_forbidden(self, file, included, words=""):
        """An #include on line 3 of a header breaks the layer rule."""
        self.write(file, HEADER + f'#include "{included}"\n')
        self.assert_one(file, 3, "layer", words)

    # Layers

    def test_a_clean_tree_passes(self):
        self.assert_clean()

    def test_a_higher_layer(self):
        self.assert_forbidden("base/time.h", "data/event.h", "base (L0) must not include data (L1)")

    def test_engine_does_not_see_serve(self):
        self.assert_forbidden("engine/plan.h", "serve/report/page.h")

    def test_the_same_layer(self):
        self.assert_forbidden("kernels/distance.h", "data/event.h", "the same layer")

    def test_learn_does_not_see_store(self):
        self.assert_forbidden("learn/linear/logistic.h", "store/duckdb.h", "the same layer")

    def test_collect_does_not_see_registry(self):
        self.assert_forbidden("collect/writer.h", "registry/registry.h", "the same layer")

    def test_an_angle_include_of_ours_counts(self):
        self.write("base/time.h", HEADER + "#include <data/event.h>\n")
        self.assert_one("base/time.h", 3, "layer")

    def test_an_indented_include_counts(self):
        self.write("base/time.h", HEADER + '#  include "data/event.h"\n')
        self.assert_one("base/time.h", 3, "layer")

    def test_a_test_file_obeys_too(self):
        self.write("base/time_test.cc", SOURCE + '#include "store/duckdb.h"\n')
        self.assert_one("base/time_test.cc", 2, "layer")

    def test_a_message_table_obeys_too(self):
        self.write("base/more.def", SOURCE + '#include "store/duckdb.h"\n')
        self.assert_one("base/more.def", 2, "layer")

    def test_a_folder_without_a_layer(self):
        self.write("extra/thing.h", HEADER)
        self.assert_one("extra/thing.h", 1, "layer", "extra has no layer")

    # Parts of a folder

    def test_metrics_does_not_see_cluster(self):
        self.assert_forbidden("learn/metrics/purity.h", "learn/cluster/k_means.h")

    def test_linear_does_not_see_cluster(self):
        self.assert_forbidden("learn/linear/logistic.h", "learn/cluster/k_means.h")

    def test_text_does_not_see_selection(self):
        self.assert_forbidden("learn/text/ngrams.h", "learn/selection/search.h")

    def test_the_frame_of_learn_sees_no_part(self):
        self.assert_forbidden("learn/fit.h", "learn/metrics/auc.h", "below its parts")

    def test_a_part_of_learn_without_a_place(self):
        self.write("learn/magic/spell.h", HEADER)
        self.assert_one("learn/magic/spell.h", 1, "layer", "no place in the order")

    def test_predict_does_not_see_segments(self):
        self.assert_forbidden("understand/predict/purchase.h", "understand/segments/rfm.h")

    def test_policy_does_not_see_offers(self):
        self.assert_forbidden("act/policy/price.h", "act/offers/offer.h")

    def test_pricing_does_not_see_offers(self):
        self.assert_forbidden("act/pricing/price.h", "act/offers/offer.h")

    def test_http_does_not_see_cli(self):
        self.assert_forbidden("serve/http/route.h", "serve/cli/command.h")

    def test_report_does_not_see_http(self):
        self.assert_forbidden("serve/report/chart.h", "serve/http/server.h")

    # Libraries

    def test_duckdb_outside_store(self):
        self.write("profile/query.cc", SOURCE + "#include <duckdb.h>\n")
        self.assert_one("profile/query.cc", 2, "external", "only in store")

    def test_duckdb_in_quotes_outside_store(self):
        self.write("profile/query.cc", SOURCE + '#include "duckdb.h"\n')
        self.assert_one("profile/query.cc", 2, "external", "only in store")

    def test_sqlite_outside_store(self):
        self.write("registry/files.cc", SOURCE + "#include <sqlite3.h>\n")
        self.assert_one("registry/files.cc", 2, "external")

    def test_beast_outside_http(self):
        self.write("serve/cli/call.cc", SOURCE + "#include <boost/beast/core.hpp>\n")
        self.assert_one("serve/cli/call.cc", 2, "external", "only in serve/http")

    def test_asio_outside_http(self):
        self.write("engine/wait.cc", SOURCE + "#include <boost/asio.hpp>\n")
        self.assert_one("engine/wait.cc", 2, "external")

    def test_other_boost_headers_are_free(self):
        self.write("base/map.cc", SOURCE + "#include <boost/unordered/unordered_flat_map.hpp>\n")
        self.assert_clean()

    def test_an_include_that_is_no_path_from_src(self):
        self.write("base/time.cc", SOURCE + '#include "status.h"\n')
        self.assert_one("base/time.cc", 2, "include")

    def test_an_include_that_climbs(self):
        self.write("base/time.cc", SOURCE + '#include "base/../store/duckdb.h"\n')
        self.assert_one("base/time.cc", 2, "include")

    # Files

    def test_a_folder_without_a_readme(self):
        (self.root / "src/base/README.md").unlink()
        self.assert_one("base/README.md", 1, "readme", "missing")

    def test_a_part_without_a_readme(self):
        (self.root / "src/profile/sql/README.md").unlink()
        self.assert_one("profile/sql/README.md", 1, "readme", "missing")

    def test_a_folder_that_builds_nothing_needs_no_readme(self):
        (self.root / "src/profile/sql/README.md").unlink()
        (self.root / "src/profile/sql/CMakeLists.txt").unlink()
        self.assert_clean()

    def test_a_readme_of_41_lines(self):
        (self.root / "src/base/README.md").write_text("line\n" * 41, encoding="utf-8")
        self.assert_one("base/README.md", 41, "readme", "at most 40")

    def test_a_readme_of_40_lines_passes(self):
        (self.root / "src/base/README.md").write_text("line\n" * 40, encoding="utf-8")
        self.assert_clean()

    def test_a_file_without_a_first_comment(self):
        self.write("base/time.cc", '#include "base/status.h"\n')
        self.assert_one("base/time.cc", 1, "comment")

    def test_a_source_that_begins_with_its_own_header_passes(self):
        self.write("base/status.cc", '#include "base/status.h"\n')
        self.assert_clean()

    def test_a_test_may_use_fixtures_and_nothing_else_may(self):
        self.write("base/time_test.cc", '// Tests.\n#include "fixtures/shop.h"\n')
        self.assert_clean()
        self.write("base/time.cc", '// Time.\n#include "fixtures/shop.h"\n')
        self.assert_one("base/time.cc", 2, "include")

    def test_an_empty_file(self):
        self.write("base/time.cc", "")
        self.assert_one("base/time.cc", 1, "comment")

    def test_a_header_without_pragma_once(self):
        self.write("base/time.h", SOURCE)
        self.assert_one("base/time.h", 1, "pragma")

    def test_using_namespace_in_a_header(self):
        self.write("base/time.h", HEADER + "using namespace std;\n")
        self.assert_one("base/time.h", 3, "using")

    def test_using_namespace_in_a_source_is_allowed(self):
        self.write("base/time.cc", SOURCE + "using namespace std::chrono_literals;\n")
        self.assert_clean()

    def test_a_file_of_601_lines(self):
        self.write("base/time.cc", SOURCE + "int x;\n" * 600)
        self.assert_one("base/time.cc", 601, "length")

    def test_a_file_of_600_lines_passes(self):
        self.write("base/time.cc", SOURCE + "int x;\n" * 599)
        self.assert_clean()

    def test_a_file_that_is_not_finished(self):
        self.write("base/time.cc", SOURCE + "// TO" + "DO: leap seconds\n")
        self.assert_one("base/time.cc", 2, "unfinished")

    def test_a_name_that_is_not_snake_case(self):
        self.write("base/TimeZone.h", HEADER)
        self.assert_one("base/TimeZone.h", 1, "name", "snake_case")

    def test_a_name_with_a_hyphen(self):
        self.write("base/time-zone.h", HEADER)
        self.assert_one("base/time-zone.h", 1, "name", "snake_case")

    def test_names_that_say_nothing(self):
        for word in ("util", "helper", "common", "misc", "manager"):
            with self.subTest(word):
                path = f"base/string_{word}s.h"
                self.write(path, HEADER)
                self.assert_one(path, 1, "name", word)
                (self.root / "src" / path).unlink()

    def test_a_folder_name_that_says_nothing(self):
        self.write("understand/common/words.h", HEADER)
        self.assert_one("understand/common/words.h", 1, "name", "common")

    def test_an_sql_header_without_one_of_its_lines(self):
        for word in ("grain", "inputs", "outputs", "nulls", "time"):
            with self.subTest(word):
                text = re.sub(rf"(?m)^-- {word}:.*\n", "", SQL)
                self.write("profile/sql/recency.sql", text + f"SELECT 1;\n-- {word}: too late\n")
                self.assert_one("profile/sql/recency.sql", 1, "sql", word)

    def test_an_sql_file_without_a_comment(self):
        self.write("profile/sql/recency.sql", "\n" + SQL)
        code, lines = self.run_check()
        self.assertEqual(code, 1)
        self.assertEqual([line.split(": ")[1] for line in lines], ["comment", "sql"])

    def test_all_violations_are_printed(self):
        self.write("base/time.h", '#include "data/event.h"\n#include <duckdb.h>\nusing namespace std;\n')
        code, lines = self.run_check()
        self.assertEqual(code, 1)
        self.assertEqual(sorted(line.split(": ")[1] for line in lines),
                         ["comment", "external", "layer", "pragma", "using"])


if __name__ == "__main__":
    unittest.main()

"""A library whose symbols are bound does what it did, and asks for its own no more by name."""

import ctypes
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOOL = ROOT / "tools" / "bind_symbols.py"

SOURCE = """
#include <cmath>
struct Shape { virtual ~Shape() {} virtual int corners() const { return 0; } };
struct Square : Shape { int corners() const override { return 4; } };
template <class T> struct One { static T value; };
template <class T> T One<T>::value = 7;
int zero() { return 0; }
int five() { return 5; }
int (*table[])() = {zero, five, zero};
int (**behind)() = table + 1;
double (*theirs)(double) = &std::sqrt;
extern "C" int ask(int i) { return i < 3 ? table[i]() : (*behind)(); }
extern "C" int corners() { Shape* shape = new Square; int n = shape->corners(); delete shape; return n; }
extern "C" int unique() { return One<int>::value; }
extern "C" double root(double x) { return theirs(x); }
"""


def relocations(path):
    """(kind, the rest of the line) of each."""
    lines = subprocess.run(["readelf", "-rW", str(path)], capture_output=True, text=True, check=True).stdout.splitlines()
    return [(words[2], " ".join(words[3:])) for words in map(str.split, lines)
            if len(words) > 3 and words[2].startswith("R_X86_64_")]


def bind(path):
    return subprocess.run([sys.executable, str(TOOL), str(path)], capture_output=True, text=True, check=False)


class BindSymbolsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.library = Path(self.folder.name) / "libshapes.so"
        source = self.library.with_suffix(".cc")
        source.write_text(SOURCE)
        subprocess.run(["g++", "-O0", "-shared", "-fPIC", "-o", str(self.library), str(source)], check=True)

    def by_name(self):
        return [rest for kind, rest in relocations(self.library) if kind in ("R_X86_64_64", "R_X86_64_GLOB_DAT")]

    def test_what_the_library_has_goes_by_address(self):
        before = self.by_name()
        self.assertTrue(any("five" in name for name in before), before)
        done = bind(self.library)
        self.assertEqual(done.returncode, 0, done.stderr)
        after = self.by_name()
        for name in ("five", "table", "Shape", "Square"):
            self.assertFalse([rest for rest in after if name in rest], after)
        self.assertTrue([rest for rest in after if "sqrt" in rest], "of another library")
        self.assertTrue([rest for rest in after if "One" in rest], "one in a process")

    def test_it_does_what_it_did(self):
        bind(self.library)
        library = ctypes.CDLL(str(self.library))
        library.root.restype, library.root.argtypes = ctypes.c_double, [ctypes.c_double]
        self.assertEqual([library.ask(i) for i in range(4)], [0, 5, 0, 5])
        self.assertEqual(library.corners(), 4)
        self.assertEqual(library.unique(), 7)
        self.assertEqual(library.root(9.0), 3.0)

    def test_running_it_again_changes_nothing(self):
        bind(self.library)
        once = self.library.read_bytes()
        bind(self.library)
        self.assertEqual(self.library.read_bytes(), once)

    def test_what_is_no_library_is_left_as_it_is(self):
        for bytes_in_it in (b"", b"text", self.library.read_bytes()[:200]):
            self.library.write_bytes(bytes_in_it)
            done = bind(self.library)
            self.assertEqual(done.returncode, 0)
            self.assertIn("left as it is", done.stderr)
            self.assertEqual(self.library.read_bytes(), bytes_in_it)


if __name__ == "__main__":
    unittest.main()

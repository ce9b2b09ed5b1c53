#!/usr/bin/env python3
"""Checks src/ against tools/layers.toml: the layers of DESIGN §4 and the rules of STYLE a machine can check.

    python3 tools/check_layers.py [--root DIR]

Prints each violation as `file:line: rule: message` and exits 1 when there is one. Python 3.11, standard
library only. tests/tools/check_layers_test.py breaks every rule once and asserts that it is caught.
"""

import argparse
import re
import sys
import tomllib
from pathlib import Path, PurePosixPath
from typing import NamedTuple

COMMENT = {".h": ("//", "/*"), ".cc": ("//", "/*"), ".def": ("//", "/*"), ".sql": ("--",)}
NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9]+)*")
INCLUDE = re.compile(r'\s*#\s*include\s*(["<])([^">]+)[">]')
USING_NAMESPACE = re.compile(r"\s*using\s+namespace\b")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


class Violation(NamedTuple):
    file: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.rule}: {self.message}"


class Layers:
    """layers.toml, and the one question about it: may a file in one place include a file in another?"""

    def __init__(self, config):
        self.level = config["layers"]
        self.parts = config.get("parts", {})
        self.external = config.get("external", [])
        self.files = config["files"]

    def why_not(self, source, target):
        """`source` and `target` are paths below src/. None when allowed, otherwise the reason in words."""
        source_folder, target_folder = source.parts[0], target.parts[0]
        if source_folder == target_folder:
            return self._why_not_part(source_folder, part_of(source), part_of(target))
        ours, theirs = self.level[source_folder], self.level[target_folder]
        if theirs < ours:
            return None
        relation = "the same layer" if theirs == ours else "a higher layer"
        return f"{source_folder} (L{ours}) must not include {target_folder} (L{theirs}), {relation}"

    def _why_not_part(self, folder, source, target):
        if folder not in self.parts or source == target or target is None:
            return None
        if source is None:
            return f"{folder}/ itself is below its parts and must not include {folder}/{target}"
        rules = self.parts[folder]
        if target in rules.get("shared", []) or target in rules.get("sees", {}).get(source, []):
            return None
        rank = {part: i for i, row in enumerate(rules.get("order", [])) for part in row}
        if source in rank and target in rank and rank[target] < rank[source]:
            return None
        return f"{folder}/{source} must not include {folder}/{target}"

    def unknown_place(self, path):
        """Why layers.toml does not say where this file belongs, or None."""
        folder, part = path.parts[0], part_of(path)
        if folder not in self.level:
            return f"folder {folder} has no layer in layers.toml"
        order = self.parts.get(folder, {}).get("order")
        if order and part is not None and not any(part in row for row in order):
            return f"part {folder}/{part} has no place in the order of layers.toml"
        return None

    def external_owner(self, header):
        """The folders that may include this library header; None when it is free for all."""
        for rule in self.external:
            for pattern in rule["headers"]:
                if header == pattern or (pattern.endswith("/") and header.startswith(pattern)):
                    return rule["only_in"]
        return None


def part_of(path):
    """The part of a folder a file lies in: "metrics" for learn/metrics/auc.h, None for learn/model.h."""
    return path.parts[1] if len(path.parts) > 2 else None


def is_fixture(path, target):
    """Tests beside the source may use what tests/fixtures and tests/golden offer."""
    return path.name.endswith("_test.cc") and target.parts[0] in ("fixtures", "golden")


def check_includes(layers, path, lines):
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quoted, header = match[1] == '"', match[2]
        owners = layers.external_owner(header)
        if owners is not None and not any(path.is_relative_to(owner) for owner in owners):
            yield number, "external", f"{header} may be included only in {', '.join(owners)}"
        target = PurePosixPath(header)
        if ".." in target.parts or (quoted and owners is None and target.parts[0] not in layers.level and not is_fixture(path, target)):
            yield number, "include", f'"{header}" must be a path from src, such as "base/status.h"'
        elif target.parts[0] in layers.level and len(target.parts) > 1:
            reason = layers.why_not(path, target)
            if reason:
                yield number, "layer", reason


def begins_with_own_header(path, line):
    """A .cc file, or its test, that begins by including its own header is explained there."""
    own = path.with_name(path.stem.removesuffix("_test") + ".h")
    return path.suffix == ".cc" and line == f'#include "{own}"'


def check_text(layers, path, lines):
    """What every source file must look like."""
    suffix = path.suffix
    if not lines or not (lines[0].lstrip().startswith(COMMENT[suffix]) or begins_with_own_header(path, lines[0])):
        yield 1, "comment", "begins with a comment: what it is, why it is here, where the method comes from"
    if len(lines) > layers.files["max_lines"]:
        yield len(lines), "length", f"{len(lines)} lines; at most {layers.files['max_lines']}"
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line):
            yield number, "unfinished", "finish it, or file an issue"
    if suffix == ".h":
        if not any(line.strip() == "#pragma once" for line in lines):
            yield 1, "pragma", "a header says #pragma once"
        for number, line in enumerate(lines, 1):
            if USING_NAMESPACE.match(line):
                yield number, "using", "no `using namespace` in a header"
    if suffix == ".sql":
        yield from check_sql_header(layers, lines)


def check_sql_header(layers, lines):
    said = set()
    for line in lines:
        if not line.startswith("--"):
            break
        said |= set(re.findall(r"^--\s*([a-z]+)\b", line.lower()))
    missing = [word for word in layers.files["sql_header"] if word not in said]
    if missing:
        yield 1, "sql", f"the header lacks a line for: {', '.join(missing)}"


def check_names(layers, path):
    """Names of the file and of the folders above it."""
    for name in path.parts:
        if not NAME.fullmatch(name):
            yield 1, "name", f"{name} is not snake_case"
    lowered = path.as_posix().lower()
    for word in layers.files["forbidden_in_names"]:
        if word in lowered:
            yield 1, "name", f"a name says what the thing is for; not {word}"


def check_readmes(layers, src, folders):
    """A folder that builds a library says what it is for."""
    most = layers.files["readme_max_lines"]
    for folder in sorted(folders):
        readme = src / folder / "README.md"
        if not readme.is_file():
            yield folder / "README.md", 1, "readme", "missing: purpose, words, entry point, limits"
        elif (count := len(readme.read_text(encoding="utf-8").splitlines())) > most:
            yield folder / "README.md", count, "readme", f"{count} lines; at most {most}"


def check(root):
    """Every violation below root/src, in the order of files."""
    config = tomllib.loads((root / "tools" / "layers.toml").read_text(encoding="utf-8"))
    layers, src = Layers(config), root / "src"
    found, folders = [], set()

    def report(path, results):
        found.extend(Violation(f"src/{path}", *result) for result in results)

    for file in sorted(src.rglob("*")):
        path = PurePosixPath(file.relative_to(src).as_posix())
        if not file.is_file() or path.suffix not in COMMENT:
            continue
        if (file.parent / "CMakeLists.txt").is_file():
            folders.add(path.parent)
        report(path, check_names(layers, path))
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        report(path, check_text(layers, path, lines))
        unknown = layers.unknown_place(path)
        if unknown:
            report(path, [(1, "layer", unknown)])
        elif path.suffix != ".sql":
            report(path, check_includes(layers, path, lines))
    for path, *result in check_readmes(layers, src, folders):
        report(path, [result])
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    violations = check(parser.parse_args().root)
    for violation in violations:
        print(violation)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Runs the test modules of a folder, several at once, each in a process of its own.

    tools/run_tests.py FOLDER [--jobs N]

A module is a file *_test.py. What it printed is shown whole when it fails, its last lines and what it skipped when it passes. Exit code 1 when
one fails or holds no test.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import time
from pathlib import Path


def run_module(folder, name):
    """(name, exit code, output, seconds)."""
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "unittest", "-v", name], cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    return name, done.returncode, done.stdout, time.monotonic() - begin


def tests_in(output):
    found = re.search(r"^Ran (\d+) tests?", output, re.MULTILINE)
    return int(found.group(1)) if found else 0


def skips_in(output):
    return [line for line in output.splitlines() if "... skipped" in line]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    # The largest files first: a long module that begins last is waited for.
    files = sorted(arguments.folder.glob("*_test.py"), key=lambda file: -file.stat().st_size)
    failed, total, skipped, begin = [], 0, 0, time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        running = [pool.submit(run_module, arguments.folder, file.stem) for file in files]
        for done in concurrent.futures.as_completed(running):
            name, code, output, seconds = done.result()
            tests, skips = tests_in(output), skips_in(output)
            total, skipped = total + tests, skipped + len(skips)
            if code != 0 or tests == 0:
                failed.append(name)
                print(f"{output}\n{name}: FAILED", flush=True)
                continue
            print(f"{name}: {tests} ok, {seconds:.0f} s", *skips, sep="\n  ", flush=True)
    print(f"{total} tests in {len(files)} modules, {skipped} skipped, {time.monotonic() - begin:.0f} s"
          + (f"; failed: {', '.join(sorted(failed))}" if failed else ""))
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Duels: the same work in Coterie and in a fair peer, interleaved, with equal quality asserted. `make bench`.

    bench/run.py [DUEL...] [--repeat 3] [--coterie build/coterie] [--python .deps/python/bin/python]

Each repetition runs Coterie in a fresh workspace, then the peer; every process is waited for with wait4,
which gives its own peak memory. Medians are compared. Prints a Markdown table, writes build/bench/DUEL.json,
and exits 1 when the two sides' results differ, 2 when something is missing or fails. No time is asserted.
Standard library only.
"""

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parent.parent


class BenchError(Exception):
    """Something is missing, or a command failed: no result."""


def load_duels(names):
    """The duels of bench/duels/*/duel.py: those named, or all but those that are held on request only. A file is a
    duel, or gives several with duels()."""
    found = {}
    for path in sorted((ROOT / "bench" / "duels").glob("*/duel.py")):
        spec = importlib.util.spec_from_file_location(f"duel_{path.parent.name}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found |= {duel.NAME: duel for duel in (module.duels() if hasattr(module, "duels") else [module])}
    unknown = sorted(set(names) - set(found))
    if unknown:
        raise BenchError(f"no such duel: {', '.join(unknown)}; there are: {', '.join(found)}")
    return [found[name] for name in names or found if names or not getattr(found[name], "ON_REQUEST", False)]


def measure(command, folder):
    """Runs one command; its JSON, wall seconds and peak resident megabytes."""
    with open(folder / "stdout", "w+b") as out, open(folder / "stderr", "w+b") as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        printed, complaint = out.read(), err.read().decode(errors="replace")
    if process.returncode != 0:
        raise BenchError(f"{' '.join(command)}: exit code {process.returncode}\n{complaint[-2000:]}")
    try:
        answer = json.loads(printed)
        # Work on arrays in memory is timed by the side itself: making them is not the work.
        seconds = answer.get("work_seconds", seconds)
        return SimpleNamespace(json=answer, seconds=seconds, rss_mb=usage.ru_maxrss / 1024,
                               cpu_seconds=usage.ru_utime + usage.ru_stime)
    except ValueError as error:
        raise BenchError(f"{' '.join(command)}: standard output is not one JSON object: {error}") from error


def measure_side(commands_of, untimed=()):
    """All commands of one side in a fresh folder: seconds add up, memory is the largest, `untimed` steps aside."""
    with tempfile.TemporaryDirectory(prefix="coterie-bench-") as name:
        folder = Path(name)
        steps = {step: measure(command, folder) for step, command in commands_of(folder).items()}
    timed = {step: done for step, done in steps.items() if step not in untimed}
    return SimpleNamespace(
        results={step: done.json for step, done in steps.items()},
        steps={step: done.seconds for step, done in timed.items()},
        seconds=sum(done.seconds for done in timed.values()),
        cpu_seconds=sum(done.cpu_seconds for done in timed.values()),
        rss_mb=max(done.rss_mb for done in timed.values()))


def summary(runs, version, quality):
    return {
        "version": version,
        "seconds": [round(run.seconds, 3) for run in runs],
        "median_seconds": round(statistics.median(run.seconds for run in runs), 3),
        "median_cpu_seconds": round(statistics.median(run.cpu_seconds for run in runs), 3),
        "median_step_seconds": {step: round(statistics.median(run.steps[step] for run in runs), 3)
                                for step in runs[0].steps},
        "median_peak_rss_mb": round(statistics.median(run.rss_mb for run in runs), 1),
        "quality": quality,
    }


def coterie_version(binary):
    done = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else "coterie"


def hold(duel, options, data):
    """One duel: interleaved repetitions, medians, comparison."""
    ours, peer = [], []
    python = python_of(duel, options)
    untimed = getattr(duel, "UNTIMED", ())
    for repetition in range(options.repeat):
        ours.append(measure_side(lambda folder: duel.coterie_commands(options.coterie, data, folder), untimed))
        peer.append(measure_side(lambda folder: duel.peer_commands(python, data, folder), untimed))
        print(f"{duel.NAME} {repetition + 1}/{options.repeat}: {ours[-1].seconds:.2f} s against "
              f"{peer[-1].seconds:.2f} s", file=sys.stderr)
    qualities = [(duel.coterie_quality(a.results), duel.peer_quality(b.results)) for a, b in zip(ours, peer)]
    checks = [{"name": name, "ours": a[name], "peer": b.get(name),
               "same": duel.same(name, a[name], b.get(name))} for a, b in qualities for name in a]
    result = {
        "duel": duel.NAME, "work": duel.WORK, "repetitions": options.repeat,
        "machine": {"system": platform.system(), "architecture": platform.machine(), "cores": os.cpu_count()},
        "ours": summary(ours, coterie_version(options.coterie), qualities[-1][0]),
        "peer": summary(peer, duel.peer_version(peer[-1].results), qualities[-1][1]),
        "differences": [check for check in checks if not check["same"]],
        "same_quality": all(check["same"] for check in checks),
    }
    result["ratio"] = round(result["peer"]["median_seconds"] / max(result["ours"]["median_seconds"], 1e-3), 2)
    return result


def shown(value):
    if value is None:
        return "missing"
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"


def markdown(result):
    ours, peer = result["ours"], result["peer"]
    lines = [
        f"### {result['duel']}: {result['work']}", "",
        f"Medians of {result['repetitions']} interleaved runs on {result['machine']['cores']} cores.", "",
        f"| | {ours['version']} | {peer['version']} | |", "|---|---:|---:|---|",
        f"| seconds | {ours['median_seconds']:.2f} | {peer['median_seconds']:.2f} | {result['ratio']:.2f}× |",
        f"| processor seconds | {ours['median_cpu_seconds']:.2f} | {peer['median_cpu_seconds']:.2f} | "
        f"{peer['median_cpu_seconds'] / max(ours['median_cpu_seconds'], 1e-3):.2f}× |",
        f"| peak memory, MB | {ours['median_peak_rss_mb']:.0f} | {peer['median_peak_rss_mb']:.0f} | |",
    ]
    different = {check["name"] for check in result["differences"]}
    for name, value in ours["quality"].items():
        verdict = "**differs**" if name in different else "same"
        lines.append(f"| {name} | {shown(value)} | {shown(peer['quality'].get(name))} | {verdict} |")
    return "\n".join(lines) + "\n"


def python_of(duel, options):
    """The Python that has the duel's peers: the one with all of them, or an environment of the duel's own beside it."""
    requirements = getattr(duel, "REQUIREMENTS", None)
    if not requirements:
        return options.python
    folder = ROOT / ".deps" / "bench"
    python, stamp = folder / "bin" / "python", folder / "requirements.txt"
    if stamp.exists() and stamp.read_text() == "\n".join(requirements):
        return str(python)
    print(f"bench: making an environment with {', '.join(requirements)}", file=sys.stderr)
    subprocess.run([options.python, "-m", "venv", "--without-pip", str(folder)], check=True)
    sites = subprocess.run([options.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], check=True,
                           capture_output=True, text=True).stdout
    place = next(folder.glob("lib/python3*/site-packages"))
    (place / "peers.pth").write_text(sites)
    subprocess.run([options.python, "-m", "pip", "--python", str(python), "install", "-q", "--disable-pip-version-check",
                    *requirements], check=True)
    stamp.write_text("\n".join(requirements))
    return str(python)


def find_data(duel, options):
    if hasattr(duel, "make_data"):
        place = Path(os.environ.get("BENCH_DIR") or options.output) / "data"
        place.mkdir(parents=True, exist_ok=True)
        return duel.make_data(options.coterie, place)
    folder = Path(os.environ.get("COTERIE_DATA") or ROOT.parent / "shared" / "data")
    data = folder / duel.DATA
    if not data.is_file():
        raise BenchError(f"{duel.NAME} needs {duel.DATA}: set COTERIE_DATA to the folder of data sets")
    return str(data.resolve())


def parse_options():
    deps = ROOT / ".deps" / "python" / "bin" / "python"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("duels", nargs="*", metavar="DUEL", help="names (default: all but the data duels)")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions of each side (default 3)")
    parser.add_argument("--coterie", default=str(ROOT / "build" / "coterie"), help="the binary")
    parser.add_argument("--python", default=str(deps) if deps.exists() else sys.executable,
                        help="the Python that has the peers")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "bench", help="folder for DUEL.json")
    options = parser.parse_args()
    if options.repeat < 1:
        parser.error("--repeat is at least 1")
    return options


def main():
    options = parse_options()
    same = True
    try:
        if not os.access(options.coterie, os.X_OK):
            raise BenchError("no coterie binary: run `make build` first, or say where it is with --coterie")
        for duel in load_duels(options.duels):
            result = hold(duel, options, find_data(duel, options))
            options.output.mkdir(parents=True, exist_ok=True)
            text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
            (options.output / f"{duel.NAME}.json").write_text(text, encoding="utf-8")
            print(markdown(result))
            same = same and result["same_quality"]
    except (BenchError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())

"""Pages of docs/methods whose tables a study writes, between two marks."""
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "build/studies"
BEGIN, END = "<!-- measured: begin -->\n", "\n<!-- measured: end -->"


def write_measured(page, text):
    path = ROOT / "docs/methods" / page
    before, rest = path.read_text("utf-8").split(BEGIN)
    path.write_text(before + BEGIN + text + END + rest.split(END)[1], "utf-8")


def table(header, rows):
    """Markdown, the first column to the left."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)

"""Dirt: puts known faults into a real file of events and says where, so that cleaning can be judged by the truth.

    python tests/tools/dirt.py FILE OUT --layout online-retail --seed 7 --truth truth.json

FILE is delimited text, plain or gzip. Each fault is one of KINDS: it changes, doubles or adds a line at a place drawn
from the seed, and the truth lists its kind, the physical line where its record begins in OUT, and what the engine must
do: {"kind", "line", "rule", "verdict"}, verdict "quarantine", "flag", "duplicate" or "none" (a blank line is no
record). Untouched rows keep their bytes.

What no rule can know is not planted: a day and month swapped into another valid day, a price that is wrong by 10 %,
a unit error on an item whose own prices spread that wide. Only dirt that the row itself, its item's other prices or
its user's other acts give away is. Standard library only.
"""

import argparse
import csv
import gzip
import io
import json
import math
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

FAULTS_PER_KIND = 5
BOT_ROWS = 420


@dataclass
class Layout:
    """Which column is what, by name; None where the file has none."""

    user: str
    item: str
    ts: str
    price: str | None = None
    quantity: str | None = None
    order: str | None = None
    delimiter: str = ","
    time: str = "%Y-%m-%d %H:%M:%S"  # "ms": milliseconds since 1970
    sale: dict = field(default_factory=dict)  # what else a planted row holds


LAYOUTS = {
    "online-retail": Layout(user="CustomerID", item="StockCode", ts="InvoiceDate", price="UnitPrice",
                            quantity="Quantity", order="InvoiceNo", sale={"Country": "France"}),
    "retailrocket": Layout(user="visitorid", item="itemid", ts="timestamp", time="ms", sale={"event": "view"}),
    "completejourney": Layout(user="household_id", item="product_id", ts="transaction_timestamp",
                              price="sales_value", quantity="quantity", order="basket_id",
                              sale={"store_id": "309", "retail_disc": "0", "coupon_disc": "0",
                                    "coupon_match_disc": "0", "week": "1"}),
}


class Table:
    """The clean file: its lines, parsed; only rows of one physical line are touched."""

    def __init__(self, data, layout):
        raw = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        self.layout = layout
        self.lines = raw.decode("utf-8").split("\n")
        if self.lines[-1] == "":
            self.lines.pop()
        self.header = self.parse(self.lines[0])
        self.place = {name: index for index, name in enumerate(self.header)}

    def parse(self, line):
        return next(csv.reader([line], delimiter=self.layout.delimiter))

    def row(self, number):
        """The fields of physical line `number`, from 1; None when it is no whole record."""
        line = self.lines[number - 1].rstrip("\r")
        if line.count('"') % 2:
            return None
        fields = self.parse(line)
        return fields if len(fields) == len(self.header) else None

    def get(self, fields, name):
        return fields[self.place[name]] if name else ""

    def put(self, fields, name, value):
        out = list(fields)
        out[self.place[name]] = value
        return out

    def text(self, fields):
        out = io.StringIO()
        csv.writer(out, delimiter=self.layout.delimiter, lineterminator="").writerow(fields)
        return out.getvalue()

    def write_time(self, moment):
        if self.layout.time == "ms":
            return str(int((moment - datetime(1970, 1, 1)).total_seconds() * 1000))
        return moment.strftime(self.layout.time)


class Plan:
    """The dirty file in the making: what becomes of each line, what is added after it, and what must come out."""

    def __init__(self, table, name, rng):
        self.table = table
        self.name = name
        self.rng = rng
        self.layout = table.layout
        self.changed = {}                 # line -> bytes
        self.added = defaultdict(list)    # line -> [(bytes, fault or None)]
        self.faults = {}                  # line -> fault
        self.usual = self.find_usual()
        self.candidates = self.find_candidates()
        self.sample = self.take()  # what planted rows are made of

    def find_usual(self):
        """Items with many sales whose prices keep together: there an error of a factor of 100 stands out."""
        if not self.layout.price:
            return {}
        prices = defaultdict(list)
        for number in range(2, len(self.table.lines) + 1):
            fields = self.table.row(number)
            if fields:
                price, quantity = self.unit_price(fields)
                if price > 0 and quantity > 0:
                    prices[self.table.get(fields, self.layout.item)].append(math.log(price))
        usual = {}
        for item, logs in prices.items():
            middle = median(logs)
            spread = median(abs(x - middle) for x in logs)
            if len(logs) >= 60 and 8 * 1.4826 * spread < math.log(50):
                usual[item] = middle
        return usual

    def unit_price(self, fields):
        quantity = float(self.table.get(fields, self.layout.quantity) or 0)
        price = float(self.table.get(fields, self.layout.price) or 0)
        if self.layout.price == "sales_value":
            price = price / quantity if quantity else 0
        return price, quantity

    def is_plain(self, fields):
        """A good sale of a known user, whose faults will be those that are planted and no others."""
        get = self.table.get
        if not get(fields, self.layout.user) or not get(fields, self.layout.item):
            return False
        if self.layout.order == "InvoiceNo" and get(fields, "InvoiceNo").startswith("C"):
            return False
        if not self.layout.price:
            return True
        price, quantity = self.unit_price(fields)
        return price > 0.5 and quantity > 0 and get(fields, self.layout.item) in self.usual

    def find_candidates(self):
        """Unique lines in an order of the seed."""
        counts = defaultdict(int)
        for line in self.table.lines:
            counts[line] += 1
        numbers = [n for n in range(2, len(self.table.lines) + 1) if counts[self.table.lines[n - 1]] == 1]
        self.rng.shuffle(numbers)
        return iter(numbers)

    def take(self, fits=lambda fields: True):
        """A line that nothing was done to, and its fields."""
        for number in self.candidates:
            fields = self.table.row(number)
            if fields and self.is_plain(fields) and fits(fields):
                return number, fields
        raise SystemExit("the file has too few rows for so many faults")

    def change(self, kind, rule, make, verdict="quarantine", fits=lambda fields: True):
        for _ in range(FAULTS_PER_KIND):
            number, fields = self.take(fits)
            made = make(fields)
            self.changed[number] = made if isinstance(made, bytes) else made.encode()
            self.faults[number] = {"kind": kind, "rule": rule, "verdict": verdict}

    def set(self, kind, rule, name, value, verdict="quarantine", fits=lambda fields: True):
        """`value`: a text, or what the old one becomes."""
        if name is None:
            return
        make = value if callable(value) else lambda old: value
        self.change(kind, rule, lambda fields: self.table.text(
            self.table.put(fields, name, make(self.table.get(fields, name)))), verdict, fits)

    def add_after(self, number, data, fault=None):
        self.added[number].append((data.encode() if isinstance(data, str) else data, fault))

    def event(self, user, moment, item=None):
        """A new row of a user at a moment."""
        _, fields = self.sample
        row = [""] * len(self.table.header)
        for name, value in self.layout.sale.items():
            row = self.table.put(row, name, value)
        for name in (self.layout.item, self.layout.price, self.layout.quantity):
            if name:
                row = self.table.put(row, name, self.table.get(fields, name))
        row = self.table.put(row, self.layout.user, user)
        row = self.table.put(row, self.layout.ts, self.table.write_time(moment))
        if self.layout.order:
            row = self.table.put(row, self.layout.order, f"{user}{moment:%j%H%M%S}")
        return self.table.text(row)

    def bot(self, kind, rule, user, moments):
        number, _ = self.take()
        for moment in moments:
            self.add_after(number, self.event(user, moment), {"kind": kind, "rule": rule, "verdict": "flag"})

    def write(self):
        """The dirty file's bytes, the truth with its physical lines, and where each untouched line stood before."""
        out, truth, origin, line = [], [], {}, 0
        for number, text in enumerate(self.table.lines, 1):
            made = self.changed.get(number, text.encode())
            line += 1
            if number in self.faults:
                truth.append({**self.faults[number], "line": line})
            else:
                origin[line] = number
            out.append(made)
            line += made.count(b"\n")
            for data, fault in self.added.get(number, ()):
                line += 1
                if fault:
                    truth.append({**fault, "line": line})
                out.append(data)
                line += data.count(b"\n")
        return b"\n".join(out) + b"\n", truth, origin


def plant_structure(plan):
    """Lines that are no record, or not the one that was meant."""
    table, layout = plan.table, plan.layout
    delimiter = layout.delimiter
    plan.change("cut_line", "unreadable", lambda f: delimiter.join(f[:len(f) // 2]))
    plan.change("extra_delimiter", "unreadable", lambda f: table.text(f) + delimiter)
    plan.change("open_quote", "unreadable",
                lambda f: delimiter.join([*f[:1], '"' + f[1].replace('"', ""), *(x.replace('"', "") for x in f[2:])]))
    plan.change("text_after_quote", "unreadable",
                lambda f: delimiter.join(['"' + f[0] + '"x', *(x.replace('"', "").replace(delimiter, " ") for x in f[1:])]))
    plan.change("nul_byte", "unreadable", lambda f: table.text(table.put(f, layout.item, "\0" + table.get(f, layout.item))))
    plan.change("gb18030_line", "unreadable",
                lambda f: table.text(table.put(f, layout.item, "会员商品" + table.get(f, layout.item))).encode("gb18030"))
    plan.change("latin1_byte", "unreadable",
                lambda f: table.text(table.put(f, layout.item, "caf\u00e9")).encode("latin-1"))
    plan.change("too_long", "unreadable", lambda f: table.text(table.put(f, layout.item, "x" * (1 << 20))))
    plan.change("shifted_columns", "time", shift(table, layout))
    plan.change("binary_line", "unreadable", lambda f: bytes(plan.rng.randrange(128, 256) for _ in range(80)))
    for _ in range(FAULTS_PER_KIND):
        number, _ = plan.take()
        for _ in range(3):
            plan.add_after(number, "", {"kind": "blank_lines", "rule": None, "verdict": "none"})
    number, _ = plan.take()
    plan.add_after(number, table.lines[0], {"kind": "header_again", "rule": "time", "verdict": "quarantine"})
    number, _ = plan.take()
    plan.add_after(number, b"\xef\xbb\xbf" + table.lines[0].encode(),
                   {"kind": "header_again_with_bom", "rule": shifted_bom(table, layout), "verdict": "quarantine"})


def shift(table, layout):
    """Every field stands one place further left, or right where the time is the first."""
    def make(fields):
        return table.text([*fields[1:], ""] if table.place[layout.ts] > 0 else ["", *fields[:-1]])
    return make


def shifted_bom(table, layout):
    """A mark in front of an id is a damaged id; in front of another column it is not a time."""
    return "damaged_id" if table.header[0] in (layout.order, layout.user) else "time"


def plant_ids(plan):
    """Ids that are gone, destroyed, or a test's."""
    layout = plan.layout
    if plan.name != "online-retail":  # there a row without a customer is a guest
        plan.set("missing_id", "missing_id", layout.user, "")
    for kind, value in (("null_word", "NULL"), ("nan_word", "NaN"), ("spreadsheet_error", "#N/A")):
        plan.set(kind, "damaged_id", layout.user, value)
    plan.set("rounded_id", "damaged_id", layout.item, "6.92E+12")
    plan.set("html_entity", "damaged_id", layout.item, lambda old: old + "&amp;1")
    plan.set("bom_in_id", "damaged_id", layout.user, lambda old: "\ufeff" + old)
    plan.set("replacement_character", "damaged_id", layout.item, lambda old: old + "\ufffd")
    plan.set("long_id", "id_too_long", layout.item, lambda old: old * 260)
    for number, value in enumerate(("test01", "TEST_user", "qa-7", "测试会员")):
        plan.set(f"test_user_{number}", "test_user", layout.user, value, "flag")
    plan.set("test_item", "test_item", layout.item, "test-9", "flag")


def plant_times(plan):
    """Clocks that jumped, days that do not exist, forms that nobody can read safely."""
    layout, table = plan.layout, plan.table
    if layout.time == "ms":
        clocks = (("clock_1970", "0000000000001"), ("clock_2099", "4070908800000"))
    else:
        clocks = (("clock_1970", "1970-01-01 00:00:00"), ("clock_2099", "2099-06-01 12:00:00"))
    for kind, value in clocks:
        plan.set(kind, "time_range", layout.ts, value)
    plan.set("missing_time", "time", layout.ts, "")
    plan.set("month_13", "time", layout.ts, "2011-13-05 10:00:00")
    plan.set("february_30", "time", layout.ts, "2011-02-30 10:00:00")
    plan.set("day_first", "time", layout.ts, "25/12/2010 08:26")
    plan.set("hour_25", "time", layout.ts, "2011-01-05 25:10:00")
    plan.set("text_time", "time", layout.ts, "yesterday")


def plant_amounts(plan):
    """Prices and quantities that are none, or are another unit's."""
    layout = plan.layout
    if not layout.price:
        return
    plan.set("text_in_number", "number", layout.quantity, "three")
    plan.set("thousands_separator", "number", layout.price, "1,234.50")
    plan.set("currency_symbol", "number", layout.price, lambda old: "£" + old)
    plan.set("decimal_comma", "number", layout.price, "12,50")
    plan.set("error_in_number", "number", layout.price, "#DIV/0!")
    plan.set("zero_quantity", "quantity", layout.quantity, "0")
    plan.set("negative_price", "price", layout.price, lambda old: "-" + old)
    plan.set("unit_times_100", "amount_bounds", layout.price, lambda old: f"{float(old) * 100:.2f}", "flag")
    plan.set("unit_by_100", "amount_bounds", layout.price, lambda old: f"{float(old) / 100:.4f}", "flag")


def plant_repeats(plan):
    """Lines sent twice, at once and far away."""
    for kind, far in (("doubled_line", False), ("doubled_far", True)):
        for _ in range(FAULTS_PER_KIND):
            number, _ = plan.take()
            fault = {"kind": kind, "rule": None, "verdict": "duplicate"}
            plan.add_after(len(plan.table.lines) if far else number, plan.table.lines[number - 1].rstrip("\r"), fault)


def plant_bots(plan):
    """One that acts every second or so, one with a timer, and one whose timer has jitter."""
    start = datetime(2011, 3, 5, 10, 0, 0) if plan.layout.time != "ms" else datetime(2015, 6, 20, 10, 0, 0)
    moment, moments = start, []
    for _ in range(BOT_ROWS):
        moment += timedelta(seconds=plan.rng.choice((1, 1, 2)))
        moments.append(moment)
    plan.bot("bot_rate", "bot_rate", "9900001", moments)
    plan.bot("bot_timer", "bot_regularity", "9900002", [start + timedelta(seconds=97 * i) for i in range(150)])
    moment, moments = start, []
    for _ in range(150):
        moment += timedelta(seconds=round(300 * (0.93 + 0.14 * plan.rng.random())))
        moments.append(moment)
    plan.bot("bot_jitter", "bot_regularity", "9900003", moments)


def make_dirt(data, layout_name, seed):
    """The dirty file's bytes, the truth in order of lines, and {line: line in the clean file} of what is untouched."""
    layout = LAYOUTS[layout_name]
    plan = Plan(Table(data, layout), layout_name, random.Random(seed))
    for plant in (plant_structure, plant_ids, plant_times, plant_amounts, plant_repeats, plant_bots):
        plant(plan)
    return plan.write()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--layout", choices=LAYOUTS, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--truth", type=Path, required=True)
    arguments = parser.parse_args()
    dirty, truth, _ = make_dirt(arguments.file.read_bytes(), arguments.layout, arguments.seed)
    arguments.out.write_bytes(dirty)
    arguments.truth.write_text(json.dumps({"seed": arguments.seed, "layout": arguments.layout, "faults": truth},
                                          indent=1), encoding="utf-8")
    print(f"{len(truth)} faults of {len({fault['kind'] for fault in truth})} kinds")


if __name__ == "__main__":
    main()

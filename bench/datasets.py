"""Imports every data set of COTERIE_DATA that holds events, orders, ratings or users with the real binary, runs
`coterie run` on those that hold events, divides the members of five of them into segments, and writes docs/results.md.

    COTERIE_BINARY=build/release/src/serve/cli/coterie COTERIE_DATA=... python3 bench/datasets.py [--check] [SET ...]

With --check, or with sets named, the page is not written; with --check a row that differs from the page's ends the script
with 1: then the page is stale, and `make results` makes it anew. What a set should come to stands in SETS, with the place it was read from; a count that differs ends the script with 1.
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ZONE = ["--timezone", "UTC", "--currency", "USD"]

# set, files (relative to the set's folder; "ZIP!MEMBER" is unpacked), options, expected received rows, where that
# stands. A count of None is a refusal: the words that the message must hold stand in its place.
AS_TOLD = ["as its refusal says"]  # the commands in the message are run
SETS = [
    ("online-retail-2010-2011", "onlineretail.converted.csv.gz", [], 541_909, "README, Rows"),
    ("segment-saas-events", "event_data.parquet", [], 100_000, "README, Rows"),
    ("retailrocket-sample", "sample_events.csv", [], 9_385, "README, Rows"),
    ("yoochoose-clicks-100k", "yoochoose-clicks-100k_train_full.txt", [], 70_278, "README, Rows: train_full"),
    ("yoochoose-clicks-100k", "yoochoose-clicks-100k_test.txt", [], 13_568, "README, Rows: test"),
    ("diginetica-sample", "sample_train-item-views.csv", [], 12_391,
     "README counts 12,390 line ends after the header; the last line has none"),
    ("cdnow", "CDNOW_master.txt", [], 69_659, "README, Rows"),
    ("cdnow", "CDNOW_sample.txt", [], 6_919, "README, Rows"),
    ("completejourney", "transactions_sample.converted.csv.gz", [], 75_000, "README, Rows"),
    ("completejourney", "coupon_redemptions.converted.csv.gz", [], 2_102, "README, Rows"),
    ("completejourney", "campaigns.converted.csv.gz", ["--ts", "2017-01-01"], 6_589, "README, Rows"),
    ("completejourney", "demographics.converted.csv.gz", ["--ts", "2017-01-01"], 801, "README, Rows"),
    ("completejourney", "products.converted.csv.gz", ["--ts", "2017-01-01"], 92_331, "README, Rows"),
    ("completejourney", "coupons.converted.csv.gz", ["--ts", "2017-01-01"], 116_204, "README, Rows"),
    ("ml-100k", "u.data", [], 100_000, "README, Rows"),
    ("ml-100k", "u.user", ["--ts", "1998-04-22"], 943, "README, Rows"),
    ("ml-100k", "u.item", ["--ts", "1998-04-22"], 1_682, "README, Rows"),
    ("jester5k", "jester5k.converted.csv.gz", [], None, "--ts DATE"),
    ("jester5k", "jester5k.converted.csv.gz", ["--ts", "2001-01-01"], 363_209, "README, Rows"),
    ("amazon-musical-instruments", "Musical_Instruments.zip!Musical_Instruments.json", [], 10_261, "README, Rows"),
    ("amazon-musical-instruments", "Musical_Instruments.zip!Musical_Instruments.json", ["--kind", "texts"], 10_261,
     "README, Rows"),
    ("telco-churn", "Telco-Customer-Churn.csv", ["--kind", "users"], None, "--ts DATE"),
    ("telco-churn", "Telco-Customer-Churn.csv", ["--kind", "users", "--ts", "2020-01-01"], 7_043, "README, Rows"),
    ("bank-churn", "Churn_Modelling.csv", ["--kind", "users", "--ts", "2020-01-01"], 10_000, "README, Rows"),
    ("marketing-campaign", "marketing_campaign_full.csv",
     ["--kind", "users", "--map", "user_id=ID,valid_from=Dt_Customer"], 2_240, "README of all sets"),
    ("cookie-cats-ab", "cookie_cats.csv", ["--kind", "users", "--ts", "2020-01-01"], 90_189, "README of all sets"),
    ("mlc-churn", "mlc_churn.converted.csv.gz", ["--kind", "users", "--ts", "2020-01-01"], None, "user_id"),
    ("hillstrom-email", "hillstrom_email_data.csv", ["--kind", "users", "--ts", "2008-03-20"], None, "user_id"),
    ("beibei-multibehavior", "train.txt", [], None, "Write one value a line"),
    ("beibei-multibehavior", "train.txt", AS_TOLD, 282_860, "README, Rows: buy train"),
    ("taobao-multibehavior", "train.txt", AS_TOLD, 211_022, "README, Rows: buy train"),
    ("groceries-baskets", "groceries.converted.csv.gz", [], None, "Write one value a line"),
    ("groceries-baskets", "groceries.converted.csv.gz", AS_TOLD, 43_367, "README, Rows: item occurrences"),
]


# set, files (as above), options; whether `run` follows, and what members are divided by. A file without ids of members
# gets the number of the row as user_id: AS_ROWS names its delimiter.
AS_ROWS = "rows of"
SEGMENT_SETS = [
    ("online-retail-2010-2011", [("onlineretail.converted.csv.gz", [])], True,
     [["--by", "feature.recency_days, feature.frequency, feature.monetary, feature.order_value, trait.country"],
      ["--method", "abc", "--by", "sum(buy.line_amount, 365d)"],
      ["--method", "rfm", "--bins", "k_means", "--by", "feature.recency_days, feature.frequency, feature.monetary"]]),
    ("wholesale-customers", [("Wholesale customers data.csv", [AS_ROWS, ",", "--kind", "users", "--ts", "2014-01-01"])], False,
     [["--by", "trait.Fresh, trait.Milk, trait.Grocery, trait.Frozen, trait.Detergents_Paper, trait.Delicassen"],
      ["--by", "trait.Channel, trait.Region, trait.Fresh, trait.Milk, trait.Grocery, trait.Frozen, "
               "trait.Detergents_Paper, trait.Delicassen", "--categories", "trait.Channel, trait.Region"]]),
    ("marketing-campaign", [("marketing_campaign_full.csv",
                             ["--kind", "users", "--map", "user_id=ID,valid_from=Dt_Customer"])], False,
     [["--by", "trait.Income, trait.Kidhome, trait.Teenhome, trait.Year_Birth, trait.Education, trait.Marital_Status"],
      ["--by", "trait.MntWines, trait.MntFruits, trait.MntMeatProducts, trait.MntFishProducts, trait.MntSweetProducts, "
               "trait.MntGoldProds, trait.NumDealsPurchases, trait.NumWebPurchases, trait.NumCatalogPurchases, "
               "trait.NumStorePurchases, trait.NumWebVisitsMonth, trait.Recency"]]),
    ("completejourney", [("transactions_sample.converted.csv.gz", []),
                         ("demographics.converted.csv.gz", ["--ts", "2017-01-01"]),
                         ("products.converted.csv.gz", ["--ts", "2017-01-01"])], True,
     [["--by", "feature.recency_days, feature.frequency, feature.monetary, feature.order_value, trait.age, trait.income, "
               "trait.household_size"],
      ["--method", "cross", "--by", "trait.age, trait.household_size"]]),
    ("bank-marketing", [("bank-additional.zip!bank-additional/bank-additional-full.csv",
                         [AS_ROWS, ";", "--kind", "users", "--ts", "2010-12-01"])], False,
     [["--by", "trait.age, trait.job, trait.marital, trait.education, trait.housing, trait.loan, trait.campaign, "
               "trait.previous"]]),
]


def coterie(binary, *arguments):
    """The exit code and the one JSON object of a command."""
    done = subprocess.run([binary, *arguments, "--json", "--quiet", "--threads", "2"], capture_output=True, text=True)
    try:
        return done.returncode, json.loads(done.stdout or done.stderr)
    except json.JSONDecodeError:
        return done.returncode, {"error": {"message": f"no JSON: {done.stderr[-300:]}"}}


def locate(data, folder, name, scratch):
    """The file's path; members of archives are unpacked into `scratch`. None when it is not there."""
    archive, _, member = name.partition("!")
    path = data / folder / archive
    if not path.exists():
        return None
    if not member:
        return path
    with zipfile.ZipFile(path) as opened:
        return pathlib.Path(opened.extract(member, scratch))


def follow(binary, path, scratch):
    """Does what the refusal of `path` says: the file that it makes, and the options."""
    _, answer = coterie(binary, "import", str(scratch / "none.shop"), str(path), *ZONE)
    told = re.search(r"import that: (.*) > rows.csv, then coterie import SHOP rows.csv (.*) --ts DATE,",
                     message_of(answer))
    if told is None:
        return path, []
    rows = scratch / f"{path.parent.name}-rows.csv"
    with rows.open("wb") as out:
        subprocess.run(told[1], shell=True, cwd=path.parent, stdout=out, check=True)
    return rows, [*shlex.split(told[2]), "--ts", "2015-01-01"]


def message_of(answer):
    error = answer.get("error", {})
    return error.get("message", "") if isinstance(error, dict) else str(error)


def stages_of(answer):
    """What `run` did, and what it says does not apply, in one line."""
    if "error" in answer:
        return "run: " + message_of(answer)
    words = [f"{answer['users']:,} users, {answer['items']:,} items",
             f"{len(answer['segments'])} segmentations" if answer["segments"] else "no segments"]
    for model in answer["models"]:
        limits = "; ".join(limit["en"].split(":")[0] for limit in model["limits"])
        done = model["published"] if model["published"] != "no" else "not published"
        words.append(f"{model['name']}: {done}" + (f" ({limits})" if limits else ""))
    for task, found in answer["recommend"].items():
        done = found["published"] or ("no products are bought" if not found["products"] else "not published")
        words.append(f"recommend {task}: {done}")
    return "; ".join(words)


def counts_in_words(rules):
    return ", ".join(f"{rule} {rows:,}" for rule, rows in sorted(rules.items())) or "–"


def import_set(binary, data, scratch, entry):
    """One row of the table, and what is wrong with it (empty when nothing is)."""
    folder, name, options, expected, where = entry
    path = locate(data, folder, name, scratch)
    shown = f"{folder}/{name.split('!')[-1]}" + (f" `{' '.join(options)}`" if options else "")
    if path is None:
        return None, f"{folder}/{name} is not there"
    shop = scratch / f"{folder}-{'-'.join(options)}-{path.name}.shop".replace("/", "_").replace(" ", "")
    if options == AS_TOLD:
        path, options = follow(binary, path, scratch)
    code, answer = coterie(binary, "import", str(shop), str(path), *options, *ZONE)
    if expected is None:
        message = message_of(answer)
        fine = code != 0 and where in message
        return (shown, "refused: " + (message if where == "Write one value a line" else message[:220]), "", "", "", "", "", ""), "" if fine else f"{shown}: {message}"
    if code != 0:
        return (shown, message_of(answer)[:220], "", "", "", "", "", ""), f"{shown}: {message_of(answer)}"
    file = answer["files"][0]
    stages = "–"
    if file["kind"] == "events":
        _, run = coterie(binary, "run", str(shop))
        stages = stages_of(run)
    told = "by itself" if file["preset_detected"] else "named"
    row = (shown, f"{file['preset']} ({told}), {file['kind']}, {file['format']}", f"{file['received']:,}",
           f"{file['accepted']:,}", f"{file['duplicate']:,}", counts_in_words(file["quarantined_by_rule"]),
           f"{expected:,} ({where})", stages)
    sums = file["received"] == file["accepted"] + file["duplicate"] + file["quarantined"]
    if file["received"] != expected or not sums:
        return row, f"{shown}: {file['received']:,} received, {expected:,} expected ({where})"
    return row, ""


def with_row_ids(path, delimiter, scratch):
    """A copy whose first column is the number of the row, user_id."""
    out = scratch / f"rows-{path.name}"
    with path.open(encoding="utf-8-sig") as lines, out.open("w", encoding="utf-8") as numbered:
        for number, line in enumerate(lines):
            numbered.write((f"{number}" if number else "user_id") + delimiter + line)
    return out


def in_percent(share):
    return f"{100 * share:.1f} %"


def rules_in_words(description):
    if description is None:
        return "each combination is its own rule"
    told = (f"{description['depth']} level(s): {in_percent(description['cross_validated'])} of members they were not made "
            f"from ({in_percent(description['accuracy'])} of all)")
    return told + ("; **hard to describe**" if description["is_hard_to_describe"] else "")


def stabilities(segments):
    """The stability of each, in the order of the personas below; those of unstable ones marked."""
    if "stability" not in segments[0]:
        return "–"
    return ", ".join("–" if "stability" not in one else f"{one['stability']:.2f}" + ("" if one["is_stable"] else "†")
                     for one in segments)


def verdict(segments, clustering, limits):
    found = [one for one in segments if "stability" in one]
    if not found:
        return "no clusters: borders are drawn by rule"
    if clustering and not clustering["is_stable"]:
        return "**no stable clusters**: " + next(limit["en"] for limit in limits if limit["code"] == "unstable")
    unstable = sum(not one["is_stable"] for one in found)
    return f"{unstable} of {len(found)} unstable" if unstable else "stable"


def personas_of(title, segments):
    lines = ["", f"### {title}", ""]
    for one in segments:
        lines.append(f"- **{one['persona']['name']['en']}**. {one['persona']['text']['en']}")
        if one.get("description"):
            lines[-1] += (f" *Rule:* `{one['description']['rule']}` ({in_percent(one['description']['recall'])} of the segment, "
                          f"{in_percent(one['description']['precision'])} of those whom it holds of).")
    return lines


def divided(name, by, segments, members, description, clustering=None, limits=()):
    """A row of the table, and the personas."""
    row = (name, by, f"{members:,}", f"{len(segments)}", stabilities(segments), rules_in_words(description),
           verdict(segments, clustering, limits))
    return row, personas_of(f"{name}: {by}", segments)


def segment_set(binary, data, scratch, entry):
    """Rows and personas of one set, and what went wrong."""
    folder, files, has_events, divisions = entry
    shop = scratch / f"{folder}-segments.shop"
    out = []
    for name, options in files:
        path = locate(data, folder, name, scratch)
        if path is None:
            return [], f"{folder}/{name} is not there"
        if options[:1] == [AS_ROWS]:
            path, options = with_row_ids(path, options[1], scratch), options[2:]
        code, answer = coterie(binary, "import", str(shop), str(path), *options, *([] if shop.exists() else ZONE))
        if code != 0:
            return [], f"{folder}/{name}: {message_of(answer)}"
    if has_events:
        code, run = coterie(binary, "run", str(shop))
        if code != 0:
            return [], f"{folder}: {message_of(run)}"
        for method, description in run["descriptions"].items():
            segments = [one for one in run["segments"] if one["method"] == method]
            out.append(divided(folder, f"`run`: {method}", segments, sum(one["users"] for one in segments), description))
    for options in divisions:
        code, answer = coterie(binary, "segments", str(shop), "divide", *options)
        if code != 0:
            return out, f"{folder}: {message_of(answer)}"
        out.append(divided(folder, f"{answer['method']} by " + ", ".join(f"`{one}`" for one in answer["by"]),
                           answer["segments"], answer["users"], answer.get("description"), answer.get("clustering"),
                           answer["limits"]))
    return out, ""


SEGMENT_HEADINGS = ("set", "divided by", "members", "segments", "stability of each", "rules of at most 4 levels", "said")
SEGMENT_INTRODUCTION = """
## Segments and personas

Stability is the mean Jaccard index over 50 resamples; below .75 a segment is unstable (†). Rules are a decision tree of at most
four levels; they describe a segmentation when they put at least 90 % of the members that they were not made from (five folds)
where they are ([how](methods/segment-rules.md)). Sets without ids of members have the number of the row. The personas, as the
program writes them, stand below the table in its order.
"""


HEADINGS = ("set", "recognised as", "received", "accepted", "duplicate", "quarantined by rule", "expected",
            "stages of run")


PAGE = ROOT / "docs" / "results.md"


def as_line(row):
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"


def stale_rows(rows, segmented):
    known = set(PAGE.read_text(encoding="utf-8").splitlines())
    lines = [as_line(row) for row in rows]
    for row, personas in segmented:
        lines += [as_line(row), *personas]
    return [f"docs/results.md is stale, `make results` makes it anew; now: {line}" for line in lines if line not in known]


def write_page(rows, segmented):
    lines = ["# Results on real data sets", "",
             "Made by `make results` (bench/datasets.py): every set is imported into a shop of its own with the real",
             "binary; `coterie run` follows where it holds events. received = accepted + duplicate + quarantined.", "",
             "| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    lines += map(as_line, rows)
    lines += SEGMENT_INTRODUCTION.rstrip("\n").splitlines()
    lines += ["", "| " + " | ".join(SEGMENT_HEADINGS) + " |", "|" + "---|" * len(SEGMENT_HEADINGS)]
    lines += [as_line(row) for row, _ in segmented]
    for _, personas in segmented:
        lines += personas
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    binary = os.environ.get("COTERIE_BINARY", str(ROOT / "build/release/src/serve/cli/coterie"))
    if "COTERIE_DATA" not in os.environ:
        sys.exit("COTERIE_DATA is not set: where the data sets are")
    data = pathlib.Path(os.environ["COTERIE_DATA"])
    is_check = "--check" in sys.argv
    named = [word for word in sys.argv[1:] if word != "--check"]
    chosen = [entry for entry in SETS if not named or entry[0] in named]
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="coterie-datasets-"))
    rows, segmented, problems = [], [], []
    try:
        for entry in chosen:
            row, problem = import_set(binary, data, scratch, entry)
            if row:
                rows.append(row)
                print(" · ".join(cell for cell in row[:4] if cell)[:200], "·", row[7][:160], flush=True)
            if problem:
                problems.append(problem)
        for entry in SEGMENT_SETS:
            if named and entry[0] not in named:
                continue
            found, problem = segment_set(binary, data, scratch, entry)
            segmented += found
            for row, _ in found:
                print(" · ".join(row)[:240], flush=True)
            if problem:
                problems.append(problem)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if is_check:
        problems += stale_rows(rows, segmented)
    elif not named:
        write_page(rows, segmented)
    for problem in problems:
        print("PROBLEM", problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

"""Is the synthetic shop like real ones, and how much of its truth can be known? Writes docs/methods/difficulty.md.

    python bench/studies/difficulty.py [--users 20000] [--check]

Three seeds of both families of the retailer and of the content shop, made by build/coterie (COTERIE_BINARY names another),
against cdnow, online-retail and retailrocket in COTERIE_DATA, and the oracle of oracle.py. With --check the exit code is 1
when a bar does not hold. About a minute.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score, roc_auc_score

import oracle
import shop_statistics
from page import OUT, ROOT, table, write_measured

BINARY = os.environ.get("COTERIE_BINARY", ROOT / "build/coterie")
FAMILIES, SEEDS = ("gamma", "lognormal"), (1, 2, 3)
# A generated value may be so many times below the smallest and above the largest of the real ones.
NEAR = {"orders_a_buyer": 1.5, "repeat_rate": 1.5, "gap_median_days": 1.5, "gap_p90_days": 1.5, "item_gini": 1.15}
# Units are those of cdnow: online-retail is a wholesaler. The sample of retailrocket has 46 purchases.
NEAR_CDNOW, NEAR_RETAILROCKET = {"units_an_order": 1.5}, {"views_a_line": 2, "carts_a_view": 2, "lines_a_cart": 2}
DROPOUT_BAR, TASTE_BAR = (0.75, 0.90), (0.85, 0.95)
FEW_VIEWS = 10


def make(folder, users, days, seed, profile="retail", family="gamma", more=()):
    """A clean shop of coterie generate as oracle.Shop."""
    path = Path(folder) / f"{profile}-{family}-{seed}.csv"
    subprocess.run([BINARY, "generate", path, "--csv", "--dirty", "0", "--users", str(users), "--days", str(days), "--seed",
                    str(seed), "--profile", profile, "--family", family, *more], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return oracle.load(path)


def known_to_the_oracle(shop):
    """How well who knows the laws can tell at the end of the period who has left, and who belongs to which taste group."""
    days = shop.facts["days"]
    posterior = oracle.Posterior(shop, days)
    has_left = shop.members.dropout_day.notna().to_numpy()[posterior.users]
    views = np.bincount(shop.events[shop.events.behavior_type == "view"].member, minlength=len(shop.members))
    group = oracle.group_posterior(shop, days).argmax(1)
    few = views < FEW_VIEWS
    truth = shop.members.taste_group
    return {"left": has_left.mean(), "left_expected": (1 - posterior.alive).mean(),
            "dropout_auc": roc_auc_score(has_left, 1 - posterior.alive), "few_share": few.mean(),
            "taste_ari": adjusted_rand_score(truth, group), "taste_ari_few": adjusted_rand_score(truth[few], group[few])}


def misses(name, values, real, near):
    """The bars that a generated shop does not hold, in words."""
    out = []
    for statistic, factor in near.items():
        known = [r[statistic] for r in real if statistic in r and np.isfinite(r[statistic])]
        low, high = min(known) / factor, max(known) * factor
        if not low <= values[statistic] <= high:
            out.append(f"{name}: {statistic} is {values[statistic]:.3g}, not {low:.3g} to {high:.3g}")
    return out


def misses_of_oracle(name, known):
    return [f"{name}: {what} is {known[what]:.3f}, not {low} to {high}"
            for what, (low, high) in (("dropout_auc", DROPOUT_BAR), ("taste_ari", TASTE_BAR))
            if not low <= known[what] <= high]


def measure(users, data):
    real = {name: shop_statistics.statistics(read(data)) for name, read in shop_statistics.REAL.items()}
    shops, oracles, missed = {}, {}, []
    with tempfile.TemporaryDirectory() as folder:
        for family in FAMILIES:
            for seed in SEEDS:
                name = f"retail, {family}, {seed}"
                print(name, flush=True)
                shop = make(folder, users, 365, seed, "retail", family)
                shops[name] = shop_statistics.statistics(shop_statistics.generated(shop))
                oracles[name] = known_to_the_oracle(shop)
                missed += misses(name, shops[name], [real["cdnow"], real["online-retail"]], NEAR)
                missed += misses(name, shops[name], [real["cdnow"]], NEAR_CDNOW) + misses_of_oracle(name, oracles[name])
        for seed in SEEDS:
            name = f"content, gamma, {seed}"
            print(name, flush=True)
            shops[name] = shop_statistics.statistics(shop_statistics.generated(make(folder, users, 365, seed, "content")))
            missed += misses(name, shops[name], [real["retailrocket"]], NEAR_RETAILROCKET)
    return {"users": users, "real": real, "shops": shops, "oracle": oracles, "missed": missed}


def number(value):
    return "" if value is None or not np.isfinite(value) else f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def page_text(result):
    columns = {**result["real"], **result["shops"]}
    names = list(result["shops"]["retail, gamma, 1"])
    rows = [[name.replace("_", " "), *(number(c.get(name)) for c in columns.values())] for name in names]
    oracles = [[name, f"{100 * o['left']:.1f} % / {100 * o['left_expected']:.1f} %", f"{o['dropout_auc']:.3f}",
                f"{o['taste_ari']:.3f}", f"{100 * o['few_share']:.0f} %", f"{o['taste_ari_few']:.3f}"]
               for name, o in result["oracle"].items()]
    return (f"{result['users']:,} members, 365 days.\n\n{table(['', *columns], rows)}\n\n"
            + table(["shop", "left / expected", "AUC of drop-out", "ARI of tastes", f"less than {FEW_VIEWS} views",
                     "their ARI"], oracles)
            + f"\n\nBars that do not hold: {'; '.join(result['missed']) or 'none'}.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", type=int, default=20000)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    result = measure(options.users, os.environ.get("COTERIE_DATA", ROOT.parent / "shared/data"))
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "difficulty.json").write_text(json.dumps(result, indent=1, default=float) + "\n")
    text = page_text(result)
    print(text)
    write_measured("difficulty.md", text)
    return 1 if options.check and result["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())

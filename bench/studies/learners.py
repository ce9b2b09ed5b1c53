"""How close do the product's models come to someone who knows the truth? Writes docs/methods/learners.md.

    python bench/studies/learners.py [--users 20000] [--days 730] [--check]

Three generated shops go the whole way (import, run) through build/coterie (COTERIE_BINARY names another); the oracle of
oracle.py and oracle_items.py answers the same questions about the same members. About three minutes. With --check the exit
code is 1 when a bar does not hold.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score, roc_auc_score

import oracle
from difficulty import BINARY, make
from oracle_items import Chooser, recall_at_20
from page import OUT, table, write_measured

SHOPS = (("retail", "gamma", 11), ("retail", "lognormal", 12), ("grocery", "gamma", 13))
AUC_BELOW, ARI_BELOW, TIMES_POPULARITY, SHARE_OF_ORACLE = 0.02, 0.05, 2, 0.6
ITEM_BASED = ("item_knn", "item_knn_recent", "item_knn_interest", "own_history_interest")
HORIZON = {"purchase": 30, "churn": 90}
ACTIVE_DAYS = 90


def coterie(*arguments):
    done = subprocess.run([BINARY, *map(str, arguments)], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout


def run(csv, folder):
    """The record of a run and each member's taste segment."""
    coterie("import", folder, csv, "--preset", "coterie", "--timezone", "Asia/Shanghai", "--currency", "CNY")
    record = json.loads(coterie("run", folder, "--json"))
    evidence = {name: json.loads(coterie("models", folder, "show", name, "--json"))["evidence"] for name in HORIZON}
    coterie("export", folder, "segments", "--out", folder / "segments.csv")
    segments = pd.read_csv(folder / "segments.csv")
    tastes = segments[segments.method == "tastes"]
    return record, evidence, tastes.set_index(tastes.user_id.str[1:].astype(int)).segment


def calibration(chance, happened, bins=10, draws=1000):
    """Expected calibration error in bins of equal count, and its 95 % quantile for perfect chances."""
    parts = np.array_split(np.argsort(-chance, kind="stable"), bins)

    def error(outcome):
        return sum(abs(outcome[rows].sum() - chance[rows].sum()) for rows in parts) / len(chance)

    random = np.random.default_rng(1)
    return error(happened), np.quantile([error(random.random(len(chance)) < chance) for _ in range(draws)], 0.95)


def level_error(bins):
    """Mean probability minus rate."""
    return sum(b["users"] * (b["mean_predicted"] - b["observed_rate"]) for b in bins) / sum(b["users"] for b in bins)


def oracle_buys(shop, day, horizon, is_churn):
    """On who had bought before `day` (of churn: in the 90 days before): who buys within the horizon."""
    posterior = oracle.Posterior(shop, day)
    rhythm = shop.members.week_rhythm.to_numpy()[posterior.users]
    clock = oracle.clocks(shop)
    buys = shop.events[shop.events.behavior_type == "buy"]
    chance, is_judged, does_buy = (np.zeros(len(shop.members), kind) for kind in (float, bool, bool))
    chance[posterior.users] = posterior.buys(clock[rhythm, day + horizon] - clock[rhythm, day], 1.0)
    is_judged[buys[(buys.day < day) & (buys.day >= (day - ACTIVE_DAYS if is_churn else 0))].member] = True
    does_buy[buys[(buys.day >= day) & (buys.day < day + horizon)].member] = True
    chance, does_buy = chance[is_judged], does_buy[is_judged]
    error, band = calibration(chance, does_buy)
    return {"auc": roc_auc_score(does_buy, chance), "users": len(chance), "error": error, "band": band}


def measure_models(shop, evidence, as_of_day):
    out = {}
    for name, horizon in HORIZON.items():
        found = evidence[name]
        ours = found["calibration"]
        out[name] = {"auc": found["metrics"]["auc"], "users": found["split"]["test"]["users"],
                     "error": ours["expected_calibration_error"], "band": ours["band"], "calibrated": ours["calibrated"], "level": level_error(ours["bins"]),
                     "oracle": oracle_buys(shop, as_of_day - horizon, horizon, name == "churn")}
    return out


def measure_recommend(shop, record, as_of_day):
    day, horizon, out = as_of_day - 30, 30, {}
    chooser = Chooser(shop, day, horizon)
    for task in ("new", "any"):
        methods = record["recommend"][task]["methods"]
        best, users = recall_at_20(shop, day, horizon, task == "new",
                                   lambda block: chooser.scores(block, task == "any"))
        out[task] = {"popularity": methods["popularity"]["recall20"], "item_knn": methods["item_knn"]["recall20"],
                     "published": record["recommend"][task]["published"],
                     "best": methods[record["recommend"][task]["published"]]["recall20"],
                     "oracle": best, "users": record["recommend"][task]["users"], "oracle_users": users}
    return out


def measure_tastes(shop, tastes, as_of_day):
    truth = shop.members.taste_group.to_numpy()[tastes.index]
    group = oracle.group_posterior(shop, as_of_day).argmax(1)[tastes.index]
    return {"members": len(tastes), "segments": tastes.nunique(), "ari": adjusted_rand_score(truth, tastes),
            "oracle": adjusted_rand_score(truth, group)}


def measure(users, days):
    out = {}
    with tempfile.TemporaryDirectory() as folder:
        for profile, family, seed in SHOPS:
            name = f"{profile}, {family}, {seed}"
            print(name, flush=True)
            shop = make(folder, users, days, seed, profile, family)
            record, evidence, tastes = run(Path(folder) / f"{profile}-{family}-{seed}.csv", Path(folder) / str(seed))
            as_of_day = days - 1
            out[name] = {"as_of": record["as_of"], "models": measure_models(shop, evidence, as_of_day),
                         "recommend": measure_recommend(shop, record, as_of_day),
                         "tastes": measure_tastes(shop, tastes, as_of_day)}
            print(json.dumps(out[name], default=float), flush=True)
    return out


def misses(name, shop):
    out = []
    for model, m in shop["models"].items():
        if m["auc"]["value"] < m["oracle"]["auc"] - AUC_BELOW:
            out.append(f"{name}: AUC of {model} {m['auc']['value']:.3f}, oracle {m['oracle']['auc']:.3f}")
        if not m["calibrated"]:
            out.append(f"{name}: {model} is not calibrated: {m['error']:.3f}, band {m['band']:.3f}")
    for task, r in shop["recommend"].items():
        found = r["best"]["value"]
        if r["published"] not in ITEM_BASED:
            out.append(f"{name}: {r['published']} is published for {task}, which is not item-based")
        if found < TIMES_POPULARITY * r["popularity"]["value"] or found < SHARE_OF_ORACLE * r["oracle"]:
            out.append(f"{name}: {r['published']}, {task}, {found:.3f}; popularity {r['popularity']['value']:.3f}, oracle "
                       f"{r['oracle']:.3f}")
    if shop["tastes"]["ari"] < shop["tastes"]["oracle"] - ARI_BELOW:
        out.append(f"{name}: ARI of tastes {shop['tastes']['ari']:.3f}, oracle {shop['tastes']['oracle']:.3f}")
    return out


def interval(metric):
    return f"{metric['value']:.3f} ({metric['low']:.3f}–{metric['high']:.3f})"


def page_text(result):
    shops = result["shops"]
    models = [[name, model, interval(m["auc"]), f"{m['oracle']['auc']:.3f}",
               f"{m['users']:,} / {m['oracle']['users']:,}", f"{m['error']:.4f} / {m['band']:.4f}", f"{m['level']:+.4f}",
               "yes" if m["calibrated"] else "no", f"{m['oracle']['error']:.4f} / {m['oracle']['band']:.4f}"]
              for name, shop in shops.items() for model, m in shop["models"].items()]
    recommend = [[name, task, r["published"], interval(r["best"]), f"{r['popularity']['value']:.3f}",
                  f"{r['item_knn']['value']:.3f}", f"{r['oracle']:.3f}",
                  f"{r['best']['value'] / r['popularity']['value']:.1f}", f"{100 * r['best']['value'] / r['oracle']:.0f} %"]
                 for name, shop in shops.items() for task, r in shop["recommend"].items()]
    tastes = [[name, f"{t['members']:,}", t["segments"], f"{t['ari']:.3f}", f"{t['oracle']:.3f}"]
              for name, shop in shops.items() for t in [shop["tastes"]]]
    return (f"{result['users']:,} members, {result['days']} days.\n\n"
            + table(["shop", "model", "AUC", "oracle", "members judged: ours / oracle", "calibration error / band", "of it level",
                     "calibrated", "the oracle's error / band"], models) + "\n\n"
            + table(["shop", "task", "published", "Recall@20", "popularity", "item_knn", "oracle", "times popularity",
                     "of the oracle's"], recommend) + "\n\n"
            + table(["shop", "members with tastes", "segments", "ARI", "oracle"], tastes)
            + f"\n\nBars that do not hold: {'; '.join(result['missed']) or 'none'}.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", type=int, default=20000)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    shops = measure(options.users, options.days)
    missed = [miss for name, shop in shops.items() for miss in misses(name, shop)]
    result = {"users": options.users, "days": options.days, "shops": shops, "missed": missed}
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "learners.json").write_text(json.dumps(result, indent=1, default=float) + "\n")
    text = page_text(result)
    print(text)
    write_measured("learners.md", text)
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())

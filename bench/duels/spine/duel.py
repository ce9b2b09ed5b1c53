"""The spine duel: what each side runs, and when their results count as the same. Definitions: README.md."""

from pathlib import Path

NAME = "spine"
WORK = "Online Retail, 541,909 lines: clean, features, segments, models, recommendations"
DATA = "online-retail-2010-2011/onlineretail.converted.csv.gz"
PEER = Path(__file__).with_name("peer.py")
COUNTS = ("received", "accepted", "duplicate", "quarantined")
AUC_TOLERANCE = 0.02
RECALL_TOLERANCE = 0.01


def coterie_commands(binary, data, folder):
    """In order; each prints one JSON object."""
    shop = str(folder / "online.shop")
    return {
        "import": [binary, "import", shop, data, "--preset", "online-retail", "--json"],
        "run": [binary, "run", shop, "--json"],
    }


def peer_commands(python, data, folder):
    return {"run": [python, str(PEER), data]}


def _number(tree, *path):
    """The value at a path of keys; None when there is none."""
    for key in path:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def _by_name(models):
    return {model["name"]: model for model in models or []}


def coterie_quality(results):
    """What is compared, by name, from the JSON of each command."""
    imported, run = results["import"], results["run"]
    quality = {count: imported.get(count) for count in COUNTS}
    quality |= {"users": run.get("users"), "items": run.get("items")}
    return quality | _scores(run)


def peer_quality(results):
    run = results["run"]
    counts = run["counts"]
    quality = {count: counts[count] for count in COUNTS}
    quality |= {"users": counts["members"], "items": counts["items"]}
    return quality | _scores(run)


def _scores(run):
    models = _by_name(run.get("models"))
    scores = {f"{name} AUC": _number(models.get(name), "metrics", "auc", "value")
              for name in ("purchase", "churn")}
    for task in ("new", "any"):
        for method in ("popularity", "item_knn", "own_history"):
            if task == "any" or method != "own_history":
                name = f"{task} {method} Recall@20"
                scores[name] = _number(run, "recommend", task, "methods", method, "recall20", "value")
    return scores


def same(name, ours, peer):
    """Counts are equal, AUC is close, recall is close or ours is higher."""
    if ours is None or peer is None:
        return False
    if name.endswith("AUC"):
        return abs(ours - peer) <= AUC_TOLERANCE
    if name.endswith("Recall@20"):
        return ours >= peer - RECALL_TOLERANCE
    return ours == peer


def peer_version(results):
    versions = results["run"]["versions"]
    return ", ".join(f"{name} {version}" for name, version in versions.items())

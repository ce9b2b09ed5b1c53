"""The peer of the spine duel: issue 3's main job on Online Retail, in pandas, scikit-learn and SciPy.

What an experienced analyst would write: vectorised, sparse where the data is sparse, library estimators, no
loops over members. It reads the file, cleans it, builds as-of features, names RFM segments, clusters, trains
and tests the purchase and churn models, tests the recommenders, and scores every member as of the last
midnight. Definitions are in README.md beside this file and are the ones the product follows.

    peer.py FILE.csv.gz [-o RESULT.json]     one JSON object; seconds per stage go to standard error
"""

import argparse
import json
import sys
import time

import numpy as np
import pandas as pd
import scipy.sparse as sp
import sklearn
from sklearn.cluster import KMeans
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score, silhouette_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

SEED = 7
REPLICATES = 1000
TOP = 20
NEIGHBORS = 50
NOT_PRODUCTS = {"POST", "DOT", "C2", "D", "M", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK", "PADS"}
MODEL_FEATURES = [
    "recency_days", "tenure_days", "frequency", "monetary", "frequency_90d", "frequency_180d",
    "gap_mean_days", "recency_over_gap", "distinct_items", "basket_items", "order_value", "repeat_item_share",
]
# The one whose lists are made is the last.
METHODS = {"new": ["popularity", "item_knn"], "any": ["popularity", "item_knn", "own_history"]}
CLUSTER_FEATURES = ["recency_days", "frequency", "monetary", "tenure_days", "order_value", "distinct_items"]
# Rows: recency score 1..5; columns: mean of frequency and monetary scores, 1..5, halves up.
RFM_NAMES = np.array([
    ["lost", "hibernating", "at_risk", "cannot_lose", "cannot_lose"],
    ["hibernating", "hibernating", "at_risk", "at_risk", "at_risk"],
    ["about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"],
    ["promising", "potential_loyalist", "potential_loyalist", "loyal", "champions"],
    ["new", "potential_loyalist", "potential_loyalist", "champions", "champions"],
])


class Stages:
    """Wall-clock seconds of each named stage."""

    def __init__(self):
        self.seconds = {}
        self._last = time.perf_counter()

    def done(self, name):
        now = time.perf_counter()
        self.seconds[name] = round(now - self._last, 3)
        self._last = now
        print(f"{name:<12} {self.seconds[name]:7.3f} s", file=sys.stderr)


# --------------------------------------------------------------------------------------------- read and clean


def read(path):
    text = {c: "str" for c in ("InvoiceNo", "StockCode", "Description", "Country")}
    return pd.read_csv(path, dtype=text | {"CustomerID": "Int64"}, parse_dates=["InvoiceDate"],
                       keep_default_na=False, na_values={"CustomerID": [""]})


def clean(raw):
    """First the rows without a price, then the repeats of the rest. Returns events and the counts."""
    priced = raw[raw.UnitPrice > 0]
    kept = priced[~priced.duplicated()]
    events = pd.DataFrame({
        "user": kept.CustomerID, "order": kept.InvoiceNo, "item": kept.StockCode, "ts": kept.InvoiceDate,
        "quantity": kept.Quantity, "amount": kept.Quantity * kept.UnitPrice,
        "refund": kept.InvoiceNo.str.startswith("C"),
    })
    member = events.user.notna()
    counts = {
        "received": len(raw), "accepted": len(kept), "duplicate": len(priced) - len(kept),
        "quarantined": len(raw) - len(priced), "member_rows": int(member.sum()),
        "members": int(events.user.nunique()), "refund_rows": int((events.refund & member).sum()),
        "guest_rows": int((~member).sum()), "items": int(events["item"].nunique()),
    }
    events = events[member].astype({"user": "int64", "order": "category", "item": "category"})
    return events, counts


# --------------------------------------------------------------------------------------------------- features


def entropy(counts):
    """Entropy in nats of the shares of each user; `counts` is indexed by (user, something)."""
    share = counts / counts.groupby(level=0).transform("sum")
    return -(share * np.log(share)).groupby(level=0).sum()


def features(events, as_of):
    """One row a member who bought before `as_of`; see README.md for each definition."""
    known = events[events.ts < as_of]
    buys, refunds = known[~known.refund], known[known.refund]
    orders = buys.groupby(["user", "order"], observed=True).agg(ts=("ts", "min"), items=("item", "nunique"))
    orders = orders.reset_index().sort_values(["user", "ts"])
    by_user, orders_of = buys.groupby("user"), orders.groupby("user")
    days = lambda delta: delta.dt.total_seconds() / 86_400

    table = pd.DataFrame({
        "recency_days": days(as_of - by_user.ts.max()), "tenure_days": days(as_of - by_user.ts.min()),
        "frequency": orders_of.size(), "basket_items": orders_of["items"].mean(),
    })
    users = table.index
    spent = by_user.amount.sum()
    table["monetary"] = known.groupby("user").amount.sum().reindex(users)
    for window in (30, 90, 180):
        start = as_of - pd.Timedelta(days=window)
        recent = orders[orders.ts >= start].groupby("user").size()
        table[f"frequency_{window}d"] = recent.reindex(users, fill_value=0)
        money = known[known.ts >= start].groupby("user").amount.sum()
        table[f"monetary_{window}d"] = money.reindex(users, fill_value=0)

    gaps = days(orders_of.ts.diff()).groupby(orders.user)
    table["gap_mean_days"] = gaps.mean()
    table["gap_cv"] = (gaps.std(ddof=0) / gaps.mean()).where((gaps.count() >= 2) & (gaps.mean() > 0))
    table["recency_over_gap"] = (table.recency_days / table.gap_mean_days).where(table.gap_mean_days > 0)
    table["order_value"] = spent / table.frequency
    table["unit_price_mean"] = spent / by_user.quantity.sum()
    item_rows = buys.groupby(["user", "item"], observed=True).size()
    table["distinct_items"] = item_rows.groupby(level=0).size()
    table["item_entropy"] = entropy(item_rows)
    table["repeat_item_share"] = 1 - table.distinct_items / orders_of["items"].sum()
    hour = orders.ts.dt.hour
    table["hour_entropy"] = entropy(orders.groupby(["user", hour.rename("hour")]).size())
    table["weekend_share"] = (orders.ts.dt.day_of_week >= 5).groupby(orders.user).mean()
    table["evening_share"] = (hour >= 18).groupby(orders.user).mean()
    table["trend_90d"] = np.log1p(table.frequency_90d) - np.log1p(table.frequency_180d - table.frequency_90d)
    refunds_of = refunds.groupby("user")
    table["refund_orders"] = refunds_of.order.nunique().reindex(users, fill_value=0)
    table["refund_share"] = -refunds_of.amount.sum().reindex(users, fill_value=0) / spent
    return table.assign(count_view=0, count_favorite=0, count_cart=0)


def signed_log(x):
    return np.sign(x) * np.log1p(np.abs(x))


# --------------------------------------------------------------------------------------------------- segments


def rfm(table):
    def score(values):
        return 1 + (5 * (values.rank(method="min").astype(int) - 1)) // len(values)

    recency = score(-table.recency_days)
    value = (score(table.frequency) + score(table.monetary) + 1) // 2
    names = pd.Series(RFM_NAMES[recency - 1, value - 1], index=table.index)
    return names.value_counts().to_dict()


def cluster(table):
    points = StandardScaler().fit_transform(signed_log(table[CLUSTER_FEATURES]))
    quality, models = {}, {}
    for k in range(3, 9):
        models[k] = KMeans(n_clusters=k, n_init=10, random_state=SEED).fit(points)
        quality[k] = silhouette_score(points, models[k].labels_, sample_size=2000, random_state=SEED)
    best = max(quality, key=quality.get)
    return {"k": best, "silhouette": {k: round(float(v), 4) for k, v in quality.items()},
            "inertia": float(models[best].inertia_), "users": np.bincount(models[best].labels_).tolist()}


# ----------------------------------------------------------------------------------------- metrics, intervals


def interval(value, replicates):
    low, high = np.percentile(replicates, [2.5, 97.5])
    return {"value": float(value), "low": float(low), "high": float(high)}


def resample_weights(n, seed=SEED):
    """How often each of n rows occurs in each bootstrap replicate: REPLICATES × n."""
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=REPLICATES).astype(np.float64)


def weighted_auc(label, score, weights):
    """AUC of every row of `weights`, ties counting half."""
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(score[order]) > 0])
    weights, label = weights[:, order], label[order]
    positive = np.add.reduceat(weights * label, starts, axis=1)
    negative = np.add.reduceat(weights * (1 - label), starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative
    return (positive * (below + negative / 2)).sum(1) / (positive.sum(1) * negative.sum(1))


def weighted_ranking(label, score, weights):
    """Average precision and lift of the best tenth, of every row of `weights`."""
    order = np.argsort(-score, kind="stable")
    weights, label = weights[:, order], label[order]
    hits, seen = np.cumsum(weights * label, axis=1), np.cumsum(weights, axis=1)
    precision = hits / np.maximum(seen, 1)
    rate = hits[:, -1] / seen[:, -1]
    average = (precision * weights * label).sum(1) / hits[:, -1]
    tenth = (seen <= seen[:, -1:] / 10).sum(1) - 1
    rows = np.arange(len(weights))
    return average, precision[rows, np.maximum(tenth, 0)] / rate


def classification_metrics(label, probability, weights):
    one = np.ones((1, len(label)))
    clipped = np.clip(probability, 1e-15, 1 - 1e-15)
    losses = {
        "log_loss": -(label * np.log(clipped) + (1 - label) * np.log(1 - clipped)),
        "brier": (probability - label) ** 2,
    }
    (precision, lift), (precisions, lifts) = (weighted_ranking(label, probability, w) for w in (one, weights))
    auc = roc_auc_score(label, probability)
    metrics = {
        "auc": interval(auc, weighted_auc(label, probability, weights)),
        "pr_auc": interval(precision[0], precisions), "lift10": interval(lift[0], lifts),
    }
    return metrics | {k: interval(v.mean(), weights @ v / len(v)) for k, v in losses.items()}


def calibration(label, probability):
    bins = pd.qcut(probability, 10, labels=False, duplicates="drop")
    table = pd.DataFrame({"bin": bins, "predicted": probability, "observed": label}).groupby("bin").mean()
    return {"mean_predicted": float(probability.mean()), "mean_observed": float(label.mean()),
            "bins": table.round(4).to_dict("list")}


# ----------------------------------------------------------------------------------------------------- models


def supervised(name, train, test, now):
    """`train` and `test` are (features, labels); `now` is the table to score."""
    model = make_pipeline(FunctionTransformer(signed_log), SimpleImputer(strategy="median"), StandardScaler(),
                          LogisticRegression(C=1.0, max_iter=1000))
    model.fit(train[0][MODEL_FEATURES], train[1])
    table, label = test[0], test[1].to_numpy(float)
    probability = model.predict_proba(table[MODEL_FEATURES])[:, 1]
    weights = resample_weights(len(label))
    simple = {"recency": -table.recency_days, "frequency": table.frequency, "monetary": table.monetary}
    sign = 1 if roc_auc_score(label, simple["frequency"]) >= 0.5 else -1
    simple = {k: sign * v.to_numpy(float) for k, v in simple.items()}
    baselines = {k: roc_auc_score(label, v) for k, v in simple.items()}
    best = max(baselines, key=baselines.get)
    margin = weighted_auc(label, probability, weights) - weighted_auc(label, simple[best], weights)
    return {
        "name": name, "train_rows": len(train[1]), "train_positive": int(train[1].sum()),
        "test_rows": len(label), "test_positive": int(label.sum()),
        "metrics": classification_metrics(label, probability, weights),
        "baseline": {"name": best, "metric": "auc", "value": float(baselines[best])},
        "baselines": {k: float(v) for k, v in baselines.items()},
        "margin": interval(roc_auc_score(label, probability) - baselines[best], margin),
        "calibration": calibration(label, probability),
        "coefficients": dict(zip(MODEL_FEATURES, model[-1].coef_[0].round(4).tolist())),
        "scored": len(model.predict_proba(now[MODEL_FEATURES])),
    }


def buyers(events, start, days):
    inside = (events.ts >= start) & (events.ts < start + pd.Timedelta(days=days))
    return events.user[inside & ~events.refund].unique()


def purchase_set(events, table, at):
    return table, pd.Series(table.index.isin(buyers(events, at, 30)), table.index)


def churn_set(events, table, at):
    active = table[table.recency_days <= 90]
    return active, pd.Series(~active.index.isin(buyers(events, at, 90)), active.index)


# -------------------------------------------------------------------------------------------- recommendations


def interactions(events, as_of):
    """Members × products: in how many distinct orders before `as_of`."""
    known = events[(events.ts < as_of)][["user", "item", "order"]].drop_duplicates()
    user, users = pd.factorize(known.user, sort=True)
    item, items = pd.factorize(known["item"].astype(str), sort=True)
    orders = sp.csr_matrix((np.ones(len(known)), (user, item)), shape=(len(users), len(items)))
    return orders, pd.Index(users), pd.Index(items)


def nearest_items(bought):
    """Row j: cosines of the NEIGHBORS items nearest to j, over binary members × items."""
    length = np.sqrt(np.asarray(bought.sum(0)).ravel())
    scaled = bought @ sp.diags(1 / length)
    cosine = (scaled.T @ scaled).toarray()
    np.fill_diagonal(cosine, 0)
    near = np.argpartition(-cosine, NEIGHBORS, axis=1)[:, :NEIGHBORS]
    rows = np.repeat(np.arange(len(cosine)), NEIGHBORS)
    return sp.csr_matrix((cosine[rows, near.ravel()], (rows, near.ravel())), shape=cosine.shape)


class Recommender:
    """Scores products for some of the members it knows; ties go to the item with more buyers."""

    def __init__(self, orders):
        self.orders = orders
        self.bought = orders.copy()
        self.bought.data[:] = 1
        buyers_of = np.asarray(self.bought.sum(0)).ravel()
        self.tie = buyers_of / (buyers_of.max() + 1)
        self.nearest = nearest_items(self.bought).T.tocsr()

    def score(self, method, rows):
        if method == "popularity":
            return np.tile(self.tie, (len(rows), 1))
        if method == "own_history":
            score = self.orders[rows].toarray()
            score += self.tie
        else:
            score = (self.bought[rows] @ self.nearest).toarray()
            score += 1e-9 * self.tie
        return score

    def recommend(self, method, task, rows):
        score = self.score(method, rows)
        if task == "new":
            score[self.bought[rows].nonzero()] = -np.inf
        return top_items(score)


def top_items(score):
    np.negative(score, out=score)
    best = np.argpartition(score, TOP, axis=1)[:, :TOP]
    rank = np.argsort(np.take_along_axis(score, best, 1), axis=1, kind="stable")
    return np.take_along_axis(best, rank, 1)


def ranking_metrics(best, relevant, weights):
    """Recall = hits / relevant; all are means over users."""
    hits = np.take_along_axis(relevant, best, 1)
    discount = 1 / np.log2(np.arange(2, TOP + 2))
    count = relevant.sum(1)
    ideal = np.cumsum(discount)[np.minimum(count, TOP) - 1]
    per_user = {
        "recall20": hits.sum(1) / count, "ndcg20": hits @ discount / ideal,
        "mrr20": np.where(hits.any(1), 1 / (hits.argmax(1) + 1), 0),
    }
    metrics = {k: interval(v.mean(), weights @ v / len(v)) for k, v in per_user.items()}
    return metrics | {"coverage": {"value": len(np.unique(best)) / relevant.shape[1]}}


def recommend(events, at, now):
    products = events[~events["item"].str.upper().isin(NOT_PRODUCTS) & ~events.refund]
    orders, users, items = interactions(products, at)
    later = products[(products.ts >= at) & (products.ts < at + pd.Timedelta(days=30))]
    user, item = users.get_indexer(later.user), items.get_indexer(later["item"].astype(str))
    relevant = np.zeros(orders.shape, bool)
    known = (user >= 0) & (item >= 0)
    relevant[user[known], item[known]] = True
    model = Recommender(orders)
    result = {"users": orders.shape[0], "items": orders.shape[1]}
    for task, methods in METHODS.items():
        wanted = relevant & (model.bought.toarray() == 0) if task == "new" else relevant
        tested = np.flatnonzero(wanted.any(1))
        weights = resample_weights(len(tested))
        result[task] = {"test_users": len(tested), "methods": {
            method: ranking_metrics(model.recommend(method, task, tested), wanted[tested], weights)
            for method in methods}}
    orders, users, items = interactions(products, now)
    model, everyone = Recommender(orders), np.arange(len(users))
    lists = {task: model.recommend(methods[-1], task, everyone) for task, methods in METHODS.items()}
    return result | {"listed_users": {k: len(v) for k, v in lists.items()}}


# -------------------------------------------------------------------------------------------------------- job


def run(path):
    stages = Stages()
    raw = read(path)
    stages.done("read")
    events, counts = clean(raw)
    stages.done("clean")
    now = raw.InvoiceDate.max().normalize()
    before = lambda days: now - pd.Timedelta(days=days)
    tables = {days: features(events, before(days)) for days in (0, 30, 60, 90, 180)}
    stages.done("features")
    segments = {"rfm": rfm(tables[0]), "clusters": cluster(tables[0])}
    stages.done("segments")
    purchase = supervised("purchase", purchase_set(events, tables[60], before(60)),
                          purchase_set(events, tables[30], before(30)), tables[0])
    churn = supervised("churn", churn_set(events, tables[180], before(180)),
                       churn_set(events, tables[90], before(90)), tables[0][tables[0].recency_days <= 90])
    stages.done("models")
    recommended = recommend(events, before(30), now)
    stages.done("recommend")
    return {
        "peer": "pandas + scikit-learn", "as_of": str(now),
        "versions": {"python": sys.version.split()[0], "pandas": pd.__version__,
                     "scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "counts": counts, "users": len(tables[0]), "features": tables[0].shape[1], "segments": segments,
        "models": [purchase, churn], "recommend": recommended, "seconds": stages.seconds,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("-o", "--output", help="where the JSON goes; standard output otherwise")
    options = parser.parse_args()
    text = json.dumps(run(options.file), indent=1)
    if options.output:
        with open(options.output, "w", encoding="utf-8") as out:
            out.write(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""From a CSV file to segments in Python: build/python/bin/python examples/segments.py [FILE.csv] [SHOP]

Without a file it writes one with a few hundred made-up members.
"""

import random
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import coterie
from coterie.cluster import KMeans, KMedians, select_k
from coterie.metrics import adjusted_rand_score


def made_up_orders(file, members=400):
    """Orders of a year: some members come often, some now and then, some once."""
    rng = random.Random(1)
    lines = ["customer,order,product,paid,when"]
    for member in range(members):
        orders, amount = [(24, 30), (8, 80), (1, 20)][member % 3]
        for _ in range(max(1, round(rng.gauss(orders, orders / 4)))):
            when = datetime(2025, 1, 1) + timedelta(minutes=rng.randrange(365 * 24 * 60))
            paid = max(1.0, rng.gauss(amount, amount / 5))
            lines.append(f"c{member},o{len(lines)},p{rng.randrange(50)},{paid:.2f},{when:%Y-%m-%d %H:%M:%S}")
    file.write_text("\n".join(lines) + "\n")


def main(file=None, folder=None):
    place = Path(tempfile.mkdtemp(prefix="coterie-example-"))
    if file is None:
        file = place / "orders.csv"
        made_up_orders(file)
    folder = folder or place / "my.shop"

    # 1. The file into a shop: which column is which, and what its rows are.
    counts = coterie.import_files(
        folder, file, timezone="Europe/Paris", currency="EUR", behaviors={"*": "buy"},
        columns={"user_id": "customer", "order_id": "order", "item_id": "product", "unit_price": "paid", "ts": "when"})
    print("imported:", counts[0]["accepted"], "rows;", counts[0]["quarantined"], "quarantined")

    # 2. What is known of every member, as a data frame.
    shop = coterie.open(folder)
    features = shop.features()
    rfm = features[["recency_days", "frequency", "monetary"]].dropna()
    print(rfm.describe().round(1))

    # 3. How many groups are there, and how sure is that?
    scaled = make_pipeline(FunctionTransformer(np.log1p), StandardScaler())
    choice = select_k(scaled.fit_transform(rfm), range(2, 7), random_state=0)
    print(choice)

    # 4. The groups, by scikit-learn's conventions.
    model = make_pipeline(FunctionTransformer(np.log1p), StandardScaler(), KMeans(choice.best_k_, random_state=0))
    rfm["cluster"] = model.fit_predict(rfm)
    print(rfm.groupby("cluster").median().round(1).assign(members=rfm.cluster.value_counts()))
    robust = make_pipeline(FunctionTransformer(np.log1p), StandardScaler(), KMedians(choice.best_k_, random_state=0))
    agreement = adjusted_rand_score(rfm.cluster, robust.fit_predict(rfm.drop(columns="cluster")))
    print(f"k-medians agrees: adjusted Rand index {agreement:.2f}")

    # 5. A rule that anybody can read, and who it holds of.
    made = shop.segments.create("regulars", 'count(buy, 180d) >= 5 and sum(buy.line_amount, 180d) > 100', replace=True)
    print(f"regulars: {made['users']} of {made['of']} members")
    first = shop.segments.users("regulars")[0]
    print(first, "because", [part["condition"] for part in shop.segments.why(first, "regulars")["why"]["children"]])
    return shop


if __name__ == "__main__":
    main(*(Path(one) for one in sys.argv[1:3]))

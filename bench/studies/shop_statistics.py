"""What shops look like in a few numbers, the same for generated and for real ones. pandas; no product code."""
from pathlib import Path

import numpy as np
import pandas as pd


def gini(counts):
    x = np.sort(np.asarray(counts, float))
    n = len(x)
    return float((2 * np.arange(1, n + 1) - n - 1) @ x / (n * x.sum()))


def statistics(events):
    """Of events with columns user, item, behavior (view, cart, buy, ...), day (a number) and quantity; members only.

    Purchases of one member on one day are one order, since not every data set has order ids. What the data do not have
    is absent."""
    buys = events[(events.behavior == "buy") & (events.quantity > 0)]
    orders = buys.groupby(["user", "day"]).agg(units=("quantity", "sum"), lines=("item", "nunique")).reset_index()
    per_buyer = orders.groupby("user").size()
    gaps = orders.sort_values(["user", "day"]).groupby("user").day.diff().dropna()
    out = {"buyers": len(per_buyer), "orders_a_buyer": per_buyer.mean(), "repeat_rate": (per_buyer > 1).mean(),
           "gap_median_days": gaps.median(), "gap_p90_days": gaps.quantile(0.9), "units_an_order": orders.units.median()}
    if buys["item"].notna().any():
        out["lines_an_order"] = orders.lines.median()
        out["item_gini"] = gini(buys["item"].value_counts())
    views = events[events.behavior == "view"]
    if len(views):
        out["views_a_line"] = len(views) / len(buys)
        out["viewed_item_gini"] = gini(views["item"].value_counts())
        out["carts_a_view"] = (events.behavior == "cart").sum() / len(views)
        out["lines_a_cart"] = len(buys) / (events.behavior == "cart").sum()
    return {name: float(value) for name, value in out.items()}


def generated(shop):
    e = shop.events
    return pd.DataFrame({"user": e.member, "item": e["item"].where(e["item"] >= 0), "behavior": e.behavior_type,
                         "day": e.day, "quantity": e.quantity})


def days_of(times):
    return (pd.to_datetime(times) - pd.Timestamp("1970-01-01")).dt.days


def cdnow(folder):
    t = pd.read_csv(Path(folder) / "cdnow/CDNOW_master.txt", sep=r"\s+", dtype={"date": str})
    return pd.DataFrame({"user": t.customer_id, "item": None, "behavior": "buy",
                         "day": days_of(pd.to_datetime(t.date, format="%Y%m%d")), "quantity": t.number_of_cds})


def online_retail(folder):
    path = Path(folder) / "online-retail-2010-2011/onlineretail.converted.csv.gz"
    t = pd.read_csv(path, dtype={"CustomerID": str, "StockCode": str, "InvoiceNo": str})
    t = t[t.CustomerID.notna() & (t.UnitPrice > 0)]
    return pd.DataFrame({"user": t.CustomerID, "item": t.StockCode, "behavior": np.where(t.Quantity > 0, "buy", "refund"),
                         "day": days_of(t.InvoiceDate), "quantity": t.Quantity})


def retailrocket(folder):
    t = pd.read_csv(Path(folder) / "retailrocket-sample/sample_events.csv")
    names = {"view": "view", "addtocart": "cart", "transaction": "buy"}
    return pd.DataFrame({"user": t.visitorid, "item": t.itemid, "behavior": t.event.map(names),
                         "day": t.timestamp // 86_400_000, "quantity": 1})


REAL = {"cdnow": cdnow, "online-retail": online_retail, "retailrocket": retailrocket}

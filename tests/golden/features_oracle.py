"""The features of Online Retail, computed again slowly with plain pandas, one member at a time.

`coterie features SHOP show --as-of 2011-11-09 --json` is given on standard input or as a path. A few hundred
members are recomputed from the raw file by a second, independent reading of the definitions (src/profile) and
compared. Money is counted in ten-thousandths, so that sums are exact; time is elapsed UTC, windows and hours
are local.

    coterie features online.shop show --as-of 2011-11-09 --json | features_oracle.py [--data DIR] [JSON]

Exit code 0 when all values agree to 1e-9 relative, 1 with the first differences when one does not.
"""

import argparse
import gzip
import json
import math
import os
import sys
from pathlib import Path

import pandas as pd

ZONE = "Europe/London"
FILE = "online-retail-2010-2011/onlineretail.converted.csv.gz"
RELATIVE = 1e-9
SHOWN = 20


def read_events(path):
    """Clean events of members: local and UTC time, amounts in ten-thousandths."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        raw = pd.read_csv(text, dtype=str, keep_default_na=False)
    price = raw.UnitPrice.map(lambda written: round(float(written) * 10_000))
    priced = raw.assign(price=price)[price > 0]
    kept = priced.drop_duplicates(list(raw.columns))
    members = kept[kept.CustomerID != ""]
    local = pd.to_datetime(members.InvoiceDate)
    # A time that occurs twice is the first of the two; one that the clock skips moves forward.
    utc = local.dt.tz_localize(ZONE, ambiguous=[True] * len(local), nonexistent="shift_forward")
    return pd.DataFrame({
        "user": members.CustomerID, "order": members.InvoiceNo, "item": members.StockCode, "local": local,
        "utc": utc.dt.tz_convert("UTC"), "quantity": members.Quantity.astype(int),
        "amount": members.Quantity.astype(int) * members.price,
        "refund": members.InvoiceNo.str.startswith("C"),
    })


def days_between(earlier, later):
    return (later - earlier) / pd.Timedelta(days=1)


def entropy(values):
    """Nats, of the shares of each distinct value."""
    counts = pd.Series(values).value_counts()
    return -sum(n / len(values) * math.log(n / len(values)) for n in counts)


def mean(values):
    return math.fsum(values) / len(values)


def gap_features(times, recency_days):
    gaps = [days_between(a, b) for a, b in zip(times, times[1:])]
    gap_mean = mean(gaps) if gaps else None
    spread = math.sqrt(mean([(gap - gap_mean) ** 2 for gap in gaps])) if gaps else None
    return {
        "gap_mean_days": gap_mean,
        "gap_cv": spread / gap_mean if len(gaps) >= 2 and gap_mean > 0 else None,
        "last_gap_days": gaps[-1] if gaps else None,
        "recency_over_gap": recency_days / gap_mean if gap_mean else None,
    }


def window_features(rows, as_of):
    """`as_of` is a local midnight without zone; a window of n days begins n local days earlier."""
    values = {}
    orders = {}
    for days in (30, 90, 180):
        inside = rows[rows.local >= as_of - pd.Timedelta(days=days)]
        orders[days] = inside[~inside.refund].order.nunique()
        values[f"frequency_{days}d"] = orders[days]
        values[f"monetary_{days}d"] = int(inside.amount.sum()) / 10_000
    half_year, quarter = as_of - pd.Timedelta(days=180), as_of - pd.Timedelta(days=90)
    before = rows[(rows.local >= half_year) & (rows.local < quarter) & ~rows.refund]
    values["trend_90d"] = math.log1p(orders[90]) - math.log1p(before.order.nunique())
    return values


def user_features(rows, as_of):
    """`rows` are one member's events before `as_of`, at least one of them a buy."""
    as_of_utc = as_of.tz_localize(ZONE).tz_convert("UTC")
    buys, refunds = rows[~rows.refund], rows[rows.refund]
    orders = [buys[buys.order == order] for order in buys.order.unique()]
    orders.sort(key=lambda order: order.utc.min())
    starts = [order.local.min() for order in orders]
    pairs = sum(order["item"].nunique() for order in orders)
    distinct = buys["item"].nunique()
    bought = int(buys.amount.sum())
    recency = days_between(buys.utc.max(), as_of_utc)
    values = {
        "recency_days": recency,
        "tenure_days": days_between(buys.utc.min(), as_of_utc),
        "frequency": len(orders),
        "monetary": int(rows.amount.sum()) / 10_000,
        "basket_items": pairs / len(orders),
        "order_value": bought / 10_000 / len(orders),
        "unit_price_mean": bought / 10_000 / int(buys.quantity.sum()),
        "distinct_items": distinct,
        "item_entropy": entropy(list(buys["item"])),
        "repeat_item_share": 1 - distinct / pairs,
        "hour_entropy": entropy([start.hour for start in starts]),
        "weekend_share": mean([start.weekday() >= 5 for start in starts]),
        "evening_share": mean([start.hour >= 18 for start in starts]),
        "refund_orders": refunds.order.nunique(),
        "refund_share": -int(refunds.amount.sum()) / bought,
        "discount_share": 0,
        "count_view": 0, "count_favorite": 0, "count_cart": 0,
    }
    values |= gap_features([order.utc.min() for order in orders], recency)
    return values | window_features(rows, as_of)


def chosen_users(users, refund_users, many):
    """Spread evenly over the sorted ids, with those who gave something back among them."""
    users = sorted(users)
    evenly = users[:: max(1, len(users) // many)]
    return sorted(set(evenly) | set(sorted(refund_users)[:50]))


def equal(ours, theirs):
    if ours is None or theirs is None:
        return ours is None and theirs is None
    return math.isclose(ours, theirs, rel_tol=RELATIVE, abs_tol=RELATIVE)


def compare(events, document, many):
    """Returns (members compared, differences in words)."""
    as_of = pd.Timestamp(document["as_of"][:10])
    known = events[events.local < as_of]
    buyers = set(known.user[~known.refund])
    given = {row["user_id"]: dict(zip(document["features"], row["values"])) for row in document["users"]}
    differences = [f"member {user}: missing" for user in sorted(buyers - set(given))]
    strangers = sorted(set(given) - set(known.user))
    differences += [f"member {user}: has no event before as_of" for user in strangers]
    chosen = chosen_users(buyers, set(known.user[known.refund]) & buyers, many)
    groups = known[known.user.isin(chosen)].groupby("user")
    for user, rows in groups:
        expected = user_features(rows, as_of)
        for name, value in expected.items():
            if user in given and name not in given[user]:
                differences.append(f"feature {name}: missing")
            elif user in given and not equal(value, given[user][name]):
                differences.append(f"member {user}: {name} is {given[user][name]}, expected {value}")
    return len(groups), list(dict.fromkeys(differences))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("json", nargs="?", help="output of `features show --json` (default: standard input)")
    parser.add_argument("--data", default=os.environ.get("COTERIE_DATA") or "../shared/data")
    parser.add_argument("--users", type=int, default=300, help="about how many members to recompute")
    options = parser.parse_args()
    text = Path(options.json).read_text(encoding="utf-8") if options.json else sys.stdin.read()
    document = json.loads(text)
    count, differences = compare(read_events(Path(options.data) / FILE), document, options.users)
    for line in differences[:SHOWN]:
        print(line)
    print(f"{count} members, {len(document['features'])} features, {len(differences)} differences")
    return 1 if differences or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())

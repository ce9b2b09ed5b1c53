"""The peers of the data duel: import and features of one CSV file, each as somebody who knows the tool writes it.

    peer.py duckdb|polars|pandas FILE FOLDER [--threads 2] [--memory 4GB]
    peer.py compare OURS.parquet THEIRS.parquet

Writes events, items, users, quarantine and features as Parquet and prints one JSON object: the counts by verdict.
Rules and features: README.md.
"""

import argparse
import json
import os
from pathlib import Path

import queries

DAY_US = 86_400_000_000
ZONE_US = 8 * 3600 * 1_000_000
RULES = ("unreadable", "missing_id", "time", "time_range", "number", "price", "quantity")


def instants(last_us):
    """as_of, the last local midnight, and the starts of the windows."""
    as_of = (last_us + ZONE_US) // DAY_US * DAY_US - ZONE_US
    return {"as_of": as_of, "d30": as_of - 30 * DAY_US, "d90": as_of - 90 * DAY_US, "d180": as_of - 180 * DAY_US}


def duckdb_peer(file, folder, threads, memory):
    import duckdb
    con = duckdb.connect(config={"threads": threads, "memory_limit": memory, "temp_directory": str(folder / "spill")})
    con.execute("SET preserve_insertion_order = false; SET TimeZone = 'UTC'")
    columns = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in queries.COLUMNS) + "}"
    con.execute(queries.RULED.format(file=file, columns=columns))
    con.execute(queries.EVENTS)
    unreadable = con.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchone()[0]
    by_rule = dict(con.execute("SELECT rule, count(*) FROM ruled WHERE rule IS NOT NULL GROUP BY rule").fetchall())
    good = con.execute("SELECT count(*) FROM ruled WHERE rule IS NULL").fetchone()[0]
    accepted, last_us = con.execute("SELECT count(*), epoch_us(max(ts)) FROM events").fetchone()
    for name, select in (("events", "FROM events ORDER BY user_id, ts"), ("items", queries.ITEMS),
                         ("users", queries.USERS), ("quarantine", queries.QUARANTINE)):
        con.execute(f"COPY ({select}) TO '{folder}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd)")
    con.execute("DROP TABLE ruled")
    features = queries.FEATURES.format(events="events", test_user=queries.TEST_USER, **instants(last_us))
    con.execute(f"COPY ({features}) TO '{folder}/features.parquet' (FORMAT parquet, COMPRESSION zstd)")
    return counts(by_rule | {"unreadable": unreadable}, good, accepted), {"duckdb": duckdb.__version__}


def counts(by_rule, good, accepted):
    by_rule = {rule: int(by_rule.get(rule, 0)) for rule in RULES}
    quarantined = sum(by_rule.values())
    return {"received": int(good) + quarantined, "accepted": int(accepted), "duplicate": int(good - accepted),
            "quarantined": quarantined, "quarantined_by_rule": by_rule}


def polars_peer(file, folder, threads, memory):
    import polars as pl
    names = queries.COLUMNS
    # Polars fills short rows up without a word, so their lines are counted first; no field here has a newline.
    lines = pl.scan_csv(file, has_header=True, separator="\x01", quote_char=None, new_columns=["line"],
                        schema_overrides=[pl.String]).with_row_index("row")
    short = lines.filter(pl.col("line").str.count_matches(",", literal=True) < len(names) - 1).select("row").collect(
        engine="streaming")["row"]
    raw = pl.scan_csv(file, has_header=True, schema={name: pl.String for name in names}, empty_string_is_null=False,
                      row_index_name="row")

    def text(name):
        return pl.col(name).replace("", None)

    def bad_number(name):
        return text(name).is_not_null() & text(name).cast(pl.Float64, strict=False).is_null()

    ts = (pl.col("timestamp").str.to_datetime("%Y-%m-%dT%H:%M:%S%z", strict=False, time_unit="us")
          .dt.convert_time_zone("UTC").dt.replace_time_zone(None))
    number = {name: text(name).cast(pl.Float64, strict=False) for name in ("value", "quantity", "unit_price", "discount")}
    ruled = raw.with_columns(ts=ts).with_columns(
        rule=pl.when(pl.col("row").is_in(short.implode())).then(pl.lit("unreadable"))
        .when(text("user_id").is_null() & text("anonymous_id").is_null()).then(pl.lit("missing_id"))
        .when(pl.col("ts").is_null()).then(pl.lit("time"))
        .when((pl.col("ts") < pl.datetime(1990, 1, 1)) | (pl.col("ts") > pl.datetime(2030, 1, 1)))
        .then(pl.lit("time_range"))
        .when(pl.any_horizontal(*(bad_number(name) for name in number))).then(pl.lit("number"))
        .when((number["unit_price"] < 0) | (number["discount"] < 0)).then(pl.lit("price"))
        .when((pl.col("behavior_type") == "buy") & (number["quantity"] <= 0)).then(pl.lit("quantity"))).collect(
            engine="streaming")
    by_rule = dict(ruled.filter(pl.col("rule").is_not_null()).group_by("rule").len().iter_rows())
    good = ruled.filter(pl.col("rule").is_null())
    ruled.filter(pl.col("rule").is_not_null()).write_parquet(folder / "quarantine.parquet", compression="zstd")
    del ruled
    for name, prefix, said in (("items", "item.", "item.name"), ("users", "user.", "user.member_level")):
        columns = [f"{name[:-1]}_id", *(column for column in names if column.startswith(prefix))]
        good.filter(pl.col(said) != "").select(columns).unique().write_parquet(folder / f"{name}.parquet")
    quantity = number["quantity"].fill_null(1)
    gross = quantity.abs() * number["unit_price"] - number["discount"].fill_null(0)
    behavior = pl.col("behavior_type")
    events = good.lazy().unique("event_id", keep="any").select(
        "event_id", "user_id", text("item_id").alias("item_id"), behavior.alias("behavior"), "ts", number["value"],
        pl.when(behavior == "refund").then(-quantity.abs()).when(behavior == "buy").then(quantity)
        .otherwise(number["quantity"]).alias("quantity"), number["unit_price"], number["discount"],
        pl.when(behavior == "buy").then(gross).when(behavior == "refund").then(-gross.abs()).alias("line_amount"),
        text("order_id").alias("order_id"), text("session_id").alias("session_id"), text("channel").alias("channel"),
        text("anonymous_id").alias("anonymous_id"),
    ).sort("user_id", "ts").collect()
    n_good = good.height
    del good
    events.write_parquet(folder / "events.parquet", compression="zstd")
    at = instants(events["ts"].dt.epoch("us").max())
    polars_features(pl, events, at).write_parquet(folder / "features.parquet", compression="zstd")
    return counts(by_rule, n_good, events.height), {"polars": pl.__version__}


def polars_features(pl, events, at):
    us = pl.col("us")
    local = us + ZONE_US
    past = events.lazy().with_columns(us=pl.col("ts").dt.epoch("us")).filter(
        (us < at["as_of"]) & (pl.col("user_id") != "") & ~pl.col("user_id").str.contains(f"(?i)^({queries.TEST_USER})$")).with_columns(
        order_key=pl.coalesce("order_id", pl.lit("day ") + (local // DAY_US).cast(pl.String)))
    bought = past.filter(pl.col("behavior") == "buy")
    orders = bought.group_by("user_id", "order_key").agg(us.min(), items=pl.col("item_id").drop_nulls().n_unique())
    by_order = orders.group_by("user_id").agg(
        frequency=pl.len().cast(pl.Float64), first=us.min(), last=us.max(), items=pl.col("items").sum(),
        frequency_30d=(us >= at["d30"]).sum(), frequency_90d=(us >= at["d90"]).sum(),
        frequency_180d=(us >= at["d180"]).sum(), weekend_share=((local // DAY_US + 3) % 7 >= 5).mean(),
        evening_share=(local % DAY_US // 3_600_000_000 >= 18).mean())
    is_buy, is_refund = pl.col("behavior") == "buy", pl.col("behavior") == "refund"
    amount, day = pl.col("line_amount"), local // DAY_US
    is_act = (~pl.col("behavior").is_in(("refund", "impression", "message")) &
              ~pl.col("behavior").str.starts_with("custom:"))
    by_line = past.group_by("user_id").agg(
        bought=amount.filter(is_buy).sum(), refunded=amount.filter(is_refund).sum(),
        quantity=pl.col("quantity").filter(is_buy).sum(), priced=amount.count(),
        m30=amount.filter(us >= at["d30"]).sum(), m90=amount.filter(us >= at["d90"]).sum(),
        m180=amount.filter(us >= at["d180"]).sum(), refund_orders=pl.col("order_key").filter(is_refund).n_unique(),
        first_act=us.filter(is_act).min(), last_act=us.filter(is_act).max(),
        **{f"active_days{name}": day.filter(is_act & (us >= since)).n_unique()
           for name, since in (("", 0), ("_30d", at["d30"]), ("_90d", at["d90"]))},
        **{f"count_{name}": (pl.col("behavior") == name).sum() for name in ("view", "favorite", "cart", "buy")})
    lines = bought.filter(pl.col("item_id").is_not_null()).group_by("user_id", "item_id").agg(
        n=pl.len(), orders=pl.col("order_key").n_unique())
    n = pl.col("n").cast(pl.Float64)
    by_item = lines.group_by("user_id").agg(
        distinct_items=pl.len(), order_items=pl.col("orders").sum(), lines=n.sum(), n_log_n=(n * n.log()).sum())
    gap = (pl.col("last") - pl.col("first")) / DAY_US / (pl.col("frequency") - 1)
    recency = (at["as_of"] - pl.col("last")) / DAY_US
    active_recency = (at["as_of"] - pl.col("last_act")) / DAY_US
    active_tenure = (at["as_of"] - pl.col("first_act")) / DAY_US
    has_amounts = pl.col("priced") > 0
    f90, f180 = pl.col("frequency_90d").fill_null(0), pl.col("frequency_180d").fill_null(0)
    return by_line.join(by_order, on="user_id", how="left").join(by_item, on="user_id", how="left").select(
        "user_id", recency_days=recency, tenure_days=(at["as_of"] - pl.col("first")) / DAY_US,
        frequency=pl.col("frequency").fill_null(0),
        monetary=pl.when(has_amounts).then(pl.col("bought") + pl.col("refunded")),
        frequency_30d=pl.col("frequency_30d").fill_null(0), frequency_90d=f90, frequency_180d=f180,
        monetary_30d=pl.when(has_amounts).then("m30"), monetary_90d=pl.when(has_amounts).then("m90"),
        monetary_180d=pl.when(has_amounts).then("m180"),
        gap_mean_days=pl.when(pl.col("frequency") > 1).then(gap),
        recency_over_gap=pl.when((pl.col("frequency") > 1) & (gap > 0)).then(recency / gap),
        basket_items=pl.col("items") / pl.col("frequency"),
        order_value=pl.when(has_amounts & (pl.col("frequency") > 0)).then(pl.col("bought") / pl.col("frequency")),
        unit_price_mean=pl.when(has_amounts & (pl.col("quantity") > 0)).then(pl.col("bought") / pl.col("quantity")),
        distinct_items=pl.col("distinct_items").fill_null(0),
        item_entropy=pl.col("lines").log() - pl.col("n_log_n") / pl.col("lines"),
        repeat_item_share=1 - pl.col("distinct_items") / pl.col("order_items"), weekend_share="weekend_share",
        evening_share="evening_share", trend_90d=f90.log1p() - (f180 - f90).log1p(),
        refund_orders=pl.col("refund_orders"),
        refund_share=pl.when(pl.col("bought") > 0).then(-pl.col("refunded") / pl.col("bought")),
        count_view="count_view", count_favorite="count_favorite", count_cart="count_cart", count_buy="count_buy",
        active_recency_days=active_recency, active_tenure_days=active_tenure, active_days="active_days",
        active_days_30d="active_days_30d", active_days_90d="active_days_90d",
        missed_active_days=active_recency * pl.col("active_days") / (active_tenure + 1),
        orders_per_active_day=pl.when(pl.col("active_days") > 0).then(
            pl.col("frequency").fill_null(0) / pl.col("active_days")),
    ).sort("user_id").collect()


def pandas_peer(file, folder, threads, memory):
    import numpy as np
    import pandas as pd
    unreadable = []
    raw = pd.read_csv(file, dtype="str", keep_default_na=False, engine="pyarrow",
                      on_bad_lines=lambda row: unreadable.append(row.number) or "skip")
    raw["ts"] = pd.to_datetime(raw["timestamp"], format="%Y-%m-%dT%H:%M:%S%z", errors="coerce", utc=True)
    number, bad = {}, pd.Series(False, index=raw.index)
    for name in ("value", "quantity", "unit_price", "discount"):
        number[name] = pd.to_numeric(raw[name].where(raw[name] != ""), errors="coerce")
        bad |= (raw[name] != "") & raw[name].notna() & number[name].isna()
    ts, is_buy_row = raw["ts"], raw["behavior_type"] == "buy"
    rule = np.select(
        [(raw["user_id"] == "") & (raw["anonymous_id"] == ""), ts.isna(),
         (ts < pd.Timestamp("1990-01-01", tz="UTC")) | (ts > pd.Timestamp("2030-01-01", tz="UTC")), bad,
         (number["unit_price"] < 0) | (number["discount"] < 0), is_buy_row & (number["quantity"] <= 0)],
        RULES[1:], default="")
    for name, values in number.items():
        raw[name] = values
    is_good = rule == ""
    by_rule = pd.Series(rule[~is_good]).value_counts().to_dict() | {"unreadable": len(unreadable)}
    raw[~is_good].assign(rule=rule[~is_good]).to_parquet(folder / "quarantine.parquet", compression="zstd")
    raw = raw[is_good]
    for name, prefix, said in (("items", "item.", "item.name"), ("users", "user.", "user.member_level")):
        columns = [f"{name[:-1]}_id", *(column for column in queries.COLUMNS if column.startswith(prefix))]
        raw.loc[raw[said] != "", columns].drop_duplicates().to_parquet(folder / f"{name}.parquet")
    good = len(raw)
    events = raw.drop_duplicates("event_id")[["event_id", "user_id", "item_id", "behavior_type", "ts", "value",
                                              "quantity", "unit_price", "discount", "order_id", "session_id",
                                              "channel", "anonymous_id"]].rename(columns={"behavior_type": "behavior"})
    del raw
    is_buy, is_refund = events["behavior"] == "buy", events["behavior"] == "refund"
    quantity = events["quantity"].fillna(1)
    gross = quantity.abs() * events["unit_price"] - events["discount"].fillna(0)
    events["quantity"] = np.select([is_buy, is_refund], [quantity, -quantity.abs()], events["quantity"])
    events["line_amount"] = np.select([is_buy, is_refund], [gross, -gross.abs()], np.nan)
    events = events.sort_values(["user_id", "ts"])
    events.to_parquet(folder / "events.parquet", compression="zstd", index=False)
    us = events["ts"].dt.tz_localize(None).astype("datetime64[us]").astype("int64")
    pandas_features(np, pd, events.assign(us=us), instants(int(us.max()))).to_parquet(
        folder / "features.parquet", compression="zstd")
    return counts(by_rule, good, len(events)), {"pandas": pd.__version__}


def pandas_features(np, pd, events, at):
    is_test = events["user_id"].str.fullmatch(queries.TEST_USER, case=False)
    past = events[(events["us"] < at["as_of"]) & (events["user_id"] != "") & ~is_test].copy()
    past["user_id"] = past["user_id"].astype("category")
    day = "day " + ((past["us"] + ZONE_US) // DAY_US).astype(str)
    past["order_key"] = past["order_id"].where(past["order_id"] != "", day)
    buys = past[past["behavior"] == "buy"]
    with_item = buys[buys["item_id"] != ""]
    keys = ["user_id", "order_key"]
    order_items = with_item.drop_duplicates([*keys, "item_id"]).groupby(keys, observed=True).size()
    orders = buys.groupby(keys, observed=True)["us"].min().to_frame()
    orders["items"] = order_items
    orders = orders.reset_index()
    local = orders["us"] + ZONE_US
    orders = orders.assign(
        f30=orders["us"] >= at["d30"], f90=orders["us"] >= at["d90"], f180=orders["us"] >= at["d180"],
        weekend=(local // DAY_US + 3) % 7 >= 5, evening=local % DAY_US // 3_600_000_000 >= 18)
    o = orders.groupby("user_id", observed=True).agg(
        n=("us", "size"), first=("us", "min"), last=("us", "max"), items=("items", "sum"), f30=("f30", "sum"),
        f90=("f90", "sum"), f180=("f180", "sum"), weekend_share=("weekend", "mean"), evening_share=("evening", "mean"))
    amount = past["line_amount"]
    is_buy, is_refund = past["behavior"] == "buy", past["behavior"] == "refund"
    sums = pd.DataFrame({
        "user_id": past["user_id"], "bought": amount.where(is_buy), "refunded": amount.where(is_refund),
        "quantity": past["quantity"].where(is_buy), "priced": amount.notna(),
        "m30": amount.where(past["us"] >= at["d30"]), "m90": amount.where(past["us"] >= at["d90"]),
        "m180": amount.where(past["us"] >= at["d180"]),
        **{f"count_{name}": past["behavior"] == name for name in ("view", "favorite", "cart", "buy")},
    }).groupby("user_id", observed=True).sum()
    refund_orders = past[is_refund].drop_duplicates(keys).groupby("user_id", observed=True).size()
    is_act = ~past["behavior"].isin(("refund", "impression", "message")) & ~past["behavior"].str.startswith("custom:")
    acts = past[is_act].assign(day=(past["us"] + ZONE_US) // DAY_US)
    days = acts.groupby(["user_id", "day"], observed=True)["us"].agg(["min", "max"]).reset_index()
    a = days.assign(a30=days["max"] >= at["d30"], a90=days["max"] >= at["d90"]).groupby("user_id", observed=True).agg(
        first_act=("min", "min"), last_act=("max", "max"), active_days=("day", "size"), a30=("a30", "sum"),
        a90=("a90", "sum"))
    lines = with_item.groupby(["user_id", "item_id"], observed=True).size()
    n_log_n = (lines * np.log(lines)).groupby(level=0, observed=True).sum()
    distinct = lines.groupby(level=0, observed=True).size()
    total = lines.groupby(level=0, observed=True).sum()
    t = sums.join(o, how="left").join(a, how="left")
    active_recency, active_tenure = (at["as_of"] - t["last_act"]) / DAY_US, (at["as_of"] - t["first_act"]) / DAY_US
    has_amounts = t["priced"] > 0
    recency = (at["as_of"] - t["last"]) / DAY_US
    gap = ((t["last"] - t["first"]) / DAY_US / (t["n"] - 1)).where(t["n"] > 1)
    f90, f180 = t["f90"].fillna(0), t["f180"].fillna(0)
    return pd.DataFrame({
        "recency_days": recency, "tenure_days": (at["as_of"] - t["first"]) / DAY_US, "frequency": t["n"].fillna(0),
        "monetary": (t["bought"] + t["refunded"]).where(has_amounts), "frequency_30d": t["f30"].fillna(0),
        "frequency_90d": f90, "frequency_180d": f180, "monetary_30d": t["m30"].where(has_amounts),
        "monetary_90d": t["m90"].where(has_amounts), "monetary_180d": t["m180"].where(has_amounts),
        "gap_mean_days": gap, "recency_over_gap": (recency / gap).where(gap > 0), "basket_items": t["items"] / t["n"],
        "order_value": (t["bought"] / t["n"]).where(has_amounts),
        "unit_price_mean": (t["bought"] / t["quantity"]).where(has_amounts & (t["quantity"] > 0)),
        "distinct_items": distinct.reindex(t.index).fillna(0), "item_entropy": np.log(total) - n_log_n / total,
        "repeat_item_share": 1 - distinct / order_items.groupby(level=0, observed=True).sum(),
        "weekend_share": t["weekend_share"], "evening_share": t["evening_share"],
        "trend_90d": np.log1p(f90) - np.log1p(f180 - f90), "refund_orders": refund_orders.reindex(t.index).fillna(0),
        "refund_share": (-t["refunded"] / t["bought"]).where(t["bought"] > 0),
        **{name: t[name] for name in ("count_view", "count_favorite", "count_cart", "count_buy")},
        "active_recency_days": active_recency, "active_tenure_days": active_tenure,
        "active_days": t["active_days"].fillna(0), "active_days_30d": t["a30"].fillna(0),
        "active_days_90d": t["a90"].fillna(0), "missed_active_days": active_recency * t["active_days"] / (active_tenure + 1),
        "orders_per_active_day": t["n"].fillna(0) / t["active_days"],
    }, index=t.index).rename_axis("user_id").reset_index()


def native_peer(file, folder, threads, memory):
    """Features by SQL from a native table that was made before (`prepare`): no import is measured."""
    import duckdb
    con = duckdb.connect(str(folder / "native.duckdb"), config={"threads": threads, "memory_limit": memory})
    con.execute("SET TimeZone = 'UTC'")
    last_us = con.execute("SELECT epoch_us(max(ts)) FROM events").fetchone()[0]
    features = queries.FEATURES.format(events="events", test_user=queries.TEST_USER, **instants(last_us))
    con.execute(f"COPY ({features}) TO '{folder}/features.parquet' (FORMAT parquet, COMPRESSION zstd)")
    return {}, {"duckdb": duckdb.__version__}


def prepare(file, folder, threads, memory):
    """A native table of the events that Coterie stored (`file` is a glob of Parquet files), in order of arrival."""
    import duckdb
    con = duckdb.connect(str(folder / "native.duckdb"), config={"threads": threads, "memory_limit": memory})
    con.execute(f"CREATE TABLE events AS SELECT user_id, item_id, behavior, ts, quantity, line_amount, order_id "
                f"FROM '{file}' WHERE user_id IS NOT NULL ORDER BY ts")
    return {}, {}


def compare(ours, theirs):
    """The largest relative difference of any shared feature of any member, and what is missing on one side only."""
    import duckdb
    con = duckdb.connect()
    columns = [row[0] for row in con.execute(f"DESCRIBE SELECT * FROM '{theirs}'").fetchall() if row[0] != "user_id"]
    members = con.execute(f"SELECT count(*), (SELECT count(*) FROM '{theirs}') FROM '{ours}'").fetchone()
    worst = {}
    for name in columns:
        row = con.execute(
            f'SELECT max(abs(a."{name}" - b."{name}") / greatest(1, abs(a."{name}"))), '
            f'count(*) FILTER ((a."{name}" IS NULL OR isnan(a."{name}")) <> (b."{name}" IS NULL OR isnan(b."{name}"))) '
            f"FROM '{ours}' a FULL JOIN (SELECT * REPLACE (user_id::VARCHAR AS user_id) FROM '{theirs}') b USING (user_id)").fetchone()
        worst[name] = {"difference": row[0], "missing_on_one_side": row[1]}
    return {"members": members[0], "members_peer": members[1], "features": worst}


PEERS = {"duckdb": duckdb_peer, "polars": polars_peer, "pandas": pandas_peer, "native": native_peer,
         "prepare": prepare}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer", choices=[*PEERS, "compare"])
    parser.add_argument("file")
    parser.add_argument("folder")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="4GB")
    options = parser.parse_args()
    if options.peer == "compare":
        print(json.dumps(compare(options.file, options.folder)))
        return
    for name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "ARROW_IO_THREADS"):
        os.environ[name] = str(options.threads)
    found, versions = PEERS[options.peer](options.file, Path(options.folder), options.threads, options.memory)
    print(json.dumps({**found, "versions": versions}))


if __name__ == "__main__":
    main()

"""Sales and cohorts on Online Retail, all of it computed again with pandas and plain loops; shops that lack something."""

import gzip
import math
import re
import tempfile
import unittest
from pathlib import Path

import numpy
import pandas
from scipy import stats

import shop

AS_OF = pandas.Timestamp("2011-12-09")
NOT_A_PRODUCT = re.compile(r"POST|DOT|C2|C3|D|M|m|S|B|ADJUST2?|BANK CHARGES|AMAZONFEE|CRUK|PADS|GIFT|gift_0001_.*|TEST.*")
UNITS = 10_000
DAY = pandas.Timedelta(days=1)
SHARE_DAYS = (30, 60, 90, 180, 365)
BINS = ((0, 0), (1, 7), (8, 14), (15, 30), (31, 60), (61, 90), (91, 180), (181, 365), (366, None))
FREQUENCY = {"day": "D", "week": "W-SUN", "month": "M"}
ALPHA = 0.01 / 365


class Reference:
    """Clean lines before AS_OF, and the orders and refunds that they make; money in ten-thousandths."""

    def __init__(self, path):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
            raw = pandas.read_csv(text, dtype=str, keep_default_na=False)
        price = raw.UnitPrice.map(lambda written: round(float(written) * UNITS))
        rows = raw.assign(price=price)[price > 0].drop_duplicates(list(raw.columns))
        self.first = pandas.to_datetime(rows.InvoiceDate).min()
        lines = pandas.DataFrame({
            "user": rows.CustomerID, "order": rows.InvoiceNo, "item": rows.StockCode,
            "ts": pandas.to_datetime(rows.InvoiceDate), "amount": rows.Quantity.astype(int) * rows.price})
        self.lines = lines[lines.ts < AS_OF]
        is_refund = self.lines.order.str.startswith("C")
        self.orders = self.lines[~is_refund].groupby(["user", "order"]).agg(
            ts=("ts", "min"), amount=("amount", "sum")).reset_index()
        self.orders["day"] = self.orders.ts.dt.normalize()
        refunds = self.lines[is_refund].assign(day=self.lines[is_refund].ts.dt.normalize())
        self.refunds = refunds.groupby(["user", "order", "day"]).amount.sum().reset_index()
        self.of_members = self.orders[self.orders.user != ""].sort_values(["user", "ts"], kind="stable")
        self.bought = self.lines[~is_refund]

    def periods(self, by):
        """One row a period: what the command prints of it."""
        frequency = FREQUENCY[by]
        of_orders = self.orders.day.dt.to_period(frequency)
        of_refunds = self.refunds.day.dt.to_period(frequency)
        first_orders = self.of_members.groupby("user").day.min().dt.to_period(frequency)
        out = []
        for period in pandas.period_range(self.orders.day.min(), AS_OF - DAY, freq=frequency):
            orders, refunds = self.orders[of_orders == period], self.refunds[of_refunds == period]
            members = orders[orders.user != ""].user.nunique()
            new = int((first_orders == period).sum())
            start = period.start_time.normalize()
            end = period.end_time.normalize() + DAY
            out.append({
                "start": start.date().isoformat(), "is_whole": bool(self.first.normalize() <= start and end <= AS_OF),
                "net_amount": (orders.amount.sum() + refunds.amount.sum()) / UNITS,
                "buy_amount": orders.amount.sum() / UNITS, "refund_amount": refunds.amount.sum() / UNITS,
                "orders": len(orders), "guest_orders": int((orders.user == "").sum()), "refunds": len(refunds),
                "average_order": orders.amount.sum() / UNITS / len(orders) if len(orders) else None,
                "members": members, "new_members": new, "returning_members": members - new})
        return out

    def daily(self):
        """Days from the first order to the last, each with its amount and the sum of its orders' squares."""
        orders = self.orders.assign(x=self.orders.amount / UNITS, xx=(self.orders.amount / UNITS) ** 2)
        days = pandas.date_range(self.orders.day.min(), AS_OF - DAY)
        return orders.groupby("day")[["x", "xx"]].sum().reindex(days, fill_value=0)

    def weekday_factors(self):
        amounts = self.daily().x
        ratios = amounts / amounts.rolling(7, center=True).mean()
        medians = ratios.groupby(amounts.index.day_of_week).median()
        return list(medians / medians.mean()), list(ratios.groupby(amounts.index.day_of_week).count())

    def cohorts(self):
        """(month, members, is_whole, [members who bought again, by months since]) for every month."""
        months = self.of_members.assign(month=self.of_members.day.dt.to_period("M"))
        months["first"] = months.groupby("user").month.transform("min")
        cells = months.groupby(["first", "month"]).user.nunique()
        out = []
        for first in pandas.period_range(months["first"].min(), months.month.max(), freq="M"):
            again = [int(cells.get((first, month), 0)) for month in pandas.period_range(first, months.month.max(), freq="M")
                     if month.end_time < AS_OF]
            out.append((str(first), int(cells.get((first, first), 0)), bool(first.end_time < AS_OF), again))
        return out

    def second_purchases(self):
        """Of every member the days to the second order and whether it came."""
        days, came = [], []
        for _, ordered in self.of_members.groupby("user").day:
            came.append(len(ordered) > 1)
            days.append(((ordered.iloc[1] if came[-1] else AS_OF - DAY) - ordered.iloc[0]).days)
        return numpy.array(days), numpy.array(came)

    def gaps(self):
        return self.of_members.groupby("user").day.diff().dropna().dt.days

    def net_of_members(self):
        buyers = set(self.bought.user) - {""}
        return self.lines[self.lines.user.isin(buyers)].groupby("user").amount.sum().tolist()

    def net_of_items(self):
        products = {item for item in set(self.bought.item) if not NOT_A_PRODUCT.fullmatch(item)}
        return self.lines[self.lines.item.isin(products)].groupby("item").amount.sum().tolist()


def kaplan_meier(days, came):
    """[(day, at risk, S, low, high)] at every day with an event; bounds by Greenwood on log(−log S)."""
    z = stats.norm.ppf(0.975)
    survival, greenwood, out = 1.0, 0.0, []
    for day in sorted(set(days[came])):
        n, d = int((days >= day).sum()), int((came & (days == day)).sum())
        survival *= 1 - d / n
        greenwood += d / (n * (n - d))
        width = z * math.sqrt(greenwood) / abs(math.log(survival))
        out.append((day, n, survival, survival ** math.exp(width), survival ** math.exp(-width)))
    return out


def classes(amounts):
    """Numbers and amounts of A, B and C by walking down from the largest."""
    ordered = sorted((max(0, amount) for amount in amounts), reverse=True)
    total, done, out = sum(ordered), 0, {"A": [0, 0], "B": [0, 0], "C": [0, 0]}
    for amount in ordered:
        name = "C" if amount == 0 or done * 1000 >= total * 950 else "B" if done * 1000 >= total * 800 else "A"
        out[name][0] += 1
        out[name][1] += amount
        done += amount
    return out


def gini(amounts):
    values = numpy.sort(numpy.maximum(0, numpy.array(amounts, dtype=float)))
    lorenz = numpy.concatenate([[0], numpy.cumsum(values)]) / values.sum()
    return 1 - (lorenz[1:] + lorenz[:-1]).sum() / len(values)


def week_level(values, variances):
    known = ~numpy.isnan(values)
    if known.sum() < 4:
        return None
    return numpy.median(values[known]), 1.571 * variances[known].sum() / known.sum() ** 2


def judge_week(values, variances):
    """The last of nine weeks against the line through the eight before: shift, its error, what five days agree on."""
    grid, spread = values.reshape(9, 7), variances.reshape(9, 7)
    raw = [week_level(grid[b], spread[b]) for b in range(9)]
    usual = numpy.zeros(7)
    for weekday in range(7):
        above = [grid[b, weekday] - raw[b][0] for b in range(8) if raw[b] and not numpy.isnan(grid[b, weekday])]
        usual[weekday] = numpy.median(above) if above else 0
    plain = grid - usual
    weeks = [week_level(plain[b], spread[b]) for b in range(9)]
    known = [b for b in range(8) if weeks[b]]
    if not weeks[8] or len(known) < 6:
        return None
    t = numpy.array(known, dtype=float) - 8
    design = numpy.column_stack([numpy.ones(len(t)), t])
    weights = numpy.linalg.pinv(design)[0]  # of the line's value at 0
    expected = weights @ numpy.array([weeks[b][0] for b in known])
    variance = weeks[8][1] + (weights ** 2) @ numpy.array([weeks[b][1] for b in known])
    residuals = numpy.sort((plain[8] - expected)[~numpy.isnan(plain[8])])
    third = (len(residuals) - 1) // 3
    sure = max(0, residuals[third]) + min(0, residuals[-1 - third])
    return weeks[8][0] - expected, math.sqrt(variance), sure


def first_alarm(values, variances):
    """The first day on which the level has shifted, (day, z, threshold), or None."""
    scores = {}
    for day in range(62, len(values)):
        judged = judge_week(values[day - 62:day + 1], variances[day - 62:day + 1])
        if not judged:
            continue
        shift, error, sure = judged
        earlier = [score for before, score in scores.items() if before + 7 <= day]
        weeks = len(earlier) / 7
        spread = 1.0
        if earlier:
            spread = max(1.0, (4 + weeks * (numpy.median(earlier) / 0.6744897501960817) ** 2) / (4 + weeks))
        scores[day] = abs(shift) / error
        z, threshold = sure / (error * math.sqrt(spread)), stats.t.ppf(1 - ALPHA / 2, 4 + weeks)
        if weeks >= 8 and abs(z) > threshold:
            return day, z, threshold
    return None


class Made:
    """One import and what is computed of it; the tests look at it from many sides and change nothing."""

    shop = sales = reference = None


def setUpModule():
    data = shop.find_data(shop.ONLINE_RETAIL)
    folder = tempfile.TemporaryDirectory(prefix="coterie-e2e-")
    unittest.addModuleCleanup(folder.cleanup)
    Made.shop = Path(folder.name) / "online.shop"
    shop.import_online_retail(data, Made.shop)
    Made.sales = sales("--by", "month")
    Made.reference = Reference(data)


def sales(*more, place=None):
    answer = shop.run("sales", place or Made.shop, *more, "--json", "--quiet")
    assert answer.exit_code == 0, answer.stderr
    return answer.json()


class OnlineRetail(unittest.TestCase):
    def assert_close(self, value, expected, where):
        if expected is None or isinstance(expected, (bool, str)):
            self.assertEqual(value, expected, where)
        elif isinstance(expected, (int, numpy.integer)):
            self.assertEqual(value, int(expected), where)
        else:
            self.assertTrue(math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-9), (where, value, expected))

    def test_every_period_is_that_of_pandas(self):
        for by in ("day", "week", "month"):
            found, expected = sales("--by", by)["periods"], Made.reference.periods(by)
            self.assertEqual([one["start"] for one in found], [one["start"] for one in expected])
            for one, other in zip(found, expected):
                self.assertEqual(set(one), set(other))
                for key in other:
                    self.assert_close(one[key], other[key], (by, other["start"], key))

    def test_the_total_adds_up(self):
        total, periods = Made.sales["total"], Made.sales["periods"]
        for key in ("orders", "guest_orders", "refunds", "net_amount", "buy_amount", "refund_amount"):
            self.assert_close(total[key], sum(one[key] for one in periods), key)
        self.assertEqual(total["members"], sum(one["new_members"] for one in periods))
        self.assertEqual(total["members"], Made.reference.of_members.user.nunique())

    def test_weekday_factors(self):
        factors, weeks = Made.reference.weekday_factors()
        found = Made.sales["weekdays"]["factors"]
        self.assertEqual([one["weeks"] for one in found], weeks)
        for one, factor in zip(found, factors):
            self.assert_close(one["factor"], float(factor), one["weekday"])

    def test_sudden_changes(self):
        daily = Made.reference.daily()
        values = numpy.where(daily.x > 0, numpy.log(numpy.where(daily.x > 0, daily.x, 1)), numpy.nan)
        variances = numpy.where(daily.x > 0, daily.xx / numpy.where(daily.x > 0, daily.x, 1) ** 2, 0)
        self.assertEqual(Made.sales["shifts"]["days"], int((daily.x > 0).sum()))
        alarm, found = first_alarm(values, variances), Made.sales["shifts"]["shifts"]
        self.assertEqual(alarm is None, not found, (alarm, found))
        if alarm:
            self.assertEqual(found[0]["alarm"], (daily.index[alarm[0]] + DAY).date().isoformat())
            self.assertTrue(math.isclose(found[0]["z"], alarm[1], rel_tol=1e-6))

    def test_a_planted_change_is_found_on_the_day_that_a_plain_reference_finds_it(self):
        rng = numpy.random.default_rng(3)
        rows, day0 = ["user_id,item_id,behavior_type,timestamp,order_id"], pandas.Timestamp("2024-01-01")
        counts = []
        for day in range(240):
            counts.append(int(rng.poisson(50 * (1.7 if day >= 170 else 1) * (0.6 if day % 7 == 6 else 1))))
            moment = (day0 + day * DAY + pandas.Timedelta(hours=12)).strftime("%Y-%m-%d %H:%M:%S")
            rows += [f"u{rng.integers(900)},i1,buy,{moment},o{day}-{n}" for n in range(counts[-1])]
        rows.append(f"u1,i1,view,{(day0 + 240 * DAY).date()} 09:00:00,")
        with tempfile.TemporaryDirectory() as folder:
            file, place = Path(folder) / "planted.csv", Path(folder) / "planted.shop"
            file.write_text("\n".join(rows) + "\n", encoding="utf-8")
            made = shop.run("import", place, file, *shop.NEW, "--json", "--quiet")
            self.assertEqual(made.exit_code, 0, made.stderr)
            watched = sales(place=place)["shifts"]
        alarm = first_alarm(numpy.log(numpy.array(counts, dtype=float)), 1 / numpy.array(counts, dtype=float))
        self.assertEqual(watched["of"], "orders")
        self.assertEqual(watched["shifts"][0]["alarm"], (day0 + (alarm[0] + 1) * DAY).date().isoformat())
        self.assertTrue(math.isclose(watched["shifts"][0]["z"], alarm[1], rel_tol=1e-9))
        self.assertTrue(math.isclose(watched["shifts"][0]["threshold"], alarm[2], rel_tol=1e-9))
        since = pandas.Timestamp(watched["shifts"][0]["since"])
        self.assertLessEqual(abs((since - day0).days - 170), 3)

    def test_the_retention_triangle(self):
        expected = Made.reference.cohorts()
        self.assertEqual([one["month"] for one in Made.sales["cohorts"]], [month for month, *_ in expected])
        for found, (month, members, is_whole, again) in zip(Made.sales["cohorts"], expected):
            self.assertEqual((found["members"], found["is_whole"]), (members, is_whole), month)
            self.assertEqual([cell["members"] for cell in found["again"]], again, month)
            for cell in found["again"]:
                self.assert_close(cell["share"], cell["members"] / members, month)
        self.assertEqual(Made.sales["cohorts"][-1]["again"], [], "December 2011 is not over: empty, not zero")

    def test_the_time_to_the_second_purchase(self):
        days, came = Made.reference.second_purchases()
        curve, found = kaplan_meier(days, came), Made.sales["second_purchase"]
        self.assertEqual((found["members"], found["again"]), (len(days), int(came.sum())))

        def first_below(column):
            return next((int(step[0]) for step in curve if step[column] <= 0.5), None)

        self.assertEqual(found["median_days"], {"value": first_below(2), "low": first_below(3), "high": first_below(4)})
        for one in found["shares"] + found["curve"]:
            before = [step for step in curve if step[0] <= one["days"]]
            self.assertEqual(one["at_risk"], int((days >= one["days"]).sum()), one)
            self.assert_close(one["share"], float(1 - before[-1][2]), one)
            self.assert_close(one["low"], float(1 - before[-1][4]), one)
            self.assert_close(one["high"], float(1 - before[-1][3]), one)
        self.assertEqual([one["days"] for one in found["shares"]], list(SHARE_DAYS))

    def test_the_gaps_between_purchases(self):
        gaps, found = Made.reference.gaps(), Made.sales["gaps"]
        self.assertEqual(found["gaps"], len(gaps))
        for one in found["quantiles"]:
            self.assert_close(one["days"], float(numpy.quantile(gaps, one["q"])), one)
        self.assertEqual([(one["from"], one["to"]) for one in found["histogram"]], list(BINS))
        for one in found["histogram"]:
            within = (gaps >= one["from"]) & (gaps <= (one["to"] or math.inf))
            self.assertEqual(one["gaps"], int(within.sum() if one["to"] != 0 else (gaps == 0).sum()), one)
            self.assert_close(one["share"], one["gaps"] / len(gaps), one)

    def test_abc_and_gini(self):
        for name, amounts in (("items", Made.reference.net_of_items()), ("members", Made.reference.net_of_members())):
            found, expected = Made.sales["abc"][name], classes(amounts)
            self.assertEqual(found["count"], len(amounts), name)
            self.assertEqual(found["not_positive"], sum(amount <= 0 for amount in amounts), name)
            self.assert_close(found["gini"], float(gini(amounts)), name)
            total = sum(max(0, amount) for amount in amounts)
            for one in found["classes"]:
                count, amount = expected[one["class"]]
                self.assertEqual(one["count"], count, (name, one))
                self.assert_close(one["amount"], amount / UNITS, (name, one))
                self.assert_close(one["amount_share"], amount / total, (name, one))
                self.assert_close(one["share"], count / len(amounts), (name, one))

    def test_what_is_not_recorded_is_said(self):
        self.assertIsNone(Made.sales["funnel"])
        self.assertEqual([limit["code"] for limit in Made.sales["limits"]], ["sales_no_funnel"])

    def test_the_same_for_any_number_of_threads_and_little_memory(self):
        self.assertEqual(sales("--by", "month", "--memory", "256MB"), Made.sales)
        one = shop.run("sales", Made.shop, "--by", "month", "--json", "--quiet", "--threads", "1").json()
        self.assertEqual(one, Made.sales)

    def test_tables_in_both_languages(self):
        for language, parts in (("en", ("first bought in", "95 % interval", "A members", "Gini", "Tuesday", "in all")),
                                ("zh", ("首次购买月份", "95% 区间", "A 类会员", "基尼系数", "星期二", "合计"))):
            answer = shop.run("sales", Made.shop, "--lang", language, "--quiet")
            self.assertEqual((answer.exit_code, answer.stderr), (0, ""))
            for part in parts:
                self.assertIn(part, answer.stdout)
            self.assertNotIn("nan", answer.stdout.lower().replace("finan", ""))

    def test_an_earlier_instant_knows_less(self):
        early = sales("--by", "month", "--as-of", "2011-06-01")
        self.assertEqual(early["as_of"][:10], "2011-06-01")
        for before, after in zip(early["periods"], Made.sales["periods"]):
            self.assertEqual(before, after)
        self.assertEqual(len(early["periods"]), 6)
        self.assertEqual(early["cohorts"][0]["again"], Made.sales["cohorts"][0]["again"][:6])


class Shops(shop.ShopTest):
    def imported(self, text, name="events"):
        place = self.folder / f"{name}.shop"
        answer = shop.run("import", place, self.write(f"{name}.csv", text), *shop.NEW, "--json", "--quiet")
        self.assertEqual(answer.exit_code, 0, answer.stderr)
        return place

    def test_a_run_records_what_the_command_computes_and_sessions_make_a_funnel(self):
        place = self.folder / "made.shop"
        self.ok("generate", place, "--users", "600", "--days", "200", "--seed", "4")
        record = shop.run("run", place, "--json", "--quiet").json()
        found = self.ok("sales", place)
        self.assertEqual(record["sales"], found)
        self.assertEqual(found["funnel"]["of"], "sessions")
        midnight = pandas.Timestamp(found["as_of"]).tz_convert("UTC").tz_localize(None)
        rows = shop.Shop(place).sql(
            "SELECT session_id, list(DISTINCT behavior) FROM events WHERE session_id IS NOT NULL "
            f"AND ts < TIMESTAMP '{midnight}' AND (user_id IS NULL OR user_id NOT IN (SELECT user_id FROM users "
            "WHERE trait IN ('is_bot', 'is_test', 'is_internal') AND value = 'true' "
            f"AND valid_from <= TIMESTAMP '{midnight}')) GROUP BY session_id")
        before, needed = None, set()
        for step in found["funnel"]["steps"]:
            needed = needed | {step["behavior"]}
            reached = sum(needed <= set(done) for _, done in rows)
            self.assertEqual(step["did"], sum(step["behavior"] in done for _, done in rows), step)
            self.assertEqual(step["reached"], reached, step)
            self.assertEqual(step["conversion"], None if before is None else reached / before, step)
            before = reached
        self.assertEqual([step["behavior"] for step in found["funnel"]["steps"]], ["view", "cart", "checkout", "buy"])

    def test_shops_that_lack_something_say_so_in_both_languages(self):
        header = shop.HEADER
        shops = {
            "views": (header + "u1,i1,view,2025-01-01 10:00:00\nu2,i1,view,2025-01-02 10:00:00\n", {"sales_none"}),
            "buys": (header + "u1,i1,buy,2025-01-01 10:00:00\nu1,i2,buy,2025-01-03 10:00:00\n", {"sales_no_amounts", "sales_no_funnel"}),
            "once": (header + "u1,i1,buy,2025-01-01 10:00:00\nu2,i2,view,2025-01-01 11:00:00\nu2,i2,view,2025-01-03 10:00:00\n", {"sales_no_gaps", "sales_no_cart", "sales_no_checkout"}),
        }
        for name, (text, expected) in shops.items():
            place = self.imported(text, name)
            for by in ("day", "week", "month"):
                found = self.ok("sales", place, "--by", by)
                self.assertLessEqual(expected, {limit["code"] for limit in found["limits"]}, name)
            for language in ("en", "zh"):
                answer = shop.run("sales", place, "--lang", language, "--quiet")
                self.assertEqual((answer.exit_code, answer.stderr), (0, ""), name)
                for limit in found["limits"]:
                    self.assertIn(limit[language], answer.stdout)
                self.assertNotIn("nan", answer.stdout)
            self.assertEqual(shop.run("run", place, "--json", "--quiet").exit_code, 0)
            self.assertEqual(self.ok("sales", place, "--as-of", "2999-01-01")["known_until"][:10], "2025-01-04" if name != "views" else "2025-01-03")

    def test_bad_requests_are_refused_in_words(self):
        place = self.imported(shop.GOOD)
        self.refused("invalid_argument", "sales", place, "--by", "year")
        self.refused("invalid_argument", "sales", place, "--as-of", "soon")
        self.refused("failed_precondition", "sales", place, "--as-of", "2001-01-01", says=("no events before",))
        self.refused("not_found", "sales", self.folder / "nowhere.shop")


if __name__ == "__main__":
    unittest.main()

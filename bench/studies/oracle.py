"""What can be known about a generated shop's members by someone who knows how such members are made (the laws of
docs/methods/simulate.md with their true parameters) and sees the same history as everybody else.

It is Bayes' rule on a grid: nobody who sees only the history can do better on average, but for what is left out, as
stated at each function. It reads the CSV of `coterie generate SHOP.csv --csv --dirty 0` and the files in
SHOP.csv.truth. numpy, scipy and pandas; shares no code with the product.
"""
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special, stats

VISIT = ["view", "search", "favorite", "cart", "checkout", "buy", "login", "share"]


@dataclass
class Shop:
    """A generated shop: `events` by time, with columns member, day, category; and its truth."""
    events: pd.DataFrame
    members: pd.DataFrame
    items: pd.DataFrame
    days: pd.DataFrame
    facts: dict


def load(csv):
    truth = Path(f"{csv}.truth")
    facts = json.loads((truth / "shop.json").read_text())
    members, items, days = (pd.read_csv(truth / f"{name}.csv") for name in ("members", "items", "days"))
    events = pd.read_csv(csv, usecols=["user_id", "item_id", "behavior_type", "timestamp", "quantity", "unit_price",
                                       "discount", "order_id", "session_id"], dtype={"session_id": str})
    events = events[events.user_id.notna()]  # guests are nobody's history
    events["member"] = events.user_id.str[1:].astype(int)
    first = np.datetime64(days.date[0])
    events["day"] = (events.timestamp.str[:10].to_numpy("datetime64[D]") - first).astype(int)
    events["item"] = events.item_id.str[1:].astype(float).fillna(-1).astype(int)
    events["category"] = np.where(events.item >= 0, items.category.to_numpy()[events.item], -1)
    return Shop(events, members, items, days, facts)


def clocks(shop):
    """Readings at midnights, one row a rhythm of the week, days + 1 columns: the last is extrapolated by a mean day."""
    table = shop.days[["clock_0", "clock_1", "clock_2"]].to_numpy().T
    return np.hstack([table, table[:, -1:] + (table[:, -1:] - table[:, -2:-1])])


def visits_before(shop, day):
    """Of each member before the local day: number of visits and of visits with an order, clock at the first and last
    visit (the middle of the day stands for the unseen moment) and at `day`."""
    seen = shop.events[(shop.events.day < day) & shop.events.session_id.notna()]
    visits = seen.drop_duplicates("session_id")
    count = len(shop.members)
    rhythm = shop.members.week_rhythm.to_numpy()
    clock = clocks(shop)
    middle = (clock[:, :-1] + clock[:, 1:]) / 2
    at = middle[rhythm[visits.member], visits.day]
    bought = seen[seen.behavior_type == "buy"].drop_duplicates("session_id").member
    x = np.bincount(visits.member, minlength=count)
    first, last = np.full(count, np.inf), np.zeros(count)
    np.minimum.at(first, visits.member.to_numpy(), at)
    np.maximum.at(last, visits.member.to_numpy(), at)
    return pd.DataFrame({"x": x, "orders": np.bincount(bought, minlength=count), "first": first, "last": last,
                         "now": clock[rhythm, day], "existing": shop.members.join_day.to_numpy() < 0,
                         "end": clock[rhythm, -1]})


def lognormal(mean, variance):
    sigma = np.sqrt(np.log1p(variance / mean**2))
    return stats.lognorm(sigma, scale=mean * np.exp(-sigma**2 / 2))


def rate_grid(facts, points=64):
    """Visit rates and their prior weights: the middle of equally likely parts."""
    mean, shape = facts["visits_per_day"], facts["visit_shape"]
    law = (stats.gamma(shape, scale=mean / shape) if facts["family"] == "gamma" else lognormal(mean, mean**2 / shape))
    return np.maximum(law.ppf((np.arange(points) + 0.5) / points), 1e-5)


def chance_grid(a, b, family, points=48):
    """Chances in the middle of equally likely parts."""
    at = (np.arange(points) + 0.5) / points
    if family == "gamma":
        return stats.beta(a, b).ppf(at)
    hazard = lognormal(special.digamma(a + b) - special.digamma(b),
                       special.polygamma(1, b) - special.polygamma(1, a + b))
    return -np.expm1(-hazard.ppf(at))


class Posterior:
    """Of (visit rate, drop-out chance, still here) given the visits, on a grid; seen members only.

    The gap to the first visit of an existing member counts as the exponential it is, given that it lies in the period;
    joining does not depend on the rate. Members without a visit yet are unknown: nobody asks about them."""

    def __init__(self, shop, day):
        self.facts = shop.facts
        self.visits = visits_before(shop, day)
        self.users = np.flatnonzero(self.visits.x > 0)
        v = self.visits.iloc[self.users]
        self.rate = rate_grid(shop.facts)
        self.leave = chance_grid(shop.facts["dropout_a"], shop.facts["dropout_b"], shop.facts["family"])
        x, first, last, now, end = (v[c].to_numpy()[:, None] for c in ("x", "first", "last", "now", "end"))
        existing = v.existing.to_numpy()[:, None]
        log_rate = (x - 1) * np.log(self.rate) - self.rate * (last - first)
        arrival = np.log(self.rate) - self.rate * first - np.log(-np.expm1(-self.rate * end))
        log_rate = log_rate + np.where(existing, arrival, 0.0)
        log_stay = (x - 1) * np.log1p(-self.leave)
        waiting = np.exp(-self.rate * (now - last))                          # no visit since the last, if still here
        rate_weight = np.exp(log_rate - log_rate.max(1, keepdims=True))
        stay_weight = np.exp(log_stay - log_stay.max(1, keepdims=True))
        # weight(rate, leave, here) = rate_weight · stay_weight · (1 - leave) · waiting;  gone: ... · leave
        self.gone = rate_weight.sum(1) * (stay_weight * self.leave).sum(1)
        self.here_rate = rate_weight * waiting                                # users × rates
        self.here_leave = stay_weight * (1 - self.leave)                      # users × chances
        here = self.here_rate.sum(1) * self.here_leave.sum(1)
        self.alive = here / (here + self.gone)
        self.horizon = {}

    def no_visit(self, clock_days):
        """Chance that no visit comes within so many days of the shop's clock."""
        stay = (self.here_rate * np.exp(-self.rate * clock_days[:, None])).sum(1) / self.here_rate.sum(1)
        return 1 - self.alive + self.alive * stay

    def buys(self, clock_days, factor, points=24):
        """Chance of an order from a visit within so many days of the clock; `factor` on the chance that a visit ends
        with one. Within the horizon an order is a race between buying and leaving."""
        facts, v = self.facts, self.visits.iloc[self.users]
        q = np.clip(chance_grid(facts["buy_a"], facts["buy_b"], facts["family"], points), 1e-9, 1 - 1e-9)
        k, x = v.orders.to_numpy()[:, None], v.x.to_numpy()[:, None]
        log_q = k * np.log(q) + (x - k) * np.log1p(-q)
        q_weight = np.exp(log_q - log_q.max(1, keepdims=True))
        q_weight /= q_weight.sum(1, keepdims=True)
        rate_weight = self.here_rate / self.here_rate.sum(1, keepdims=True)
        leave_weight = self.here_leave / self.here_leave.sum(1, keepdims=True)
        out = np.zeros(len(v))
        for j, buy in enumerate(np.minimum(q * factor, 0.95)):
            for i, leave in enumerate(self.leave):
                end_rate = buy + (1 - buy) * leave
                ends = -np.expm1(-self.rate * end_rate * clock_days[:, None])
                out += q_weight[:, j] * leave_weight[:, i] * (rate_weight * ends).sum(1) * buy / end_rate
        return self.alive * out


def fresh_categories(shop, day):
    """[member, category]: how often a category was chosen afresh before `day`: the first view of a visit, and each change. A
    fresh choice of the same category cannot be told from staying."""
    views = shop.events[(shop.events.behavior_type == "view") & (shop.events.day < day)]
    views = views.sort_values(["session_id", "timestamp"], kind="stable")
    fresh = (views.session_id != views.session_id.shift()) | (views.category != views.category.shift())
    counts = np.zeros((len(shop.members), len(shop.facts["categories"])))
    np.add.at(counts, (views.member[fresh], views.category[fresh]), 1)
    return counts


def group_posterior(shop, day):
    """[member, group]: of the latent taste group given what the member looked at: Dirichlet-multinomial on the fresh
    choices, seasons left out. Members without a view get the prior."""
    counts = fresh_categories(shop, day)
    alpha = shop.facts["taste_concentration"] * np.array(shop.facts["group_taste"])
    log = (special.gammaln(alpha[None] + counts[:, None]) - special.gammaln(alpha[None])).sum(2)
    log -= log.max(1, keepdims=True)
    out = np.exp(log)
    return out / out.sum(1, keepdims=True)

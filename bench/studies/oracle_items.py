"""What a member will buy, by someone who knows how members choose (docs/methods/simulate.md, with the true parameters) and
sees the same history as everybody else.

Tastes, favourite style and price level are each known through their posterior given what the member looked at, as if
independent of each other; views of remembered purchases count as choices like the others, and the season is the mean of
the window. numpy and scipy; shares no code with the product.
"""
import numpy as np
from scipy import sparse, stats

import oracle

STYLES, TRIES, REMEMBERED, BLOCK = 6, 4, 8, 2000


def tried(weight, accept):
    """Shares of what is drawn by `weight` and kept with chance `accept`; the last of four proposals is taken. By row."""
    weight = weight / weight.sum(-1, keepdims=True)
    refused = 1 - (weight * accept).sum(-1, keepdims=True)
    return weight * (accept * sum(refused**k for k in range(TRIES - 1)) + refused**(TRIES - 1))


def item_chances(shop, day, levels):
    """[level, item]: the chance of an item of its category and style at `day`; 0 for those that are not on sale yet."""
    items, out = shop.items, np.zeros((len(levels), len(shop.items)))
    on_sale = items.first_day.to_numpy() < day
    gap = (items.price_position.to_numpy()[None] - levels[:, None]) / shop.facts["price_fit_width"]
    accept = np.exp(-0.5 * gap**2)
    for cell in items.groupby(["category", "style"]).indices.values():
        cell = cell[on_sale[cell]]
        out[:, cell] = tried(np.broadcast_to(items.popularity.to_numpy()[cell], (len(levels), len(cell))), accept[:, cell])
    return out


def normalized(log):
    weight = np.exp(log - log.max(1, keepdims=True))
    return weight / weight.sum(1, keepdims=True)


class Chooser:
    """Scores of all items for members: proportional to the chance that a line of an order of theirs is the item."""

    def __init__(self, shop, day, horizon):
        facts, items = shop.facts, shop.items
        self.shop, self.day = shop, day
        self.category, self.style = items.category.to_numpy(), items["style"].to_numpy()
        self.levels = stats.norm(0, facts["budget_sigma"]).ppf((np.arange(15) + 0.5) / 15)
        self.chances = item_chances(shop, day, self.levels)
        views = shop.events[(shop.events.behavior_type == "view") & (shop.events.day < day)]
        shape = (len(shop.members), len(items))
        seen = sparse.csr_matrix((np.ones(len(views)), (views.member, views["item"])), shape=shape)
        self.level_weight = normalized(seen @ np.log(item_chances(shop, day + horizon, self.levels) + 1e-12).T)
        styles = seen @ np.eye(STYLES)[self.style]
        focus, other = facts["style_focus"], (1 - facts["style_focus"]) / STYLES
        own = normalized(styles * (np.log(focus + other) - np.log(other)))
        self.style_weight = focus * own + other
        season = shop.days[[c for c in shop.days if c.startswith("season_")]].to_numpy()[day:day + horizon].mean(0)
        self.taste = tried(self.mean_taste(), season)

    def mean_taste(self):
        shop, day = self.shop, self.day
        alpha = shop.facts["taste_concentration"] * np.array(shop.facts["group_taste"])
        counts = oracle.fresh_categories(shop, day)
        of_group = oracle.group_posterior(shop, day)
        return (of_group @ alpha + counts) / (alpha.sum(1).mean() + counts.sum(1, keepdims=True))

    def habits(self, users):
        """[user, item]: share of a purchase in its category among the last eight different ones."""
        shop = self.shop
        buys = shop.events[(shop.events.behavior_type == "buy") & (shop.events.day < self.day)]
        buys = buys[buys.member.isin(users)]
        bought = buys.groupby(["member", "item"]).agg(times=("day", "size"), last=("day", "max")).reset_index()
        bought = bought.sort_values(["times", "last"], kind="stable").groupby("member").tail(REMEMBERED)
        row = np.searchsorted(users, bought.member)
        category = self.category[bought["item"]]
        total = np.zeros((len(users), self.category.max() + 1))
        np.add.at(total, (row, category), bought.times)
        share = np.zeros((len(users), len(self.category)))
        share[row, bought["item"]] = bought.times / total[row, category]
        return share, total > 0

    def scores(self, users, with_habits):
        out = (self.level_weight[users] @ self.chances) * self.style_weight[users][:, self.style]
        if with_habits:
            share, has_habit = self.habits(users)
            repeat = np.array(self.shop.facts["repeat_chance"])[None] * has_habit
            out = repeat[:, self.category] * share + (1 - repeat)[:, self.category] * out
        return out * self.taste[users][:, self.category]


def recall_at_20(shop, day, horizon, only_new, score):
    """Mean over the members who bought before `day` and in the horizon something relevant (that somebody bought before;
    with only_new, that they had not). score(users) gives [user, item]; lists are made over what anybody bought before."""
    buys = shop.events[shop.events.behavior_type == "buy"]
    shape = (len(shop.members), len(shop.items))
    made = [buys[buys.day < day], buys[(buys.day >= day) & (buys.day < day + horizon)]]
    before, after = (sparse.csr_matrix((np.ones(len(b)), (b.member, b["item"])), shape=shape) > 0 for b in made)
    known = np.asarray(before.sum(0)).ravel() > 0
    after = after.multiply(known[None]).tocsr()
    relevant = (after > after.multiply(before)).tocsr() if only_new else after > 0
    users = np.flatnonzero((before.getnnz(1) > 0) & (np.asarray(relevant.sum(1)).ravel() > 0))
    recalls = []
    for begin in range(0, len(users), BLOCK):
        block = users[begin:begin + BLOCK]
        scores = np.where(known, score(block), -1.0)
        if only_new:
            scores[before[block].toarray()] = -1.0
        top = np.argpartition(-scores, 20, axis=1)[:, :20]
        is_relevant = relevant[block].toarray()
        recalls.append(np.take_along_axis(is_relevant, top, 1).sum(1) / is_relevant.sum(1))
    return float(np.concatenate(recalls).mean()), len(users)

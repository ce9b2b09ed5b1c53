#include "understand/recommend/methods.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace coterie::understand {

using base::Result;

namespace {

// Fills up and breaks ties by popularity: a share of the first item's count, below `weight`.
class PopularityShare {
 public:
  PopularityShare(const PurchaseHistory& history, double weight)
      : history_(history),
        weight_(weight),
        most_(history.by_popularity.empty() ? 1.0
                                            : history.buyers_of_item[history.by_popularity.front()] + 1.0) {}
  double operator()(uint32_t item) const { return weight_ * history_.buyers_of_item[item] / most_; }

 private:
  const PurchaseHistory& history_;
  double weight_;
  double most_;
};

// Far below any difference of cosines or of orders: it only orders ties.
constexpr double kTieWeight = 1e-9;

std::vector<double> score_items(const PurchaseHistory& history, auto score_of) {
  std::vector<double> scores(history.interactions.items);
  for (uint32_t item = 0; item < scores.size(); ++item) scores[item] = score_of(item);
  return scores;
}

class Popularity final : public RecommendMethod {
 public:
  Popularity(const PurchaseHistory& history, bool is_recent)
      : RecommendMethod(score_items(history,
                                    [&, share = PopularityShare(history, 0.5)](uint32_t item) {
                                      return is_recent ? history.recent_buyers_of_item[item] + share(item)
                                                       : history.buyers_of_item[item];
                                    })),
        is_recent_(is_recent) {}
  std::string_view name() const override { return is_recent_ ? "recent_popularity" : "popularity"; }

 private:
  void score_own(size_t, RankScratch&) const override {}
  bool is_recent_;
};

class OwnHistory final : public RecommendMethod {
 public:
  OwnHistory(const PurchaseHistory& history, bool is_recent)
      : RecommendMethod(
            score_items(history, [&](uint32_t item) { return finish(history, is_recent, item, 0.0); })),
        history_(history),
        is_recent_(is_recent) {}
  std::string_view name() const override { return is_recent_ ? "own_history_recent" : "own_history"; }
  std::vector<std::vector<uint32_t>> reasons(size_t user, std::span<const learn::RankedItem> shown, size_t,
                                             RankScratch&) const override {
    std::vector<std::vector<uint32_t>> out(shown.size());
    for (size_t i = 0; i < shown.size(); ++i)
      if (history_.has(user, shown[i].item)) out[i] = {shown[i].item};
    return out;
  }

 private:
  static constexpr double kOthers = 1e-6;  // what the member never bought, by recent popularity alone

  // From what the member bought of an item to its score.
  static double finish(const PurchaseHistory& history, bool is_recent, uint32_t item, double own) {
    if (!is_recent) return own + PopularityShare(history, 1.0)(item);
    return (own + kOthers) * std::sqrt(history.recent_buyers_of_item[item] + 1.0);
  }
  void score_own(size_t user, RankScratch& scratch) const override {
    for (const auto& row : history_.of_user(user))
      scratch.own.push_back({row.item, finish(history_, is_recent_, row.item, row.orders * weight(row))});
  }
  double weight(const profile::BoughtItem& row) const {
    if (!is_recent_) return 1.0;
    const double age_days =
        static_cast<double>(history_.as_of - row.last_ts) / static_cast<double>(base::kDay);
    return std::exp2(-age_days / kHalfLifeDays);
  }
  const PurchaseHistory& history_;
  bool is_recent_;
};

// What the neighbours of the user's profile sum up to.
const std::vector<learn::RankedItem>& sum_neighbours(const learn::ItemKnn& model,
                                                     const learn::Interactions& profiles, size_t user,
                                                     RankScratch& scratch) {
  if (scratch.model == &model && scratch.user == user) return scratch.neighbours;
  scratch.model = &model;
  scratch.user = user;
  scratch.neighbours.clear();
  model.add_scores(profiles.of_user(user), scratch.sums, scratch.reached);
  for (const uint32_t item : scratch.reached) {
    scratch.neighbours.push_back({item, scratch.sums[item]});
    scratch.sums[item] = 0;
  }
  scratch.reached.clear();
  return scratch.neighbours;
}

std::vector<std::vector<uint32_t>> explained_by(const learn::ItemKnn& model,
                                                std::span<const uint32_t> profile,
                                                std::span<const learn::RankedItem> shown, size_t n,
                                                RankScratch& scratch) {
  std::vector<uint32_t> items;
  for (const auto& item : shown) items.push_back(item.item);
  std::vector<std::vector<uint32_t>> out(shown.size());
  const auto reasons = model.explain(profile, items, n, scratch.places);
  for (size_t i = 0; i < shown.size(); ++i)
    for (const auto& reason : reasons[i]) out[i].push_back(reason.item);
  return out;
}

// Of purchases, or of interest.
class ItemKnnMethod final : public RecommendMethod {
 public:
  ItemKnnMethod(const PurchaseHistory& history, std::string_view name, const learn::Interactions& profiles,
                std::shared_ptr<const learn::ItemKnn> model, bool is_recent)
      : RecommendMethod(score_items(history, PopularityShare(history, kTieWeight))),
        history_(history),
        name_(name),
        profiles_(profiles),
        model_(std::move(model)),
        is_recent_(is_recent) {}
  std::string_view name() const override { return name_; }
  std::vector<std::vector<uint32_t>> reasons(size_t user, std::span<const learn::RankedItem> shown, size_t n,
                                             RankScratch& scratch) const override {
    return explained_by(*model_, profiles_.of_user(user), shown, n, scratch);
  }

 private:
  void score_own(size_t user, RankScratch& scratch) const override {
    const PopularityShare share(history_, kTieWeight);
    for (auto [item, score] : sum_neighbours(*model_, profiles_, user, scratch)) {
      if (is_recent_)
        score *= (history_.recent_buyers_of_item[item] + 1.0) / (history_.buyers_of_item[item] + 10.0);
      scratch.own.push_back({item, score + share(item)});
    }
  }
  const PurchaseHistory& history_;
  std::string_view name_;  // a literal
  const learn::Interactions& profiles_;
  std::shared_ptr<const learn::ItemKnn> model_;
  bool is_recent_;
};

// What the member bought by number of orders; within that, and for the rest, by interest: its score s counts
// s / (1 + s), less than one order.
class OwnHistoryThenInterest final : public RecommendMethod {
 public:
  OwnHistoryThenInterest(const PurchaseHistory& history, std::shared_ptr<const learn::ItemKnn> model)
      : RecommendMethod(score_items(history, PopularityShare(history, kTieWeight))),
        history_(history),
        model_(std::move(model)) {}
  std::string_view name() const override { return "own_history_interest"; }
  std::vector<std::vector<uint32_t>> reasons(size_t user, std::span<const learn::RankedItem> shown, size_t n,
                                             RankScratch& scratch) const override {
    auto out = explained_by(*model_, history_.interest.of_user(user), shown, n, scratch);
    for (size_t i = 0; i < shown.size(); ++i)
      if (history_.has(user, shown[i].item)) out[i] = {shown[i].item};
    return out;
  }

 private:
  void score_own(size_t user, RankScratch& scratch) const override {
    const auto owned = history_.of_user(user);
    const auto& neighbours = sum_neighbours(*model_, history_.interest, user, scratch);
    for (const auto& row : owned) scratch.sums[row.item] = row.orders;
    const PopularityShare share(history_, kTieWeight);
    for (const auto& [item, score] : neighbours) {
      scratch.own.push_back({item, score / (1 + score) + share(item) + scratch.sums[item]});
      scratch.sums[item] = 0;
    }
    for (const auto& row : owned) {
      if (scratch.sums[row.item] != 0) scratch.own.push_back({row.item, scratch.sums[row.item]});
      scratch.sums[row.item] = 0;
    }
  }
  const PurchaseHistory& history_;
  std::shared_ptr<const learn::ItemKnn> model_;
};

// The members' items of both, merged.
learn::Interactions interest_of(const learn::Interactions& bought, const profile::ViewedItems& viewed) {
  learn::Interactions out{bought.users, bought.items, {0}, {}};
  out.offsets.reserve(bought.users + 1);
  out.item_index.reserve(viewed.rows.size());
  auto at = viewed.rows.begin();
  std::vector<uint32_t> seen;
  for (uint32_t user = 0; user < bought.users; ++user) {
    seen.clear();
    for (; at != viewed.rows.end() && at->first == user; ++at) seen.push_back(at->second);
    const auto own = bought.of_user(user);
    std::set_union(own.begin(), own.end(), seen.begin(), seen.end(), std::back_inserter(out.item_index));
    out.offsets.push_back(out.item_index.size());
  }
  return out;
}

}  // namespace

RecommendMethod::RecommendMethod(const std::vector<double>& common) {
  for (uint32_t item = 0; item < common.size(); ++item) common_.push_back({item, common[item]});
  std::sort(common_.begin(), common_.end(), learn::is_better);
}

std::vector<learn::RankedItem> RecommendMethod::best(size_t user, std::span<const uint32_t> exclude, size_t n,
                                                     RankScratch& scratch) const {
  scratch.sums.resize(common_.size());
  scratch.places.resize(common_.size());
  scratch.is_taken.resize(common_.size());
  scratch.own.clear();
  score_own(user, scratch);
  for (const uint32_t item : exclude) scratch.is_taken[item] = 1;
  learn::BestItems best(n);
  for (const learn::RankedItem& candidate : scratch.own) {
    if (scratch.is_taken[candidate.item] == 0) best.offer(candidate);
    scratch.is_taken[candidate.item] = 1;
  }
  // No more than n of the common ranking, the scores of which fall, can be among the n best.
  size_t taken = 0;
  for (size_t i = 0; i < common_.size() && taken < n && common_[i].score > 0; ++i) {
    if (scratch.is_taken[common_[i].item] != 0) continue;
    best.offer(common_[i]);
    ++taken;
  }
  for (const learn::RankedItem& candidate : scratch.own) scratch.is_taken[candidate.item] = 0;
  for (const uint32_t item : exclude) scratch.is_taken[item] = 0;
  return best.take();
}

PurchaseHistory PurchaseHistory::from(profile::BoughtItems bought, base::Timestamp as_of,
                                      base::Timestamp recent_from, const profile::ViewedItems& viewed) {
  PurchaseHistory out;
  out.as_of = as_of;
  out.bought = std::move(bought);
  auto& x = out.interactions;
  x.users = out.bought.users.size();
  x.items = out.bought.items.size();
  x.offsets.assign(x.users + 1, 0);
  out.buyers_of_item.assign(x.items, 0);
  out.recent_buyers_of_item.assign(x.items, 0);
  for (const auto& row : out.bought.rows) {
    ++x.offsets[row.user + 1];
    ++out.buyers_of_item[row.item];
    if (row.last_ts >= recent_from) ++out.recent_buyers_of_item[row.item];
  }
  std::partial_sum(x.offsets.begin(), x.offsets.end(), x.offsets.begin());
  const auto by_user_and_item = [](const auto& a, const auto& b) {
    return a.user != b.user ? a.user < b.user : a.item < b.item;
  };
  if (!std::is_sorted(out.bought.rows.begin(), out.bought.rows.end(), by_user_and_item))
    std::sort(out.bought.rows.begin(), out.bought.rows.end(), by_user_and_item);
  x.item_index.reserve(out.bought.rows.size());
  for (const auto& row : out.bought.rows) x.item_index.push_back(row.item);
  if (!viewed.rows.empty()) out.interest = interest_of(x, viewed);
  out.by_popularity.resize(x.items);
  std::iota(out.by_popularity.begin(), out.by_popularity.end(), 0u);
  std::stable_sort(out.by_popularity.begin(), out.by_popularity.end(),
                   [&](uint32_t a, uint32_t b) { return out.buyers_of_item[a] > out.buyers_of_item[b]; });
  return out;
}

bool PurchaseHistory::has(size_t user, uint32_t item) const {
  const auto owned = interactions.of_user(user);
  return std::binary_search(owned.begin(), owned.end(), item);
}

std::span<const profile::BoughtItem> PurchaseHistory::of_user(size_t user) const {
  const auto& offsets = interactions.offsets;
  return std::span(bought.rows).subspan(offsets[user], offsets[user + 1] - offsets[user]);
}

Result<FittedMethods> fit_methods(const PurchaseHistory& history, const base::Context& context) {
  const auto fit = [&](const learn::Interactions& profiles) -> Result<std::shared_ptr<const learn::ItemKnn>> {
    COTERIE_ASSIGN(auto fitted, learn::ItemKnn::fit(profiles, {}, context));
    return std::make_shared<const learn::ItemKnn>(std::move(fitted));
  };
  FittedMethods out;
  COTERIE_ASSIGN(out.item_knn, fit(history.interactions));
  for (const bool is_recent : {false, true})
    out.methods.push_back(std::make_unique<Popularity>(history, is_recent));
  for (const bool is_recent : {false, true})
    out.methods.push_back(std::make_unique<OwnHistory>(history, is_recent));
  for (const bool is_recent : {false, true})
    out.methods.push_back(std::make_unique<ItemKnnMethod>(history, is_recent ? "item_knn_recent" : "item_knn",
                                                          history.interactions, out.item_knn, is_recent));
  if (!history.has_interest()) return out;
  COTERIE_ASSIGN(out.item_knn_interest, fit(history.interest));
  out.methods.push_back(std::make_unique<ItemKnnMethod>(history, "item_knn_interest", history.interest,
                                                        out.item_knn_interest, false));
  out.methods.push_back(std::make_unique<OwnHistoryThenInterest>(history, out.item_knn_interest));
  return out;
}

}  // namespace coterie::understand

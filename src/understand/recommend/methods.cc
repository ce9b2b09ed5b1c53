#include "understand/recommend/methods.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace coterie::understand {

using base::Result;

namespace {

// Fills up and breaks ties by popularity: a share of the first item's count, below `weight`.
void add_popularity(const PurchaseHistory& history, double weight, std::span<double> scores) {
  const double most =
      history.by_popularity.empty() ? 1.0 : history.buyers_of_item[history.by_popularity.front()] + 1.0;
  for (size_t item = 0; item < scores.size(); ++item)
    scores[item] += weight * history.buyers_of_item[item] / most;
}

// Far below any difference of cosines or of orders: it only orders ties.
constexpr double kTieWeight = 1e-9;

class Popularity final : public RecommendMethod {
 public:
  Popularity(const PurchaseHistory& history, bool is_recent) : history_(history), is_recent_(is_recent) {}
  std::string_view name() const override { return is_recent_ ? "recent_popularity" : "popularity"; }
  void score(size_t, std::span<double> scores) const override {
    const auto& counts = is_recent_ ? history_.recent_buyers_of_item : history_.buyers_of_item;
    std::copy(counts.begin(), counts.end(), scores.begin());
    if (is_recent_) add_popularity(history_, 0.5, scores);
  }

 private:
  const PurchaseHistory& history_;
  bool is_recent_;
};

class OwnHistory final : public RecommendMethod {
 public:
  OwnHistory(const PurchaseHistory& history, bool is_recent) : history_(history), is_recent_(is_recent) {}
  std::string_view name() const override { return is_recent_ ? "own_history_recent" : "own_history"; }
  void score(size_t user, std::span<double> scores) const override {
    std::fill(scores.begin(), scores.end(), 0.0);
    for (const auto& row : history_.of_user(user)) scores[row.item] = row.orders * weight(row);
    if (!is_recent_) return add_popularity(history_, 1.0, scores);
    for (size_t item = 0; item < scores.size(); ++item)
      scores[item] = (scores[item] + kOthers) * std::sqrt(history_.recent_buyers_of_item[item] + 1.0);
  }
  std::vector<uint32_t> reasons(size_t user, uint32_t item, size_t) const override {
    for (const auto& row : history_.of_user(user))
      if (row.item == item) return {item};
    return {};
  }

 private:
  static constexpr double kOthers = 1e-6;  // what the member never bought, by recent popularity alone
  double weight(const profile::BoughtItem& row) const {
    if (!is_recent_) return 1.0;
    const double age_days =
        static_cast<double>(history_.as_of - row.last_ts) / static_cast<double>(base::kDay);
    return std::exp2(-age_days / kHalfLifeDays);
  }
  const PurchaseHistory& history_;
  bool is_recent_;
};

class ItemKnnMethod final : public RecommendMethod {
 public:
  ItemKnnMethod(const PurchaseHistory& history, std::shared_ptr<const learn::ItemKnn> model, bool is_recent)
      : history_(history), model_(std::move(model)), is_recent_(is_recent) {}
  std::string_view name() const override { return is_recent_ ? "item_knn_recent" : "item_knn"; }
  void score(size_t user, std::span<double> scores) const override {
    model_->score(history_.interactions.of_user(user), scores);
    for (size_t item = 0; is_recent_ && item < scores.size(); ++item)
      scores[item] *= (history_.recent_buyers_of_item[item] + 1.0) / (history_.buyers_of_item[item] + 10.0);
    add_popularity(history_, kTieWeight, scores);
  }
  std::vector<uint32_t> reasons(size_t user, uint32_t item, size_t n) const override {
    std::vector<uint32_t> out;
    for (const auto& reason : model_->explain(history_.interactions.of_user(user), item, n))
      out.push_back(reason.item);
    return out;
  }

 private:
  const PurchaseHistory& history_;
  std::shared_ptr<const learn::ItemKnn> model_;
  bool is_recent_;
};

}  // namespace

PurchaseHistory PurchaseHistory::from(profile::BoughtItems bought, base::Timestamp as_of,
                                      base::Timestamp recent_from) {
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
  out.by_popularity.resize(x.items);
  std::iota(out.by_popularity.begin(), out.by_popularity.end(), 0u);
  std::stable_sort(out.by_popularity.begin(), out.by_popularity.end(),
                   [&](uint32_t a, uint32_t b) { return out.buyers_of_item[a] > out.buyers_of_item[b]; });
  return out;
}

std::span<const profile::BoughtItem> PurchaseHistory::of_user(size_t user) const {
  const auto& offsets = interactions.offsets;
  return std::span(bought.rows).subspan(offsets[user], offsets[user + 1] - offsets[user]);
}

Result<FittedMethods> fit_methods(const PurchaseHistory& history, const base::Context& context) {
  COTERIE_ASSIGN(auto fitted, learn::ItemKnn::fit(history.interactions, {}, context));
  FittedMethods out;
  out.item_knn = std::make_shared<const learn::ItemKnn>(std::move(fitted));
  for (const bool is_recent : {false, true})
    out.methods.push_back(std::make_unique<Popularity>(history, is_recent));
  for (const bool is_recent : {false, true})
    out.methods.push_back(std::make_unique<OwnHistory>(history, is_recent));
  for (const bool is_recent : {false, true})
    out.methods.push_back(std::make_unique<ItemKnnMethod>(history, out.item_knn, is_recent));
  return out;
}

}  // namespace coterie::understand

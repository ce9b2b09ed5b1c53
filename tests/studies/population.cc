#include "studies/population.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "learn/metrics/classification.h"
#include "learn/metrics/ranking.h"
#include "profile/features.h"
#include "understand/predict/model.h"
#include "understand/predict/predict.h"
#include "understand/recommend/evaluate_lists.h"
#include "understand/recommend/methods.h"
#include "understand/recommend/recommend.h"

namespace coterie::studies {

using base::Result;
using base::Status;
using base::Timestamp;
using nlohmann::json;
using Claims = std::map<std::string, Claim>;
namespace u = understand;

namespace {

learn::Interval interval_of(const json& j) { return {j["value"], j["low"], j["high"]}; }

Result<data::FeatureTable> features(profile::AsOf& source, Timestamp as_of) {
  return profile::compute_features(source, as_of, {.features = u::predict_features()});
}

// The five metrics, and the model's AUC over each baseline, on rows with known labels.
Result<std::map<std::string, double>> measure(const u::PredictTask& task, const u::PredictModel& model,
                                              const u::TaskRows& rows) {
  COTERIE_ASSIGN(const auto p, model.predict_proba(rows));
  std::map<std::string, double> out;
  COTERIE_ASSIGN(out["auc"], learn::roc_auc_score(p, rows.labels));
  COTERIE_ASSIGN(out["pr_auc"], learn::average_precision_score(p, rows.labels));
  COTERIE_ASSIGN(out["log_loss"], learn::log_loss(p, rows.labels));
  COTERIE_ASSIGN(out["brier"], learn::brier_score_loss(p, rows.labels));
  COTERIE_ASSIGN(out["lift10"], learn::lift_at(p, rows.labels, 0.1));
  COTERIE_ASSIGN(const auto baselines, u::baseline_scores(task, rows));
  for (const auto& [name, scores] : baselines) {
    COTERIE_ASSIGN(const double auc, learn::roc_auc_score(scores, rows.labels));
    out["auc_over_" + std::string(name)] = out["auc"] - auc;
  }
  return out;
}

Status add_prediction(const u::PredictTask& task, profile::AsOf& small, profile::AsOf& population,
                      Timestamp as_of, uint64_t seed, const base::Context& context, Claims* out) {
  const auto before = [&](int64_t days) { return small.calendar().add_days(as_of, -days); };
  COTERIE_ASSIGN_OR_STATUS(const auto train, features(small, before(2 * task.horizon_days)));
  COTERIE_ASSIGN_OR_STATUS(const auto test, features(small, before(task.horizon_days)));
  COTERIE_ASSIGN_OR_STATUS(const auto now, features(small, as_of));
  COTERIE_ASSIGN_OR_STATUS(const auto training, u::select_labelled_rows(task, train, small));
  COTERIE_ASSIGN_OR_STATUS(const auto prediction,
                           u::predict(task, {{training}, &test, &now}, small, seed, context));
  if (!prediction.model) return {};
  COTERIE_ASSIGN_OR_STATUS(const auto model, u::PredictModel::from_state(prediction.model->state));
  COTERIE_ASSIGN_OR_STATUS(const auto all, features(population, before(task.horizon_days)));
  COTERIE_ASSIGN_OR_STATUS(auto rows, u::select_labelled_rows(task, all, population));
  rows.season = u::Season::kTest;
  COTERIE_ASSIGN_OR_STATUS(const auto truth, measure(task, model, rows));
  const size_t users = prediction.evidence["split"]["test"]["users"];
  const std::string prefix = std::string(task.name) + "/";
  for (const auto& [name, metric] : prediction.evidence["metrics"].items())
    (*out)[prefix + name] = {interval_of(metric), truth.at(name), users};
  for (const json& baseline : prediction.evidence["baselines"]) {
    const std::string name = "auc_over_" + baseline["name"].get<std::string>();
    (*out)[prefix + name] = {interval_of(baseline["difference"]), truth.at(name), users};
  }
  return {};
}

// Purchases of the members of the population, by member.
class Purchases {
 public:
  explicit Purchases(const profile::BoughtItems& bought)
      : bought_(bought), offsets_(bought.users.size() + 1, 0) {
    for (const auto& row : bought.rows) ++offsets_[row.user + 1];
    std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
  }
  std::span<const profile::BoughtItem> of(const std::string& user) const {
    const auto at = std::lower_bound(bought_.users.begin(), bought_.users.end(), user);
    if (at == bought_.users.end() || *at != user) return {};
    const auto i = static_cast<size_t>(at - bought_.users.begin());
    return std::span(bought_.rows).subspan(offsets_[i], offsets_[i + 1] - offsets_[i]);
  }

 private:
  const profile::BoughtItems& bought_;
  std::vector<size_t> offsets_;
};

// The small shop before t_test with one member more: the history of a shop that this member belongs to, as every member
// that is judged belongs to its own. Item numbers of the small shop stay; what only this member bought comes after.
class ShopWithOneMore {
 public:
  ShopWithOneMore(const profile::BoughtItems& small, Timestamp t_test, Timestamp recent_from,
                  std::span<const profile::BoughtItem> own, const std::vector<std::string>& own_items)
      : member_(static_cast<uint32_t>(small.users.size())), items_(small.items) {
    profile::BoughtItems bought{small.users, small.items, small.rows};
    bought.users.push_back("one more");
    for (profile::BoughtItem row : own) {
      const std::string& id = own_items[row.item];
      row.item = place(id).value_or(static_cast<uint32_t>(bought.items.size()));
      if (row.item == bought.items.size()) {
        bought.items.push_back(id);
        extra_.push_back(id);
      }
      row.user = member_;
      bought.rows.push_back(row);
    }
    history_ = u::PurchaseHistory::from(std::move(bought), t_test, recent_from);
  }

  const u::PurchaseHistory& history() const { return history_; }

  /// The member with what it bought later and the shop knew; nothing relevant: empty.
  u::JudgedUser judged(std::span<const profile::BoughtItem> later,
                       const std::vector<std::string>& later_items, u::RecommendTask task) const {
    u::JudgedUser out{member_, {}};
    const auto owned = history_.interactions.of_user(member_);
    for (const auto& row : later) {
      const auto item = place(later_items[row.item]);
      if (!item) continue;
      if (task == u::RecommendTask::kNew && std::binary_search(owned.begin(), owned.end(), *item)) continue;
      out.relevant.push_back(*item);
    }
    std::sort(out.relevant.begin(), out.relevant.end());
    return out;
  }

 private:
  std::optional<uint32_t> place(const std::string& id) const {
    const auto at = std::lower_bound(items_.begin(), items_.end(), id);
    if (at != items_.end() && *at == id) return static_cast<uint32_t>(at - items_.begin());
    const auto extra = std::find(extra_.begin(), extra_.end(), id);
    if (extra == extra_.end()) return std::nullopt;
    return static_cast<uint32_t>(items_.size() + static_cast<size_t>(extra - extra_.begin()));
  }

  uint32_t member_;
  const std::vector<std::string>& items_;
  std::vector<std::string> extra_;
  u::PurchaseHistory history_;
};

struct Sums {
  double recall = 0, ndcg = 0;
  size_t users = 0;
};

// What methods come to on a member, added to the sums by "task/method".
void judge(const ShopWithOneMore& shop, const u::FittedMethods& fitted, const u::JudgedUser& user,
           u::RecommendTask task, std::map<std::string, Sums>* sums) {
  u::RankScratch scratch;
  for (const auto& method : fitted.methods) {
    std::vector<uint32_t> list;
    for (const auto& item : u::best_items(*method, shop.history(), user.user, task, u::kListLength, scratch))
      list.push_back(item.item);
    Sums& sum = (*sums)[std::string(to_string(task)) + "/" + std::string(method->name())];
    sum.recall += learn::recall_at_k(list, user.relevant, u::kListLength);
    sum.ndcg += learn::ndcg_at_k(list, user.relevant, u::kListLength);
    ++sum.users;
  }
}

// Every member of the population that the small shop does not have, judged as if it belonged to it.
Result<std::map<std::string, Sums>> true_lists(profile::AsOf& small, profile::AsOf& population,
                                               Timestamp t_test, Timestamp end,
                                               const base::Context& context) {
  const Timestamp recent_from = small.calendar().add_days(t_test, -u::kRecentDays);
  COTERIE_ASSIGN(const auto known, small.bought_items(t_test, small.range().first, t_test));
  COTERIE_ASSIGN(const auto earlier, population.bought_items(t_test, population.range().first, t_test));
  COTERIE_ASSIGN(const auto later, population.bought_items(t_test, t_test, end));
  const Purchases before(earlier), after(later);
  std::map<std::string, Sums> sums;
  for (const std::string& id : later.users) {
    const auto own = before.of(id);
    if (own.empty() || std::binary_search(known.users.begin(), known.users.end(), id)) continue;
    const ShopWithOneMore shop(known, t_test, recent_from, own, earlier.items);
    const auto any = shop.judged(after.of(id), later.items, u::RecommendTask::kAny);
    if (any.relevant.empty()) continue;
    COTERIE_ASSIGN(const auto fitted, u::fit_methods(shop.history(), context));
    judge(shop, fitted, any, u::RecommendTask::kAny, &sums);
    const auto other = shop.judged(after.of(id), later.items, u::RecommendTask::kNew);
    if (!other.relevant.empty()) judge(shop, fitted, other, u::RecommendTask::kNew, &sums);
  }
  return sums;
}

Status add_recommendations(profile::AsOf& small, profile::AsOf& population, Timestamp as_of, uint64_t seed,
                           const base::Context& context, Claims* out) {
  COTERIE_ASSIGN_OR_STATUS(const auto run, u::recommend(small, as_of, seed, context));
  const Timestamp t_test = small.calendar().add_days(as_of, -u::kRecommendHorizonDays);
  COTERIE_ASSIGN_OR_STATUS(const auto truth, true_lists(small, population, t_test, as_of, context));
  for (const auto& task : run.tasks)
    for (const auto& [method, told] : task.evidence["methods"].items()) {
      const std::string name = std::string(to_string(task.task)) + "/" + method;
      const auto at = truth.find(name);
      if (at == truth.end()) continue;
      const Sums& sum = at->second;
      const auto users = static_cast<double>(sum.users);
      (*out)[name + "/recall20"] = {interval_of(told["recall20"]), sum.recall / users,
                                    task.evidence["users"]};
      (*out)[name + "/ndcg20"] = {interval_of(told["ndcg20"]), sum.ndcg / users, task.evidence["users"]};
    }
  return {};
}

}  // namespace

Result<Claims> claims(profile::AsOf& small, profile::AsOf& population, Timestamp as_of, uint64_t seed,
                      const base::Context& context) {
  Claims out;
  COTERIE_CHECK_OK(add_prediction(u::kPurchase, small, population, as_of, seed, context, &out));
  COTERIE_CHECK_OK(add_recommendations(small, population, as_of, seed, context, &out));
  return out;
}

}  // namespace coterie::studies

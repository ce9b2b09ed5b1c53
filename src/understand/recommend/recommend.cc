#include "understand/recommend/recommend.h"

#include <algorithm>

#include "understand/interval_json.h"
#include "understand/limit_json.h"
#include "understand/recommend/evaluate_lists.h"

namespace coterie::understand {

using base::Result;
using nlohmann::json;

namespace {

constexpr size_t kUsersPerChunk = 64;
constexpr size_t kReasons = 3;
constexpr size_t kGoldenProfiles = 10;

// From simple to complex: a later method takes the place of the best so far only when it beats it beyond
// chance.
Result<size_t> choose(const std::vector<ListMetrics>& metrics, uint64_t seed, const base::Context& context,
                      json* comparisons) {
  *comparisons = json::array();
  size_t best = 0;
  for (size_t i = 1; i < metrics.size(); ++i) {
    COTERIE_ASSIGN(const auto difference,
                   learn::bootstrap_mean_difference(metrics[i].recall, metrics[best].recall,
                                                    {.random_state = seed}, context));
    comparisons->push_back({{"method", metrics[i].method},
                            {"against", metrics[best].method},
                            {"recall20_difference", interval_json(difference)}});
    if (difference.low > 0) best = i;
  }
  return best;
}

// Product lists of every member with a history, by the method that was published.
std::vector<Recommendation> make_lists(const RecommendMethod& method, const PurchaseHistory& history,
                                       RecommendTask task, const base::Context& context) {
  const size_t users = history.interactions.users;
  std::vector<std::vector<Recommendation>> parts(base::ThreadPool::chunk_count(users, kUsersPerChunk));
  context.pool->for_chunks(users, kUsersPerChunk, [&](size_t chunk, size_t begin, size_t end) {
    std::vector<double> scratch;
    for (size_t user = begin; user < end; ++user) {
      uint32_t rank = 0;
      for (const auto& item : best_items(method, history, user, task, kListLength, scratch))
        parts[chunk].push_back({static_cast<uint32_t>(user), item.item, ++rank, item.score,
                                method.reasons(user, item.item, kReasons)});
    }
  });
  std::vector<Recommendation> out;
  for (auto& part : parts) std::move(part.begin(), part.end(), std::back_inserter(out));
  return out;
}

struct Judged {
  std::string method;
  json evidence;
};

Result<Judged> judge(RecommendTask task, const PurchaseHistory& history, const FittedMethods& fitted,
                     const profile::BoughtItems& later, uint64_t seed, const base::Context& context) {
  const auto users = judged_users(history, later, task);
  Judged out{
      "", {{"users", users.size()}, {"products", history.interactions.items}, {"methods", json::object()}}};
  if (users.empty()) {
    out.evidence["limits"] = json::array({limit_json("nobody_judged", base::Message::limit_nobody_judged)});
    return out;
  }
  std::vector<ListMetrics> metrics;
  for (const auto& method : fitted.methods) {
    // What a member bought is no answer to what else it may want.
    if (task == RecommendTask::kNew && method->name().starts_with("own_")) continue;
    COTERIE_ASSIGN(auto measured, evaluate_method(*method, history, users, task, seed, context));
    out.evidence["methods"][std::string(measured.method)] = {{"recall20", interval_json(measured.recall20)},
                                                             {"ndcg20", interval_json(measured.ndcg20)},
                                                             {"mrr20", interval_json(measured.mrr20)},
                                                             {"coverage", interval_json(measured.coverage)}};
    metrics.push_back(std::move(measured));
  }
  COTERIE_ASSIGN(const size_t best, choose(metrics, seed, context, &out.evidence["comparisons"]));
  out.method = metrics[best].method;
  return out;
}

registry::NewModel new_model(const learn::ItemKnn& knn, const PurchaseHistory& history) {
  registry::NewModel out;
  out.name = "item_knn";
  out.state = knn.state();
  out.state.names["items"] = history.bought.items;
  // Golden rows: the first profiles as 0/1 rows over at most 512 items, scored over the same items.
  const size_t rows = std::min(kGoldenProfiles, history.interactions.users);
  const size_t cols = std::min<size_t>(512, history.interactions.items);
  out.golden.inputs = kernels::Matrix(rows, cols);
  for (size_t user = 0; user < rows; ++user)
    for (const uint32_t item : history.interactions.of_user(user))
      if (item < cols) out.golden.inputs.at(user, item) = 1;
  out.rescore = rescore_item_knn();
  if (auto outputs = out.rescore(out.state, out.golden.inputs)) out.golden.outputs = std::move(*outputs);
  return out;
}

}  // namespace

registry::Rescore rescore_item_knn() {
  return [](const learn::ModelState& state, const kernels::Matrix& inputs) -> Result<std::vector<double>> {
    COTERIE_ASSIGN(const auto loaded, learn::ItemKnn::from_state(state));
    if (inputs.cols > loaded.items())
      return base::error(base::Code::kDataLoss, "golden rows over more items than the model knows");
    std::vector<double> outputs;
    std::vector<double> scores(loaded.items());
    for (size_t row = 0; row < inputs.rows; ++row) {
      std::vector<uint32_t> profile;
      for (size_t item = 0; item < inputs.cols; ++item)
        if (inputs.at(row, item) != 0) profile.push_back(static_cast<uint32_t>(item));
      loaded.score(profile, scores);
      outputs.insert(outputs.end(), scores.begin(), scores.begin() + static_cast<ptrdiff_t>(inputs.cols));
    }
    return outputs;
  };
}

std::string_view to_string(RecommendTask task) { return task == RecommendTask::kNew ? "new" : "any"; }

Result<Recommendations> recommend(profile::AsOf& source, base::Timestamp as_of, uint64_t seed,
                                  const base::Context& context) {
  const base::Timestamp t_test = source.calendar().add_days(as_of, -kRecommendHorizonDays);
  const base::Timestamp begin = source.range().first;
  COTERIE_ASSIGN(auto later, source.bought_items(t_test, t_test, as_of));
  COTERIE_ASSIGN(auto earlier, source.bought_items(t_test, begin, t_test));
  COTERIE_ASSIGN(auto all, source.bought_items(as_of, begin, as_of));
  const auto train =
      PurchaseHistory::from(std::move(earlier), t_test, source.calendar().add_days(t_test, -kRecentDays));
  Recommendations out;
  out.history = PurchaseHistory::from(std::move(all), as_of, source.calendar().add_days(as_of, -kRecentDays));
  for (const RecommendTask task : kRecommendTasks) out.tasks.push_back({task, "", json::object(), {}});
  if (train.interactions.users == 0) {
    for (auto& task : out.tasks)
      task.evidence = {
          {"methods", json::object()},
          {"limits", json::array({limit_json("nobody_before", base::Message::limit_nobody_before)})}};
    return out;
  }
  COTERIE_ASSIGN(const auto judged_methods, fit_methods(train, context));
  COTERIE_ASSIGN(const auto fitted, fit_methods(out.history, context));
  for (auto& task : out.tasks) {
    COTERIE_ASSIGN(auto judged, judge(task.task, train, judged_methods, later, seed, context));
    task.evidence = std::move(judged.evidence);
    task.evidence["split"] = {{"test", source.calendar().date_string(t_test)},
                              {"horizon_days", kRecommendHorizonDays}};
    task.published = judged.method;
    for (const auto& method : fitted.methods)
      if (method->name() == task.published) task.lists = make_lists(*method, out.history, task.task, context);
  }
  out.model = new_model(*judged_methods.item_knn, train);
  const bool is_used = std::any_of(out.tasks.begin(), out.tasks.end(),
                                   [](const auto& task) { return task.published.starts_with("item_knn"); });
  out.model_published = is_used ? registry::Published::kRanking : registry::Published::kNo;
  out.model_evidence = {{"method", "item_knn"}};
  for (const auto& task : out.tasks) {
    json& evidence = out.model_evidence[std::string(to_string(task.task))];
    evidence = task.evidence;
    evidence["published"] = task.published;
  }
  return out;
}

}  // namespace coterie::understand

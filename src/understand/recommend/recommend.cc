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

struct Judged {
  std::string method;
  json evidence;
};

Result<Judged> judge(RecommendTask task, const PurchaseHistory& history, const FittedMethods& fitted,
                     const profile::BoughtItems& later, uint64_t seed, const base::Context& context) {
  auto all = judged_users(history, later, task);
  const size_t could_be_judged = all.size();
  const auto users = sample_judged(std::move(all), kMostJudged, seed);
  Judged out{"",
             {{"users", users.size()},
              {"of_users", could_be_judged},
              {"products", history.interactions.items},
              {"methods", json::object()}}};
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

registry::NewModel new_model(std::string_view name, const learn::ItemKnn& knn,
                             const learn::Interactions& profiles, const PurchaseHistory& history) {
  registry::NewModel out;
  out.name = name;
  out.state = knn.state();
  out.state.names["items"] = history.bought.items;
  // Golden rows: the first profiles as 0/1 rows over at most 512 items, scored over the same items.
  const size_t rows = std::min(kGoldenProfiles, profiles.users);
  const size_t cols = std::min<size_t>(512, profiles.items);
  out.golden.inputs = kernels::Matrix(rows, cols);
  for (size_t user = 0; user < rows; ++user)
    for (const uint32_t item : profiles.of_user(user))
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

namespace {

// When purchases begin to count, when those to be judged on begin, and when they end.
struct Split {
  base::Timestamp begin, t_test, end;
};

Result<PurchaseHistory> history_before(profile::AsOf& source, base::Timestamp begin, base::Timestamp as_of) {
  COTERIE_ASSIGN(auto bought, source.bought_items(as_of, begin, as_of));
  COTERIE_ASSIGN(const auto viewed, source.viewed_items(bought, as_of, as_of));
  return PurchaseHistory::from(std::move(bought), as_of, source.calendar().add_days(as_of, -kRecentDays),
                               viewed);
}

// A model is used when a task publishes a method that asks it.
bool is_used(std::string_view model, const std::vector<TaskRecommendations>& tasks) {
  const bool is_of_interest = model == "item_knn_interest";
  return std::any_of(tasks.begin(), tasks.end(), [&](const TaskRecommendations& task) {
    if (task.published.ends_with("_interest")) return is_of_interest;
    return !is_of_interest && task.published.starts_with("item_knn");
  });
}

// Fills each task's evidence and method, and the model of the registry. What it reads is gone when it returns:
// the histories before and as of `end` need not fit into memory together.
base::Status judge_methods(profile::AsOf& source, const Split& split, uint64_t seed,
                           const base::Context& context, Recommendations* out) {
  COTERIE_ASSIGN_OR_STATUS(auto later, source.bought_items(split.t_test, split.t_test, split.end));
  COTERIE_ASSIGN_OR_STATUS(const auto train, history_before(source, split.begin, split.t_test));
  if (train.interactions.users == 0) {
    for (auto& task : out->tasks)
      task.evidence = {
          {"methods", json::object()},
          {"limits", json::array({limit_json("nobody_before", base::Message::limit_nobody_before)})}};
    return {};
  }
  COTERIE_ASSIGN_OR_STATUS(const auto fitted, fit_methods(train, context));
  for (auto& task : out->tasks) {
    COTERIE_ASSIGN_OR_STATUS(auto judged, judge(task.task, train, fitted, later, seed, context));
    task.evidence = std::move(judged.evidence);
    task.evidence["split"] = {{"test", source.calendar().date_string(split.t_test)},
                              {"horizon_days", kRecommendHorizonDays}};
    task.published = judged.method;
  }
  out->models.push_back({new_model("item_knn", *fitted.item_knn, train.interactions, train)});
  if (fitted.item_knn_interest)
    out->models.push_back({new_model("item_knn_interest", *fitted.item_knn_interest, train.interest, train)});
  return {};
}

}  // namespace

std::string_view to_string(RecommendTask task) { return task == RecommendTask::kNew ? "new" : "any"; }

std::vector<std::vector<Recommendation>> Recommendations::lists(size_t begin, size_t end,
                                                                const base::Context& context) const {
  std::vector<const RecommendMethod*> methods;  // of the tasks; null where none is published
  for (const TaskRecommendations& task : tasks) {
    const auto found = std::find_if(fitted.methods.begin(), fitted.methods.end(),
                                    [&](const auto& method) { return method->name() == task.published; });
    methods.push_back(found == fitted.methods.end() ? nullptr : found->get());
  }
  const size_t chunks = base::ThreadPool::chunk_count(end - begin, kUsersPerChunk);
  std::vector<std::vector<std::vector<Recommendation>>> parts(
      chunks, std::vector<std::vector<Recommendation>>(tasks.size()));
  context.pool->for_chunks(end - begin, kUsersPerChunk, [&](size_t chunk, size_t first, size_t last) {
    RankScratch scratch;
    for (size_t user = begin + first; user < begin + last; ++user) {
      for (size_t t = 0; t < tasks.size(); ++t) {
        if (methods[t] == nullptr) continue;
        const auto shown = best_items(*methods[t], *history, user, tasks[t].task, kListLength, scratch);
        auto reasons = methods[t]->reasons(user, shown, kReasons, scratch);
        for (uint32_t i = 0; i < shown.size(); ++i)
          parts[chunk][t].push_back(
              {static_cast<uint32_t>(user), shown[i].item, i + 1, shown[i].score, std::move(reasons[i])});
      }
    }
  });
  std::vector<std::vector<Recommendation>> out(tasks.size());
  for (auto& part : parts)
    for (size_t t = 0; t < tasks.size(); ++t)
      std::move(part[t].begin(), part[t].end(), std::back_inserter(out[t]));
  return out;
}

Result<Recommendations> recommend(profile::AsOf& source, base::Timestamp as_of, uint64_t seed,
                                  const base::Context& context) {
  const base::Timestamp t_test = source.calendar().add_days(as_of, -kRecommendHorizonDays);
  const base::Timestamp begin = source.range().first;
  Recommendations out;
  for (const RecommendTask task : kRecommendTasks) out.tasks.push_back({task, "", json::object()});
  COTERIE_CHECK_OK(judge_methods(source, {begin, t_test, as_of}, seed, context, &out));
  COTERIE_ASSIGN(auto history, history_before(source, begin, as_of));
  out.history = std::make_shared<const PurchaseHistory>(std::move(history));
  if (out.models.empty()) return out;
  COTERIE_ASSIGN(out.fitted, fit_methods(*out.history, context));
  for (RecommendModel& model : out.models) {
    model.published =
        is_used(model.model.name, out.tasks) ? registry::Published::kRanking : registry::Published::kNo;
    model.evidence = {{"method", model.model.name}};
    for (const auto& task : out.tasks) {
      json& evidence = model.evidence[std::string(to_string(task.task))];
      evidence = task.evidence;
      evidence["published"] = task.published;
    }
  }
  return out;
}

}  // namespace coterie::understand

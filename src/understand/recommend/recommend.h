// Recommendations: every method judged on later purchases over the full catalogue, the best one published.
//
// Two tasks. `new`: products the member has not bought before. `any`: any product, own ones too. Split in
// time: methods learn from purchases before t_test = as_of − 30 local days and are judged on those of the 30
// days after, for members with a history and at least one relevant product that was known in training, a sample of
// kMostJudged of them where there are more.
// Recall@20 = hits / relevant, the mean over members.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "profile/as_of.h"
#include "registry/registry.h"
#include "understand/recommend/methods.h"

namespace coterie::understand {

enum class RecommendTask { kNew, kAny };
inline constexpr RecommendTask kRecommendTasks[] = {RecommendTask::kNew, RecommendTask::kAny};
std::string_view to_string(RecommendTask task);  ///< "new", "any"

inline constexpr size_t kListLength = 20;
inline constexpr size_t kMostJudged = 100'000;  ///< Recall@20 is then known within ±.003
inline constexpr int64_t kRecommendHorizonDays = 30;

/// One recommended product.
struct Recommendation {
  uint32_t user = 0;  ///< of the history
  uint32_t item = 0;
  uint32_t rank = 0;  ///< from 1
  double score = 0;
  std::vector<uint32_t> reasons;  ///< items of the member's own history
};

struct TaskRecommendations {
  RecommendTask task{};
  std::string published;    ///< name of the method; empty when there was nothing to judge on
  nlohmann::json evidence;  ///< split, methods{name: metrics}, paired differences to popularity
};

/// An item-kNN model as it was judged, for the registry.
struct RecommendModel {
  registry::NewModel model;  ///< item_knn or item_knn_interest
  registry::Published published = registry::Published::kNo;
  nlohmann::json evidence = {};
};

struct Recommendations {
  std::shared_ptr<const PurchaseHistory> history;  ///< as of as_of
  FittedMethods fitted;                            ///< on `history`
  std::vector<TaskRecommendations> tasks;
  std::vector<RecommendModel> models;  ///< none when nobody bought before t_test

  /// Of each task the products of its published method for the members [begin, end) of `history`, by member and rank.
  /// Made when they are asked for: those of all members together take more memory than everything else. O(what the
  /// members' histories reach) time. Threads: the context's; the same for any number.
  std::vector<std::vector<Recommendation>> lists(size_t begin, size_t end,
                                                 const base::Context& context) const;
};

/// Errors: those of the query engine and of ItemKnn::fit. Too little data is said in the evidence.
base::Result<Recommendations> recommend(profile::AsOf& source, base::Timestamp as_of, uint64_t seed,
                                        const base::Context& context);

/// Scores golden rows of an item-kNN model again.
registry::Rescore rescore_item_knn();

}  // namespace coterie::understand

// Judges recommendation methods on what members bought later.
#pragma once

#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "learn/metrics/bootstrap.h"
#include "understand/recommend/methods.h"
#include "understand/recommend/recommend.h"

namespace coterie::understand {

/// A member to judge by: its history and what it bought afterwards (ascending items of the history's
/// catalogue).
struct JudgedUser {
  uint32_t user = 0;
  std::vector<uint32_t> relevant;
};

/// Members with a history and at least one relevant product known in training.
std::vector<JudgedUser> judged_users(const PurchaseHistory& history, const profile::BoughtItems& later,
                                     RecommendTask task);

/// `most` of them at random when there are more, in their order. All members of a large shop would say the same with an
/// interval that nobody needs.
std::vector<JudgedUser> sample_judged(std::vector<JudgedUser> users, size_t most, uint64_t seed);

/// One value a judged member, so that methods can be compared in pairs.
struct ListMetrics {
  std::string_view method;
  std::vector<double> recall, ndcg, mrr;
  learn::Interval recall20, ndcg20, mrr20, coverage;
};

/// Errors: kInvalidArgument when `users` is empty. Threads: the context's; the same bits for any number.
base::Result<ListMetrics> evaluate_method(const RecommendMethod& method, const PurchaseHistory& history,
                                          const std::vector<JudgedUser>& users, RecommendTask task,
                                          uint64_t seed, const base::Context& context);

/// The best n products for a member: those it has are left out for `new`.
std::vector<learn::RankedItem> best_items(const RecommendMethod& method, const PurchaseHistory& history,
                                          size_t user, RecommendTask task, size_t n, RankScratch& scratch);

}  // namespace coterie::understand

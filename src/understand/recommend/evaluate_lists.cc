#include "understand/recommend/evaluate_lists.h"

#include <algorithm>

#include "base/id_index.h"
#include "base/random.h"
#include "learn/metrics/ranking.h"

namespace coterie::understand {

using base::Result;

namespace {

constexpr size_t kListsPerChunk = 64;
constexpr size_t kReplicates = 1000;
constexpr double kAbsent = 0.36787944117144233;  // 1/e

using Lists = std::vector<std::vector<uint32_t>>;

// Which members' lists hold each item; the members in order.
std::vector<std::vector<uint32_t>> members_by_item(const Lists& lists, size_t items) {
  std::vector<std::vector<uint32_t>> out(items);
  for (uint32_t member = 0; member < lists.size(); ++member)
    for (const uint32_t item : lists[member]) out[item].push_back(member);
  return out;
}

// Share of the catalogue that the lists of the members present cover.
double coverage(const std::vector<std::vector<uint32_t>>& members_of,
                const std::vector<uint8_t>& is_present) {
  size_t covered = 0;
  for (const auto& members : members_of)
    covered +=
        std::any_of(members.begin(), members.end(), [&](uint32_t m) { return is_present[m] != 0; }) ? 1 : 0;
  return members_of.empty() ? 0.0 : static_cast<double>(covered) / static_cast<double>(members_of.size());
}

// Coverage when the members were other ones: replicates leave out each with probability 1/e, as Poisson(1)
// counts do. Fewer distinct members cover less, so the spread of the replicates is laid around the value
// itself.
learn::Interval coverage_interval(const Lists& lists, size_t items, uint64_t seed,
                                  const base::Context& context) {
  const auto members_of = members_by_item(lists, items);
  const double all = coverage(members_of, std::vector<uint8_t>(lists.size(), 1));
  std::vector<double> replicates(kReplicates);
  context.pool->for_chunks(kReplicates, 16, [&](size_t, size_t begin, size_t end) {
    std::vector<uint8_t> is_present(lists.size());
    for (size_t r = begin; r < end; ++r) {
      base::Random random(seed, r);
      for (uint8_t& present : is_present) present = random.uniform() >= kAbsent ? 1 : 0;
      replicates[r] = coverage(members_of, is_present);
    }
  });
  double mean = 0;
  for (const double value : replicates) mean += value / static_cast<double>(kReplicates);
  const double low = learn::quantile_in_place(replicates, 0.025);
  const double high = learn::quantile_in_place(replicates, 0.975);
  return {all, std::max(0.0, all + low - mean), std::min(1.0, all + high - mean)};
}

}  // namespace

std::vector<JudgedUser> judged_users(const PurchaseHistory& history, const profile::BoughtItems& later,
                                     RecommendTask task) {
  const auto place = [](const std::vector<std::string>& ids, const std::string& id) {
    const auto it = std::lower_bound(ids.begin(), ids.end(), id);
    return it != ids.end() && *it == id ? std::optional(static_cast<uint32_t>(it - ids.begin()))
                                        : std::nullopt;
  };
  std::vector<JudgedUser> out;
  std::optional<uint32_t> user;
  for (size_t i = 0; i < later.rows.size(); ++i) {
    const profile::BoughtItem& row = later.rows[i];
    if (i == 0 || later.rows[i - 1].user != row.user)
      user = place(history.bought.users, later.users[row.user]);
    const auto item = place(history.bought.items, later.items[row.item]);
    if (!user || !item) continue;
    const auto owned = history.interactions.of_user(*user);
    if (task == RecommendTask::kNew && std::binary_search(owned.begin(), owned.end(), *item)) continue;
    if (out.empty() || out.back().user != *user) out.push_back({*user, {}});
    out.back().relevant.push_back(*item);
  }
  for (JudgedUser& judged : out) std::sort(judged.relevant.begin(), judged.relevant.end());
  return out;
}

// Selection sampling (Knuth 3.4.2, algorithm S).
std::vector<JudgedUser> sample_judged(std::vector<JudgedUser> users, size_t most, uint64_t seed) {
  if (users.size() <= most) return users;
  base::Random random(seed);
  std::vector<JudgedUser> out;
  out.reserve(most);
  for (size_t i = 0; out.size() < most; ++i)
    if (random.below(users.size() - i) < most - out.size()) out.push_back(std::move(users[i]));
  return out;
}

std::vector<learn::RankedItem> best_items(const RecommendMethod& method, const PurchaseHistory& history,
                                          size_t user, RecommendTask task, size_t n, RankScratch& scratch) {
  const auto owned =
      task == RecommendTask::kNew ? history.interactions.of_user(user) : std::span<const uint32_t>();
  return method.best(user, owned, n, scratch);
}

Result<ListMetrics> evaluate_method(const RecommendMethod& method, const PurchaseHistory& history,
                                    const std::vector<JudgedUser>& users, RecommendTask task, uint64_t seed,
                                    const base::Context& context) {
  ListMetrics out;
  out.method = method.name();
  for (auto* values : {&out.recall, &out.ndcg, &out.mrr}) values->resize(users.size());
  Lists lists(users.size());
  context.pool->for_chunks(users.size(), kListsPerChunk, [&](size_t, size_t begin, size_t end) {
    RankScratch scratch;
    for (size_t i = begin; i < end; ++i) {
      for (const auto& ranked : best_items(method, history, users[i].user, task, kListLength, scratch))
        lists[i].push_back(ranked.item);
      out.recall[i] = learn::recall_at_k(lists[i], users[i].relevant, kListLength);
      out.ndcg[i] = learn::ndcg_at_k(lists[i], users[i].relevant, kListLength);
      out.mrr[i] = learn::mrr_at_k(lists[i], users[i].relevant, kListLength);
    }
  });
  COTERIE_CHECK_OK(context.check_cancelled());
  const learn::BootstrapOptions bootstrap{.random_state = seed};
  COTERIE_ASSIGN(out.recall20, learn::bootstrap_mean(out.recall, bootstrap, context));
  COTERIE_ASSIGN(out.ndcg20, learn::bootstrap_mean(out.ndcg, bootstrap, context));
  COTERIE_ASSIGN(out.mrr20, learn::bootstrap_mean(out.mrr, bootstrap, context));
  out.coverage = coverage_interval(lists, history.interactions.items, seed, context);
  return out;
}

}  // namespace coterie::understand

#include "learn/neighbors/item_knn.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "learn/neighbors/item_similarity.h"

namespace coterie::learn {

using base::Code;
using base::Context;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kItemKnnAlgorithm = "item_knn";

Status check_options(const ItemKnnOptions& options) {
  if (options.k < 1) return base::failure(Code::kInvalidArgument, "item-kNN: k is 0; give at least 1");
  if (!(options.shrinkage >= 0 && std::isfinite(options.shrinkage)))
    return base::failure(Code::kInvalidArgument, "item-kNN: shrinkage is {}; give a number of at least 0",
                         options.shrinkage);
  if (options.min_support < 1)
    return base::failure(Code::kInvalidArgument, "item-kNN: min_support is 0; give at least 1");
  return {};
}

// Bytes of the transpose, made before anything else.
uint64_t transpose_bytes(const Interactions& interactions) {
  return interactions.item_index.size() * sizeof(uint32_t) + 3 * (interactions.items + 1) * sizeof(uint64_t);
}

Status check_flat(const Tensor& tensor) {
  const bool flat = tensor.shape.size() == 1 && tensor.shape[0] == tensor.values.size();
  return flat ? Status() : damaged_model(kItemKnnAlgorithm, tensor.name + " has the wrong shape").value();
}

// Whole numbers from 0 to `most`, as an index type.
template <class T>
Result<std::vector<T>> whole_numbers(const Tensor& tensor, double most) {
  COTERIE_CHECK_OK(check_flat(tensor));
  std::vector<T> out;
  out.reserve(tensor.values.size());
  for (const double value : tensor.values) {
    if (!(value >= 0 && value <= most && value == std::floor(value)))
      return damaged_model(kItemKnnAlgorithm, tensor.name + " holds a number that is no index");
    out.push_back(static_cast<T>(value));
  }
  return out;
}

}  // namespace

Result<ItemKnn> ItemKnn::fit(const Interactions& interactions, const ItemKnnOptions& options,
                             const Context& context) {
  COTERIE_CHECK_OK(check_options(options));
  COTERIE_CHECK_OK(check_interactions(interactions, "item-kNN"));
  COTERIE_CHECK_OK(context.check_cancelled());
  const size_t items = interactions.items;
  COTERIE_ASSIGN(const auto transpose_memory, context.budget->reserve(transpose_bytes(interactions),
                                                                      "item-kNN: the interactions by item"));
  const Interactions by_item = transposed(interactions);
  std::vector<uint64_t> starts = neighbour_starts(interactions, by_item, options.k);
  // Neighbours by target, and the same turned round for scoring.
  const uint64_t bytes = 2 * starts.back() * (sizeof(uint32_t) + sizeof(double)) +
                         4 * items * sizeof(uint64_t) +
                         context.pool->threads() * similarity_scratch_bytes(items);
  COTERIE_ASSIGN(const auto memory, context.budget->reserve(bytes, "item-kNN: the neighbours"));
  COTERIE_ASSIGN(const ItemNeighbours nearest,
                 most_similar_items(interactions, by_item, std::move(starts), options, context));

  ItemKnn model;
  model.options_ = options;
  model.offsets_.assign(items + 1, 0);
  for (size_t j = 0; j < items; ++j)
    for (size_t n = 0; n < nearest.counts[j]; ++n) ++model.offsets_[nearest.index[nearest.starts[j] + n] + 1];
  std::partial_sum(model.offsets_.begin(), model.offsets_.end(), model.offsets_.begin());
  model.targets_.resize(model.offsets_.back());
  model.cosines_.resize(model.offsets_.back());
  std::vector<uint64_t> next(model.offsets_.begin(), model.offsets_.end() - 1);
  for (size_t j = 0; j < items; ++j) {
    for (size_t n = nearest.starts[j]; n < nearest.starts[j] + nearest.counts[j]; ++n) {
      const uint64_t place = next[nearest.index[n]]++;
      model.targets_[place] = static_cast<uint32_t>(j);
      model.cosines_[place] = nearest.cosine[n];
    }
  }
  return model;
}

void ItemKnn::score(std::span<const uint32_t> profile, std::span<double> scores) const {
  std::fill(scores.begin(), scores.end(), 0.0);
  for (const uint32_t item : profile) {
    if (item >= items()) continue;
    for (uint64_t n = offsets_[item]; n < offsets_[item + 1]; ++n) scores[targets_[n]] += cosines_[n];
  }
}

void ItemKnn::add_scores(std::span<const uint32_t> profile, std::span<double> scores,
                         std::vector<uint32_t>& scored) const {
  for (const uint32_t item : profile) {
    if (item >= items()) continue;
    for (uint64_t n = offsets_[item]; n < offsets_[item + 1]; ++n) {
      double& score = scores[targets_[n]];
      if (score == 0) scored.push_back(targets_[n]);  // cosines are above 0
      score += cosines_[n];
    }
  }
}

std::vector<RankedItem> ItemKnn::recommend(std::span<const uint32_t> profile,
                                           std::span<const uint32_t> exclude,
                                           std::span<const uint8_t> allowed, size_t n) const {
  std::vector<double> scores(items());
  score(profile, scores);
  return top_items(scores, exclude, allowed, n);
}

namespace {

// Largest first, equal ones in ascending order of item; n at most.
void keep_largest(std::vector<Contribution>& reasons, size_t n) {
  const auto kept = static_cast<std::ptrdiff_t>(std::min(n, reasons.size()));
  std::partial_sort(reasons.begin(), reasons.begin() + kept, reasons.end(),
                    [](const Contribution& a, const Contribution& b) {
                      return a.cosine != b.cosine ? a.cosine > b.cosine : a.item < b.item;
                    });
  reasons.resize(static_cast<size_t>(kept));
}

}  // namespace

std::vector<Contribution> ItemKnn::explain(std::span<const uint32_t> profile, uint32_t item, size_t n) const {
  std::vector<Contribution> reasons;
  for (const uint32_t from : profile) {
    if (from >= items()) continue;
    const auto begin = targets_.begin() + static_cast<std::ptrdiff_t>(offsets_[from]);
    const auto end = targets_.begin() + static_cast<std::ptrdiff_t>(offsets_[from + 1]);
    const auto found = std::lower_bound(begin, end, item);
    if (found != end && *found == item)
      reasons.push_back({from, cosines_[static_cast<size_t>(found - targets_.begin())]});
  }
  keep_largest(reasons, n);
  return reasons;
}

std::vector<std::vector<Contribution>> ItemKnn::explain(std::span<const uint32_t> profile,
                                                        std::span<const uint32_t> items, size_t n,
                                                        std::span<uint32_t> places) const {
  std::vector<std::vector<Contribution>> out(items.size());
  for (uint32_t i = 0; i < items.size(); ++i) places[items[i]] = i + 1;
  for (const uint32_t from : profile) {
    if (from >= this->items()) continue;
    for (uint64_t at = offsets_[from]; at < offsets_[from + 1]; ++at)
      if (const uint32_t place = places[targets_[at]]; place != 0)
        out[place - 1].push_back({from, cosines_[at]});
  }
  for (const uint32_t item : items) places[item] = 0;
  for (auto& reasons : out) keep_largest(reasons, n);
  return out;
}

ModelState ItemKnn::state() const {
  ModelState state;
  state.algorithm = kItemKnnAlgorithm;
  state.options = {
      {"k", options_.k}, {"shrinkage", options_.shrinkage}, {"min_support", options_.min_support}};
  // Doubles hold every whole number up to 2^53.
  state.tensors = {{"offsets", {offsets_.size()}, {offsets_.begin(), offsets_.end()}},
                   {"targets", {targets_.size()}, {targets_.begin(), targets_.end()}},
                   {"cosines", {cosines_.size()}, cosines_}};
  return state;
}

Result<ItemKnn> ItemKnn::from_state(const ModelState& state) {
  if (state.algorithm != kItemKnnAlgorithm)
    return damaged_model(kItemKnnAlgorithm, "it is one of " + state.algorithm);
  COTERIE_ASSIGN(const Tensor* offsets, state.tensor("offsets"));
  COTERIE_ASSIGN(const Tensor* targets, state.tensor("targets"));
  COTERIE_ASSIGN(const Tensor* cosines, state.tensor("cosines"));
  ItemKnn model;
  try {
    model.options_.k = state.options.at("k").get<size_t>();
    model.options_.shrinkage = state.options.at("shrinkage").get<double>();
    model.options_.min_support = state.options.at("min_support").get<size_t>();
  } catch (const nlohmann::json::exception&) {
    return damaged_model(kItemKnnAlgorithm, "its options are not its own");
  }
  COTERIE_ASSIGN(model.offsets_,
                 whole_numbers<uint64_t>(*offsets, static_cast<double>(targets->values.size())));
  if (model.offsets_.size() < 2 || model.offsets_.front() != 0 ||
      model.offsets_.back() != targets->values.size() ||
      !std::is_sorted(model.offsets_.begin(), model.offsets_.end()))
    return damaged_model(kItemKnnAlgorithm, "offsets has the wrong shape");
  COTERIE_ASSIGN(model.targets_, whole_numbers<uint32_t>(*targets, static_cast<double>(model.items() - 1)));
  COTERIE_CHECK_OK(check_flat(*cosines));
  if (cosines->values.size() != model.targets_.size())
    return damaged_model(kItemKnnAlgorithm, "cosines has the wrong shape");
  model.cosines_ = cosines->values;
  return model;
}

}  // namespace coterie::learn

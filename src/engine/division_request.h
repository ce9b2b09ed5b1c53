// A division as people ask for it, in words: of the command line, of Python, of the documents that keep divisions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "base/time.h"
#include "store/workspace.h"
#include "understand/segments/division.h"

namespace coterie::engine {

/// Lists of quantities, names of choices, numbers; docs/methods/segmentations.md.
struct DivisionWords {
  std::string by = {};  ///< may be empty for rfm: the features recency_days, frequency and monetary
  std::string categories = {}, method = "k_means", outliers = "flag", bins = "quantile";
  std::string borders = {};  ///< a list a fact, "30,90,180,365; 2,3,5,10"
  std::optional<size_t> n_clusters = {};
  size_t k_max = 8, min_users = 10;
  uint64_t seed = 1;
};

struct DivisionRequest {
  std::vector<understand::Quantity> by;                  ///< at least one
  std::vector<understand::Quantity> as_categories = {};  ///< of `by`, numbers in text that are codes
  understand::DivisionOptions options = {};
  base::Timestamp as_of = 0;
};

/// A request of these words, as_of left open. Errors: kInvalidArgument.
base::Result<DivisionRequest> read_division(const DivisionWords& words);

nlohmann::json to_json(const DivisionWords& words);
DivisionWords division_words(const nlohmann::json& json);  ///< of to_json()

/// "habits", "channels", "price_sensitivity", "social": behavior as shops commonly divide members by it.
std::span<const std::string_view> division_presets();

/// The words of a preset for this shop: channels are those its events name. Cost: of channels one pass over that column.
/// Errors: kInvalidArgument (no such preset), kFailedPrecondition (no event has a channel), those of the query engine.
base::Result<DivisionWords> division_preset(store::Workspace& workspace, std::string_view name,
                                            const base::Context& context);

}  // namespace coterie::engine

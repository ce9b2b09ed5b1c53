// Members divided by facts that a person chooses: by clustering, by crossing them, or by what share each contributes.
//
// docs/methods/segmentations.md says how; segment_rules.h tells each division as rules.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "learn/cluster/select_k.h"
#include "understand/segments/member_matrix.h"

namespace coterie::understand {

enum class DivisionMethod {
  kKMeans,  ///< groups of members who are alike in all facts
  kCross,   ///< every combination of the facts' values
  kAbc,     ///< by one amount: A makes the first 80 % of the total, B up to 95 %, C the rest
  kRfm,     ///< the segments of RFM, with bins of one's own (rfm_bins.h)
};
enum class BinMethod {
  kQuantile,  ///< as many members in each, as far as equal ones allow
  kKMeans,    ///< where the values lie in groups
  kFixed,     ///< borders that a person gives
};
enum class Outliers {
  kKeep,  ///< members like any other
  kFlag,  ///< the same, but counted, and a segment most of whom are outliers is called one
  kTrim,  ///< a segment of their own, left out of the fit
};

std::span<const std::string_view> division_methods();  ///< "k_means", "cross", "abc", "rfm"
std::span<const std::string_view> bin_methods();       ///< "quantile", "k_means", "fixed"
std::span<const std::string_view> outlier_choices();   ///< "keep", "flag", "trim"
std::string_view to_string(DivisionMethod method);
std::string_view to_string(Outliers outliers);
std::string_view to_string(BinMethod bins);

struct DivisionOptions {
  DivisionMethod method = DivisionMethod::kKMeans;
  std::optional<size_t> n_clusters = {};  ///< of k-means; nothing: the recommended one of k_min to k_max
  size_t k_min = 2, k_max = 8;
  Outliers outliers = Outliers::kFlag;    ///< of k-means
  size_t min_users = 10;                  ///< of kCross: smaller segments are put together
  BinMethod bins = BinMethod::kQuantile;  ///< of kRfm
  std::vector<std::vector<double>> borders =
      {};  ///< rising, a list for each fact. Of kFixed bins four; of kCross any, none of a fact that finds its own bands
  uint64_t random_state = 0;
};

/// How far a segment's members lie from everybody in one fact.
struct FactDifference {
  size_t fact = 0;
  bool is_category = false;
  std::string category = {};  ///< empty: not known
  double deviations = 0;      ///< of everybody, after the logarithm; of a category's share, of its 0s and 1s
};

struct DivisionSegment {
  size_t users = 0;
  std::vector<std::string> values =
      {};  ///< of kCross: one for each fact, "" = not known; none: the small ones together. Of kAbc "A", "B" or "C"; of kRfm
           ///< the key of the segment, "" = never bought
  std::optional<Rule> rule = {};                 ///< of kCross: what it is, but of the small ones together
  std::optional<double> stability = {};          ///< mean Jaccard index, of clusters
  size_t outliers = 0;                           ///< members that are outliers
  bool is_outliers = false;                      ///< most of them are
  std::vector<FactDifference> differences = {};  ///< largest first
};

struct Division {
  std::vector<uint32_t> labels;  ///< of the rows; segments by falling size, but what is set aside comes last
  std::vector<DivisionSegment> segments;
  std::vector<MemberColumn> columns = {};           ///< how the facts were read, by k-means
  std::optional<learn::KSelection> selection = {};  ///< of k-means
  size_t outliers = 0;                              ///< members, by k-means unless they are kept
  std::vector<std::vector<double>> bin_ends =
      {};  ///< of kRfm: of each fact, the largest value of each bin that has any
};

/// Errors   kInvalidArgument (no rows; what member_matrix() refuses; kAbc of more than one amount; what
///          divide_by_rfm() refuses; more clusters than
///          different members) · kCancelled · kResourceExhausted
/// Threads  the context's; the same bits for any number
base::Result<Division> divide(std::span<const RuleColumn> facts, std::span<const uint32_t> rows,
                              const DivisionOptions& options, const base::Context& context);

}  // namespace coterie::understand

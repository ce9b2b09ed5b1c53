#include "learn/metrics/classification.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace coterie::learn {

using base::Code;

namespace {

// Weight of positives and negatives in one group of equal scores.
struct GroupWeight {
  double positive = 0;
  double negative = 0;
};

// Calls visit(group, last row of the group) in descending order of score, until it returns false.
template <class Visit>
void for_groups(const SortedScores& sorted, Visit visit) {
  size_t k = 0;
  for (const uint32_t end : sorted.group_ends) {
    GroupWeight group;
    for (; k < end; ++k) (sorted.labels[k] != 0 ? group.positive : group.negative) += sorted.weights[k];
    if (!visit(group, end - 1)) return;
  }
}

// Weighted mean of loss(row) over all rows.
template <class Loss>
base::Result<double> mean_loss(std::span<const double> probabilities, std::span<const uint8_t> labels,
                               std::span<const double> weights, const char* metric, Loss loss) {
  COTERIE_CHECK_OK(check_scores(probabilities, labels, weights, true, metric));
  double sum = 0, total = 0;
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const double weight = weights.empty() ? 1.0 : weights[i];
    sum += weight * loss(probabilities[i], labels[i] != 0);
    total += weight;
  }
  if (!(total > 0)) return base::error(Code::kInvalidArgument, "{}: no row has a weight above 0", metric);
  return sum / total;
}

struct CumulativePoint {
  double threshold, false_positives, true_positives;
};

// scikit-learn's rule: keep a point unless both curves go on with the same step.
std::vector<CumulativePoint> without_intermediate(const std::vector<CumulativePoint>& all) {
  if (all.size() <= 2) return all;
  std::vector<CumulativePoint> kept{all.front()};
  for (size_t g = 1; g + 1 < all.size(); ++g) {
    const CumulativePoint &before = all[g - 1], &here = all[g], &after = all[g + 1];
    const bool corner =
        (after.false_positives - here.false_positives) != (here.false_positives - before.false_positives) ||
        (after.true_positives - here.true_positives) != (here.true_positives - before.true_positives);
    if (corner) kept.push_back(here);
  }
  kept.push_back(all.back());
  return kept;
}

}  // namespace

double roc_auc_score(const SortedScores& sorted) {
  double above = 0;  // positives in the groups before
  double area = 0;
  for_groups(sorted, [&](const GroupWeight& group, size_t) {
    area += group.negative * (above + 0.5 * group.positive);
    above += group.positive;
    return true;
  });
  return area / (sorted.positive_weight * sorted.negative_weight);
}

double average_precision_score(const SortedScores& sorted) {
  double positive = 0, negative = 0, sum = 0;
  for_groups(sorted, [&](const GroupWeight& group, size_t) {
    positive += group.positive;
    negative += group.negative;
    if (group.positive > 0) sum += group.positive * (positive / (positive + negative));
    return true;
  });
  return sum / sorted.positive_weight;
}

double lift_at(const SortedScores& sorted, double fraction) {
  const double total = sorted.total_weight();
  const double wanted = fraction * total;
  double room = wanted, positives = 0;
  for_groups(sorted, [&](const GroupWeight& group, size_t) {
    const double size = group.positive + group.negative;
    positives += group.positive * std::min(1.0, room / size);
    room -= size;
    return room > 0;
  });
  return (positives / wanted) / (sorted.positive_weight / total);
}

double log_loss_of(double probability, bool label) {
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  const double of_label = label ? probability : 1.0 - probability;
  return -std::log(std::clamp(of_label, kEpsilon, 1.0 - kEpsilon));
}

base::Result<double> roc_auc_score(std::span<const double> scores, std::span<const uint8_t> labels,
                                   std::span<const double> weights) {
  COTERIE_ASSIGN(const SortedScores sorted,
                 sort_scores(scores, labels, weights, RequiredLabels::kBoth, "roc_auc_score"));
  return roc_auc_score(sorted);
}

base::Result<double> average_precision_score(std::span<const double> scores, std::span<const uint8_t> labels,
                                             std::span<const double> weights) {
  COTERIE_ASSIGN(const SortedScores sorted,
                 sort_scores(scores, labels, weights, RequiredLabels::kPositive, "average_precision_score"));
  return average_precision_score(sorted);
}

base::Result<double> log_loss(std::span<const double> probabilities, std::span<const uint8_t> labels,
                              std::span<const double> weights) {
  return mean_loss(probabilities, labels, weights, "log_loss", log_loss_of);
}

base::Result<double> brier_score_loss(std::span<const double> probabilities, std::span<const uint8_t> labels,
                                      std::span<const double> weights) {
  return mean_loss(probabilities, labels, weights, "brier_score_loss", [](double probability, bool label) {
    const double difference = probability - (label ? 1.0 : 0.0);
    return difference * difference;
  });
}

base::Result<double> lift_at(std::span<const double> scores, std::span<const uint8_t> labels, double fraction,
                             std::span<const double> weights) {
  if (!(fraction > 0 && fraction <= 1))
    return base::error(Code::kInvalidArgument, "lift_at: fraction is {}; give a share above 0 and at most 1",
                       fraction);
  COTERIE_ASSIGN(const SortedScores sorted,
                 sort_scores(scores, labels, weights, RequiredLabels::kPositive, "lift_at"));
  return lift_at(sorted, fraction);
}

base::Result<std::vector<RocPoint>> roc_curve(std::span<const double> scores, std::span<const uint8_t> labels,
                                              std::span<const double> weights, bool drop_intermediate) {
  COTERIE_ASSIGN(const SortedScores sorted,
                 sort_scores(scores, labels, weights, RequiredLabels::kBoth, "roc_curve"));
  std::vector<CumulativePoint> all;
  double positive = 0, negative = 0;
  for_groups(sorted, [&](const GroupWeight& group, size_t last) {
    positive += group.positive;
    negative += group.negative;
    all.push_back({sorted.scores[last], negative, positive});
    return true;
  });
  if (drop_intermediate) all = without_intermediate(all);
  std::vector<RocPoint> curve{{std::numeric_limits<double>::infinity(), 0.0, 0.0}};
  for (const CumulativePoint& point : all)
    curve.push_back({point.threshold, point.false_positives / negative, point.true_positives / positive});
  return curve;
}

}  // namespace coterie::learn

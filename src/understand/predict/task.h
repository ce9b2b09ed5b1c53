// The questions that Coterie predicts: purchase and churn. A label's horizon is fixed (DESIGN §6).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/time.h"
#include "data/feature_table.h"
#include "profile/as_of.h"

namespace coterie::understand {

struct PredictTask {
  std::string_view name;
  int64_t horizon_days;   ///< the label looks at [t, t + horizon)
  int64_t active_days;    ///< only members with an order in the local days before t (30, 90 or 180); 0 = ever
  bool positive_if_buys;  ///< purchase: 1 = buys within the horizon; churn: 1 = does not
};

/// Buys within 30 days; members who bought before.
inline constexpr PredictTask kPurchase{"purchase", 30, 0, true};
/// Bought in the last 90 days, buys nothing in the next 90.
inline constexpr PredictTask kChurn{"churn", 90, 90, false};

/// Which part of the calendar a label looks at: that of the newest training window, of the test, or of the scores of
/// today. A window of the year before has the season of the same dates this year.
enum class Season { kTraining, kTest, kNow };

/// The members a task asks about at the table's as_of, and, where the future is known, what happened.
struct TaskRows {
  base::Timestamp as_of = 0;
  const data::FeatureTable* features = nullptr;  ///< not owned
  std::vector<uint32_t> rows;                    ///< of *features
  std::vector<uint8_t> labels;                   ///< of `rows`; empty when the horizon is not over
  Season season = Season::kTraining;
  bool is_year_ago = false;
};

/// The members of `features` that the task asks about, without labels.
base::Result<TaskRows> select_rows(const PredictTask& task, const data::FeatureTable& features);

/// The same with labels from [as_of, as_of + horizon) local days.
base::Result<TaskRows> select_labelled_rows(const PredictTask& task, const data::FeatureTable& features,
                                            profile::AsOf& source);

/// Labelled rows with a table of their own, so that the whole table may go.
struct KeptRows {
  std::unique_ptr<data::FeatureTable> table;
  TaskRows rows;     ///< of *table
  size_t users = 0;  ///< that there were
};

/// The columns `features` of labelled rows. Of more than `most` rows a part that depends on the members' ids alone, about
/// that large. Errors: kInvalidArgument when the table lacks a feature.
base::Result<KeptRows> keep_rows(const TaskRows& rows, std::span<const std::string_view> features,
                                 size_t most);

}  // namespace coterie::understand

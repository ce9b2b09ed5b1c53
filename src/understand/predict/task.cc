#include "understand/predict/task.h"

#include <algorithm>

namespace coterie::understand {

using base::Result;

Result<TaskRows> select_rows(const PredictTask& task, const data::FeatureTable& features) {
  // The windowed counts of orders are of local days; `frequency` is all of them.
  const std::string orders =
      task.active_days == 0 ? "frequency" : fmt::format("frequency_{}d", task.active_days);
  COTERIE_ASSIGN(const auto* active, features.column(orders));
  TaskRows out{features.as_of, &features, {}, {}};
  for (uint32_t row = 0; row < features.rows(); ++row)
    if (active->values[row] > 0) out.rows.push_back(row);
  return out;
}

Result<TaskRows> select_labelled_rows(const PredictTask& task, const data::FeatureTable& features,
                                      profile::AsOf& source) {
  COTERIE_ASSIGN(TaskRows out, select_rows(task, features));
  const base::Timestamp end = source.calendar().add_days(features.as_of, task.horizon_days);
  COTERIE_ASSIGN(const auto buyers, source.buyers_between(features.as_of, end));
  out.labels.reserve(out.rows.size());
  for (const uint32_t row : out.rows) {
    const bool buys = std::binary_search(buyers.begin(), buyers.end(), features.users[row]);
    out.labels.push_back(buys == task.positive_if_buys ? 1 : 0);
  }
  return out;
}

}  // namespace coterie::understand

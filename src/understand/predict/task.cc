#include "understand/predict/task.h"

#include <algorithm>
#include <cmath>

#include "base/hash.h"

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

Result<KeptRows> keep_rows(const TaskRows& rows, std::span<const std::string_view> features, size_t most) {
  const size_t n = rows.rows.size();
  const double share = n <= most ? 1 : static_cast<double>(most) / static_cast<double>(n);
  std::vector<uint32_t> kept;
  KeptRows out{std::make_unique<data::FeatureTable>(), {}, n};
  out.rows = {rows.as_of, out.table.get(), {}, {}, rows.season, rows.is_year_ago};
  for (size_t i = 0; i < n; ++i) {
    const std::string& user = rows.features->users[rows.rows[i]];
    if (share < 1 && std::ldexp(static_cast<double>(base::hash64(user)), -64) >= share) continue;
    out.rows.rows.push_back(static_cast<uint32_t>(kept.size()));
    out.rows.labels.push_back(rows.labels[i]);
    out.table->users.push_back(user);
    kept.push_back(rows.rows[i]);
  }
  out.table->as_of = rows.features->as_of;
  for (const std::string_view feature : features) {
    COTERIE_ASSIGN(const auto* source, rows.features->column(feature));
    data::FeatureColumn column{source->name, source->kind, {}, {}, {}, {}};
    for (const uint32_t row : kept) {
      column.values.push_back(source->values[row]);
      column.valid.push_back(source->valid[row]);
    }
    out.table->columns.push_back(std::move(column));
  }
  return out;
}

}  // namespace coterie::understand

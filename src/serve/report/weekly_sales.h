// The weeks of a record's sales without gaps, and what they add up to.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace coterie::serve {

struct SalesWeek {
  int64_t monday = 0;  ///< days since 1970-01-01
  double buy_amount = 0;
  double refund_amount = 0;  ///< negative or 0
  double orders = 0;
  double members = 0;  ///< buyers who are members, counted once a day
  double guest_orders = 0;
  bool is_whole = true;  ///< the data cover all seven days
};

/// From the first week with a sale to the last, quiet weeks included; at most 2,600 of the newest (50 years).
std::vector<SalesWeek> weekly_sales(const nlohmann::json& record);

/// Everything added up; monday is meaningless.
SalesWeek total(const std::vector<SalesWeek>& weeks);

struct FirstBuyers {
  double recent = 0;
  double before = 0;
};

/// Members who bought for the first time in the last four whole weeks and in the four before; nothing without
/// eight whole weeks in the record's sales.
std::optional<FirstBuyers> recent_first_buyers(const nlohmann::json& record);

/// Net sales, or orders where there are no amounts, of the last four whole weeks over those of the four
/// before, minus 1; nothing without eight whole weeks or with nothing sold in the earlier ones.
std::optional<double> recent_change(const std::vector<SalesWeek>& weeks, bool by_amount);

}  // namespace coterie::serve

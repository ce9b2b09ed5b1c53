// Sales and cohorts: what was sold when, who buys again and when, what makes the money, where the way to a purchase ends.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "learn/metrics/concentration.h"
#include "profile/as_of.h"
#include "understand/sales/funnel.h"
#include "understand/sales/over_time.h"
#include "understand/sales/repeat.h"

namespace coterie::understand {

/// A part that a shop's data do not allow is empty, and `limits` says why.
struct Sales {
  base::Timestamp known_until =
      0;  ///< as_of, or the local midnight after the last event before it if that is earlier
  profile::Period by = profile::Period::kWeek;
  bool has_amounts = false, has_refunds = false;
  std::vector<SalesPeriod> periods;
  SalesPeriod total;
  std::optional<WeekdayFactors> weekdays = {};
  std::optional<SalesShifts> shifts = {};
  std::vector<Cohort> cohorts;
  std::optional<SecondPurchase> second_purchase = {};
  std::optional<PurchaseGaps> gaps = {};
  std::optional<learn::Concentration> items = {}, members = {};  ///< of net amounts in base::Decimal units
  std::optional<Funnel> funnel = {};
  std::vector<nlohmann::json> limits;  ///< {code, en, zh}
};

/// From events before options.as_of. Errors, threads and cost: those of profile::read_sales. Source: docs/methods/sales.md
base::Result<Sales> compute_sales(profile::AsOf& source, const profile::SalesOptions& options);

}  // namespace coterie::understand

// Sales and cohorts as a JSON object, for a run's record and for `coterie sales`.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "base/context.h"
#include "base/status.h"
#include "profile/sales.h"
#include "store/workspace.h"

namespace coterie::engine {

/// {as_of, known_until, currency, by, limits, total, periods, weekdays, shifts, cohorts, second_purchase, gaps, abc,
/// funnel}; docs/run.md has the keys. What the shop's data do not allow is null, and limits say why. The same for any
/// number of threads. Errors: those of profile::read_sales.
base::Result<nlohmann::json> sales_record(profile::AsOf& source, const profile::SalesOptions& options);

struct SalesRequest {
  std::optional<base::Timestamp> as_of = {};  ///< nothing: the last local midnight not after the last event
  profile::Period by = profile::Period::kWeek;
};

/// The same of a shop; needs no run and stores nothing. Errors: kFailedPrecondition when there are no events before as_of.
base::Result<nlohmann::json> sales_of(store::Workspace& workspace, const SalesRequest& request,
                                      const base::Context& context);

}  // namespace coterie::engine

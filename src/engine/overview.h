// What a run says about the data itself: how clean it came in, what was sold when, what happened how often.
#pragma once

#include <nlohmann/json.hpp>

#include "base/status.h"
#include "profile/as_of.h"
#include "store/workspace.h"

namespace coterie::engine {

/// {imports: [...], received, accepted, duplicate, quarantined, quarantined_by_rule}.
base::Result<nlohmann::json> quality_json(store::Workspace& workspace);

/// One entry a local week that begins on Monday: {week, buy_amount, refund_amount, orders, members,
/// guest_orders}; members are counted once a day.
base::Result<nlohmann::json> sales_json(profile::AsOf& source, base::Timestamp as_of);

/// [{behavior, events, members}].
base::Result<nlohmann::json> behaviors_json(profile::AsOf& source, base::Timestamp as_of);

}  // namespace coterie::engine

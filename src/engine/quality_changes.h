// Data quality against last time: what imports brought, what weeks hold and lack.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/status.h"
#include "profile/as_of.h"

namespace coterie::engine {

/// {imports, weeks}. `imports` compares the imports that `known` lacks with those it has, null when one side is
/// empty: {before, after {imports, received, accepted, duplicate, quarantined}, shares [{name, before, after, p_value,
/// moved}]}; `weeks` compares the whole weeks since `since` with up to 12 before: [{name, before, low, high, weeks
/// [{week, value, unusual}]}]. docs/methods/changes.md has the tests. `imports` is the record's details.quality.
base::Result<nlohmann::json> quality_changes_json(profile::AsOf& source, base::Timestamp since,
                                                  base::Timestamp as_of, const nlohmann::json& imports,
                                                  const std::vector<std::string>& known);

}  // namespace coterie::engine

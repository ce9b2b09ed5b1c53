// Features of any instant as one Parquet file for other programs: a row a member, a column a feature.
#pragma once

#include <filesystem>

#include "base/context.h"
#include "data/feature_table.h"
#include "store/workspace.h"

namespace coterie::engine {

/// Columns: user_id VARCHAR, then every feature as DOUBLE, null where missing; rows in the table's order. A file
/// that exists is replaced, whole or not at all. Errors: those of the query engine; kUnavailable and
/// kPermissionDenied naming the file.
base::Status write_feature_file(store::Workspace& workspace, const data::FeatureTable& features,
                                const std::filesystem::path& file, const base::Context& context);

}  // namespace coterie::engine

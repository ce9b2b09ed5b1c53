// The truth of a generated shop as files beside it, for tests and studies that weigh methods against it.
#pragma once

#include <filesystem>

#include "base/status.h"
#include "collect/simulate/members.h"

namespace coterie::collect::simulate {

/// members.csv, items.csv, days.csv and shop.json; docs/methods/simulate.md names their columns. The folder is made;
/// each file appears whole. Errors: of the disk. O(users + items + days).
base::Status write_truth(const ShopTruth& truth, const GenerateOptions& options,
                         const std::filesystem::path& folder);

}  // namespace coterie::collect::simulate

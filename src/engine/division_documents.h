// Divisions that are kept, as they are stored: documents "divisions"/NAME.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/time.h"
#include "engine/division_request.h"
#include "store/catalog.h"
#include "store/workspace.h"

namespace coterie::engine {

inline constexpr std::string_view kDivisions = "divisions";  ///< the collection

struct KeptDivision {
  std::string name;
  DivisionWords words;
  base::Timestamp created_at = 0;
  std::string run = {};                           ///< the fingerprint of the run that it stands as of
  std::map<std::string, std::string> names = {};  ///< of the segments that are their values, by those
  int64_t next = 1;                               ///< the number of the next new segment
  nlohmann::json record = {};                     ///< of find_division(), with these names
};

store::Document document_of(const KeptDivision& division);

/// By name. Errors: kDataLoss.
base::Result<std::vector<KeptDivision>> read_divisions(store::Workspace& workspace);

/// The record of docs/methods/segmentations.md with `name`, `words` and `created_at`; its segments carry `method`, the
/// division's name, and `before`, how many members they had the time before (null: new); `names` are those that values have,
/// members or not.
nlohmann::json to_json(const KeptDivision& division);
nlohmann::json to_json(const std::vector<KeptDivision>& divisions);

/// The same of all that are kept. Errors: kDataLoss.
base::Result<nlohmann::json> kept_divisions(store::Workspace& workspace);

}  // namespace coterie::engine

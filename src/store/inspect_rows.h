// Inspection, second part: whether the rows are as many, and the ones, that the records say.
#pragma once

#include <map>
#include <vector>

#include "store/catalog.h"
#include "store/inspect.h"

namespace coterie::store {

/// The files of the newest generation that are what the catalog says.
struct SoundFiles {
  std::map<TableKind, std::vector<StoredFile>> files;
  std::map<TableKind, bool> complete;  ///< none of the kind is damaged or missing
};

/// Rows of each file; received = accepted + duplicate + quarantined in every import; accepted rows = rows of
/// events, texts and links; event ids occur once, and event_ids holds the hash of each.
base::Status inspect_rows(const std::filesystem::path& folder, Catalog& catalog, const SoundFiles& sound,
                          Inspection* out, const base::Context& context);

}  // namespace coterie::store

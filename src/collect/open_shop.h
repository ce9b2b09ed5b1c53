// The shop that files go into: made when there is none, with what its first file knows.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/messages.h"
#include "base/status.h"
#include "collect/import_file.h"
#include "collect/inputs.h"
#include "store/workspace.h"

namespace coterie::collect {

/// What a person says of a shop that is to be made; empty: as the preset of the first file says.
struct NewShop {
  std::string timezone;
  std::string currency;
  base::Language language = base::Language::kEnglish;  ///< of its reports
};

/// The workspace to write in. One that a failed first import left empty is as good as new. Errors: kInvalidArgument (no time
/// zone or currency for a new one), kFailedPrecondition (one that has others), those of Workspace.
base::Result<std::unique_ptr<store::Workspace>> open_or_create(const std::filesystem::path& folder,
                                                               const NewShop& wanted,
                                                               const ImportOptions& options,
                                                               std::span<const Input> inputs);

}  // namespace coterie::collect

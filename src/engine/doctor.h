// Doctor: whether a shop holds what was put into it; what it says is in docs/doctor.md.
//
// The store's own inspection, and every model: its files, its golden rows, folders that nobody lists. Changes
// nothing, and goes on after each finding, so a damaged shop gets a whole list.
#pragma once

#include <filesystem>

#include "base/context.h"
#include "base/status.h"
#include "store/inspect.h"

namespace coterie::engine {

struct Diagnosis {
  store::Inspection inspection;  ///< with what is wrong with models
  uint64_t models = 0;           ///< versions that were looked at
};

/// Errors: kNotFound and kFailedPrecondition (no workspace at all), kCancelled.
base::Result<Diagnosis> examine(const std::filesystem::path& folder, const base::Context& context);

}  // namespace coterie::engine

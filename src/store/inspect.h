// Inspection: what is wrong with a workspace, found without changing it and without trusting it.
//
// Nothing here stops at the first fault: what cannot be read becomes a finding, and the rest is looked at
// nevertheless. It works on a workspace that Workspace::open refuses, and in a folder where nothing may be
// written (then without a lease: nobody may write meanwhile).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "store/workspace.h"

namespace coterie::store {

struct Finding {
  enum class Severity { kError, kWarning };
  Severity severity = Severity::kError;
  std::string check;  ///< "settings", "state", "files", "orphans", "counts", "models"
  std::string where;  ///< a file, relative to the workspace, or a table
  std::string what;
  std::string advice;  ///< what to do
};

struct Inspection {
  std::vector<Finding> findings;
  uint64_t files = 0;  ///< that were looked at
  uint64_t bytes = 0;
  uint64_t events = 0;    ///< that can be read
  bool is_sound() const;  ///< no error; warnings are allowed
  void error(std::string check, std::string where, std::string what, std::string advice);
  void warning(std::string check, std::string where, std::string what, std::string advice);
};

/// Settings, state.db, every listed file, what is not listed, and the counts. Models: engine/doctor.h.
/// Errors: kNotFound and kFailedPrecondition (no workspace at all), kCancelled.
base::Result<Inspection> inspect(const std::filesystem::path& folder, const base::Context& context);

}  // namespace coterie::store

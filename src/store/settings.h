// coterie.toml: the settings of a workspace. Every key is documented here; an unknown key is an error.
//
//   timezone = "Europe/London"   IANA name: hours, weekdays and days are the shop's        required
//   currency = "GBP"             ISO 4217: every amount without a currency of its own       required
//   language = "en"              of the report that `run` writes: "en" or "zh"              default "en"
#pragma once

#include <filesystem>
#include <string>

#include "base/status.h"
#include "store/workspace.h"

namespace coterie::store {

/// Errors: kInvalidArgument with file, line and column; kNotFound.
base::Result<Settings> load_settings(const std::filesystem::path& path);

/// Errors: kInvalidArgument (unknown zone, currency not three capital letters), and those of base/file.h.
base::Status save_settings(const Settings& settings, const std::filesystem::path& path);

/// The checks that both share.
base::Status validate_settings(const Settings& settings);

}  // namespace coterie::store

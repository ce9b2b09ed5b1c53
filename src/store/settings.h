// coterie.toml: the settings of a workspace. Every key is documented here; an unknown key is an error.
//
//   timezone = "Europe/London"   IANA name: hours, weekdays and days are the shop's        required
//   currency = "GBP"             ISO 4217: every amount without a currency of its own       required
//   language = "en"              of the report that `run` writes: "en" or "zh"              default "en"
//
//   [cleaning]                   docs/methods/cleaning.md
//   repeats = "drop"             rows equal in all columns: "keep" or "drop"                the preset's
//   test_users = ["test*"]       patterns on user_id and anonymous_id                       data/cleaning_rules.cc
//   test_items = ["test*"]       patterns on item_id                                        data/cleaning_rules.cc
//   internal_users = ["staff-*"] patterns on user_id and anonymous_id                       []
//   bot_rate = 300               seconds with an act in ten minutes, 60 to 600              300
//   amount_bounds = 20           times above or below the item's median, 2 to 10000         20
//   [cleaning.rules]
//   price = "flag"               each rule: "quarantine", "flag" or "off", where it may     data/cleaning_rules.cc
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

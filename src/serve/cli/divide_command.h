// coterie segments SHOP divide, and how segments are described by rules.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "serve/cli/session.h"

namespace coterie::serve {

/// Adds it to `command`, whose SHOP is read into *shop.
void add_divide_part(CLI::App& command, std::shared_ptr<std::string> shop, Action* action);

/// A segment's `description` of the record: its rule, and how well it tells the segment.
void print_description(const nlohmann::json& description, base::Language language);

}  // namespace coterie::serve

// The parts of `coterie segments` that are about rules: create, preview, why, diff, note, users, export, delete.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "serve/cli/session.h"

namespace coterie::serve {

/// Adds them to `command`, whose SHOP is read into *shop.
void add_rule_segment_parts(CLI::App& command, std::shared_ptr<std::string> shop, Action* action);

/// Segments of engine::to_json() as a table.
void print_rule_segments(const nlohmann::json& segments, base::Language language);

}  // namespace coterie::serve

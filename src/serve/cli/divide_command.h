// coterie segments SHOP divide
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "serve/cli/session.h"

namespace coterie::serve {

/// Adds it to `command`, whose SHOP is read into *shop.
void add_divide_part(CLI::App& command, std::shared_ptr<std::string> shop, Action* action);

}  // namespace coterie::serve

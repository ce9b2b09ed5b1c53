// What an owner can do next: sentences computed from the record, each with the number it rests on.
#pragma once

#include <string>
#include <vector>

#include "serve/report/page.h"

namespace coterie::serve {

/// The most urgent first, at least one. Nothing is advised that the record gives no ground for.
std::vector<std::string> next_steps(const Page& page);

}  // namespace coterie::serve

// Which names of segments are taken by what computes segments.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace coterie::engine {

/// "rfm", "lifecycle", "clusters", "tastes": how runs divide members.
std::span<const std::string_view> run_methods();

/// PREFIX_N, N a number.
bool is_numbered(std::string_view name, std::string_view prefix);

/// A name that runs give: champions, stage_new, cluster_1, taste_2, ...
bool is_name_of_runs(std::string_view name);

}  // namespace coterie::engine

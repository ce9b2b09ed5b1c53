#include "store/column_names.h"

#include <fmt/format.h>

#include <set>

namespace coterie::store {

namespace {

std::string in_small_letters(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

std::vector<std::string> distinct_columns(std::vector<std::string> names) {
  std::set<std::string> taken;
  for (std::string& name : names) {
    std::string distinct = name;
    for (int n = 2; !taken.insert(in_small_letters(distinct)).second; ++n)
      distinct = fmt::format("{} ({})", name, n);
    name = std::move(distinct);
  }
  return names;
}

}  // namespace coterie::store

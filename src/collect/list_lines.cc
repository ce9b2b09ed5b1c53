#include "collect/list_lines.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <vector>

namespace coterie::collect {

namespace {

constexpr size_t kLeastLines = 5;   // fewer say nothing
constexpr size_t kLeastCounts = 3;  // different numbers of values; a table with a few damaged lines has fewer

// The character that the lines are cut at; a space stands for runs of spaces.
char separator(std::string_view first_line, std::string_view delimiter) {
  if (delimiter == "space") return ' ';
  if (delimiter.size() == 1) return delimiter.front();
  char best = ' ';
  for (const char c : {',', '\t', ';', '|'})
    if (std::count(first_line.begin(), first_line.end(), c) >
        (best == ' ' ? 0 : std::count(first_line.begin(), first_line.end(), best)))
      best = c;
  return best;
}

std::vector<std::string_view> values_of(std::string_view line, char at) {
  std::vector<std::string_view> out;
  for (size_t begin = 0; begin <= line.size();) {
    const size_t end = std::min(line.find(at, begin), line.size());
    if (at != ' ' || end > begin) out.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// What awk reads: the file, or what a program takes out of it.
std::string command(std::string_view file, std::string_view program, char at) {
  const std::string cut = at == ' ' ? "" : at == '\t' ? " -F '\\t'" : fmt::format(" -F '{}'", at);
  if (file.ends_with(".gz")) return fmt::format("gzip -dc {} | awk{} '{}'", file, cut, program);
  if (file.ends_with(".zst")) return fmt::format("zstd -dc {} | awk{} '{}'", file, cut, program);
  return fmt::format("awk{} '{}' {}", cut, program, file);
}

// Complete lines, each as its values; blank ones are none.
std::vector<std::vector<std::string_view>> complete_lines(std::string_view head, char at) {
  std::vector<std::vector<std::string_view>> out;
  for (size_t end = 0; (end = head.find('\n')) != std::string_view::npos; head.remove_prefix(end + 1)) {
    std::string_view line = head.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (auto values = values_of(line, at); !line.empty() && !values.empty()) out.push_back(std::move(values));
  }
  return out;
}

}  // namespace

std::optional<std::string> how_to_read_lists(std::string_view head, std::string_view delimiter,
                                             std::string_view file) {
  if (head.find('"') != std::string_view::npos || delimiter == "::") return std::nullopt;
  const char at = separator(head.substr(0, head.find('\n')), delimiter);
  const auto lines = complete_lines(head, at);
  std::map<size_t, size_t> lines_of;  // by number of values
  for (const auto& line : lines) ++lines_of[line.size()];
  const auto most = std::max_element(lines_of.begin(), lines_of.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  if (lines.size() < kLeastLines || lines_of.size() < kLeastCounts || most->second * 2 >= lines.size())
    return std::nullopt;
  // "member item item ..." or "item, item, ..."
  const bool has_ids =
      std::all_of(lines.begin(), lines.end(), [](const auto& line) { return is_digits(line.front()); });
  const std::string_view program =
      has_ids
          ? "BEGIN {print \"user_id,item_id\"} {for (i = 2; i <= NF; i++) print $1 \",\" $i}"
          : "BEGIN {print \"anonymous_id,order_id,item_id\"} {for (i = 1; i <= NF; i++) print NR \",\" NR "
            "\",\" $i}";
  return fmt::format(
      "{0}, line 1: the lines have different numbers of values ({1}, {2}, {3}, ...), so each is a list, such "
      "as the "
      "items of a {4}, and no row of a table. Write one value a line and import that: {5} > rows.csv, then "
      "coterie import SHOP rows.csv --kind events --behavior \"*=buy\" --ts DATE, where DATE is the time of "
      "all of them",
      file, lines[0].size(), lines[1].size(), lines[2].size(), has_ids ? "member" : "basket",
      command(file, program, at));
}

}  // namespace coterie::collect

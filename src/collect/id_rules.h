// What an id says by itself: that a program destroyed it, or that it is one of a shop's tests or staff.
//
// Damage that merges many users or items into one is worse than a lost row: every guest of an export becomes
// the one customer "NULL", and every long bar code that went through a spreadsheet becomes 6.92E+12.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::collect {

/// Why `id` (at most 256 bytes) cannot be the id that was meant, in words without the id; empty when nothing
/// speaks against it. `words` also finds a program's word for nothing (NULL, NaN, undefined, #N/A), which in
/// an optional column only means that it is missing. Cost: one pass, about 10 ns.
std::string_view id_damage(std::string_view id, bool words);

/// Patterns on a whole id: * any text, ? one byte, [a-z0-9] one of these, all else itself; ASCII letters in
/// either case.
class IdPatterns {
 public:
  explicit IdPatterns(std::span<const std::string> patterns) : patterns_(patterns.begin(), patterns.end()) {}

  /// The first pattern that fits, or null. Valid as long as this object.
  const std::string* find(std::string_view id) const;

 private:
  std::vector<std::string> patterns_;
};

/// True when `pattern` fits the whole of `text`. Cost: at most product of the lengths.
bool fits(std::string_view pattern, std::string_view text);

}  // namespace coterie::collect

#include "base/memory_budget.h"

#include <cctype>
#include <charconv>
#include <string>

namespace coterie::base {

Result<MemoryBudget::Reservation> MemoryBudget::reserve(uint64_t bytes, std::string_view what) {
  uint64_t used = used_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit_ || used > limit_ - bytes)
      return error(Code::kResourceExhausted,
                   "{} needs {} MB and {} of {} MB are in use; give more with --memory or use less data",
                   what, bytes >> 20, used >> 20, limit_ >> 20);
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  return Reservation(this, bytes);
}

Result<uint64_t> parse_memory_size(std::string_view text) {
  double number = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string unit;
  for (const char* c = end; c < text.data() + text.size(); ++c)
    if (*c != ' ') unit += static_cast<char>(std::toupper(static_cast<unsigned char>(*c)));
  double scale = 0;
  if (unit.empty() || unit == "B") scale = 1;
  if (unit == "K" || unit == "KB" || unit == "KIB") scale = 1024.0;
  if (unit == "M" || unit == "MB" || unit == "MIB") scale = 1024.0 * 1024;
  if (unit == "G" || unit == "GB" || unit == "GIB") scale = 1024.0 * 1024 * 1024;
  if (code != std::errc() || scale == 0 || !(number > 0) || number * scale > 1e15)
    return error(Code::kInvalidArgument, "'{}' is not a memory size; write 4GB or 512MB", text);
  return static_cast<uint64_t>(number * scale);
}

}  // namespace coterie::base

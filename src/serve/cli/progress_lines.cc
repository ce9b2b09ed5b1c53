#include "serve/cli/progress_lines.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace coterie::serve {

namespace {

double seconds(std::chrono::steady_clock::duration d) { return std::chrono::duration<double>(d).count(); }

std::string amount(uint64_t value, const std::string& unit) {
  if (unit == "bytes") return fmt::format("{:.1f} MB", static_cast<double>(value) / 1e6);
  return fmt::format("{} {}", value, unit);
}

}  // namespace

ProgressLines::ProgressLines(bool is_quiet)
    : is_quiet_(is_quiet), is_terminal_(::isatty(STDERR_FILENO) != 0) {}

void ProgressLines::begin(std::string_view step, uint64_t total, std::string_view unit) {
  step_ = step;
  unit_ = unit;
  total_ = total;
  begin_ = shown_ = Clock::now();
}

void ProgressLines::advance(uint64_t done) {
  const auto now = Clock::now();
  if (is_quiet_ || !is_terminal_ || seconds(now - shown_) < 0.2) return;
  shown_ = now;
  const double elapsed = seconds(now - begin_);
  std::string line = fmt::format("\r\033[K  {:<12} {}", step_, amount(done, unit_));
  if (total_ > 0 && done > 0 && done <= total_)
    line += fmt::format(" of {}, {:.0f} s left", amount(total_, unit_),
                        elapsed * static_cast<double>(total_ - done) / static_cast<double>(done));
  std::fputs(line.c_str(), stderr);
}

void ProgressLines::end(std::string_view summary) {
  if (is_quiet_) return;
  std::fputs(fmt::format("{}  {:<12} {:6.2f} s  {}\n", is_terminal_ ? "\r\033[K" : "", step_,
                         seconds(Clock::now() - begin_), summary)
                 .c_str(),
             stderr);
}

}  // namespace coterie::serve

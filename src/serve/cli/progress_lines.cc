#include "serve/cli/progress_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace coterie::serve {

namespace {

constexpr std::string_view kClearLine = "\r\033[K";
constexpr double kTerminalSeconds = 0.2;  // between two looks of the growing line
constexpr double kPlainSeconds = 30;
constexpr double kRateSeconds = 0.5;  // a rate of less time than this says nothing
constexpr size_t kNameBytes = 32;     // the line stays within 80 columns

// 950, "1.2 k", "1.2 M", "1.2 G".
std::string short_amount(double value) {
  constexpr std::string_view kPrefixes[] = {"", " k", " M", " G"};
  size_t prefix = 0;
  while (value >= 999.5 && prefix + 1 < std::size(kPrefixes)) {
    value /= 1000;
    ++prefix;
  }
  return fmt::format("{:.{}f}{}", value, prefix > 0 && value < 99.95 ? 1 : 0, kPrefixes[prefix]);
}

// "1.2 M events", "38.1 MB".
std::string amount(double value, const std::string& unit) {
  if (unit != "bytes") return fmt::format("{} {}", short_amount(value), unit);
  const std::string text = short_amount(value);
  return text.find(' ') == std::string::npos ? text + " B" : text + "B";
}

// "0:37", "1:02:03".
std::string duration(double seconds) {
  const auto whole = static_cast<int64_t>(std::ceil(seconds));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

// Cut at the end of a character of UTF-8.
std::string short_name(const std::string& name) {
  if (name.size() <= kNameBytes) return name;
  size_t end = kNameBytes - 3;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  return name.substr(0, end) + "…";
}

}  // namespace

double ProgressLines::seconds_since(base::Timestamp then) const {
  return std::max(0.0, static_cast<double>(clock_.now() - then) / static_cast<double>(base::kSecond));
}

void ProgressLines::on_plan(size_t steps) {
  steps_ = steps;
  number_ = 0;
}

void ProgressLines::on_begin(std::string_view step, uint64_t total, std::string_view unit) {
  step_ = step;
  unit_ = unit;
  total_ = total;
  ++number_;
  begin_ = shown_ = clock_.now();
  // What has no measure of its own still shows that it runs.
  if (options_.is_terminal && !options_.is_quiet) write_(growing_line(0, 0));
}

std::string ProgressLines::growing_line(uint64_t done, double seconds) const {
  std::string line = options_.is_terminal ? std::string(kClearLine) : std::string();
  line += "  ";
  if (steps_ > 1) line += fmt::format("[{}/{}] ", std::min(number_, steps_), steps_);
  line += fmt::format("{:<12}", short_name(step_));
  if (total_ > 0 && done > 0)
    line += fmt::format("  {:3.0f} %",
                        100.0 * static_cast<double>(std::min(done, total_)) / static_cast<double>(total_));
  if (total_ == 0 && done > 0) line += "  " + amount(static_cast<double>(done), unit_);
  if (done > 0 && seconds >= kRateSeconds) {
    const double rate = static_cast<double>(done) / seconds;
    line += fmt::format("  {}/s", amount(rate, unit_));
    if (done < total_) line += fmt::format("  {} left", duration(static_cast<double>(total_ - done) / rate));
  }
  return options_.is_terminal ? line : line + "\n";
}

void ProgressLines::on_advance(uint64_t done) {
  if (options_.is_quiet || step_.empty()) return;
  if (seconds_since(shown_) < (options_.is_terminal ? kTerminalSeconds : kPlainSeconds)) return;
  shown_ = clock_.now();
  write_(growing_line(done, seconds_since(begin_)));
}

void ProgressLines::on_end(std::string_view summary) {
  if (!options_.is_quiet)
    write_(fmt::format("{}  {:<12} {:6.2f} s  {}\n", options_.is_terminal ? kClearLine : "", step_,
                       seconds_since(begin_), summary));
  step_.clear();
}

}  // namespace coterie::serve

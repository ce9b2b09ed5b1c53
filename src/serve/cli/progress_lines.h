// Progress for people: one line a step on standard error, rewritten while it grows when that is a terminal.
#pragma once

#include <chrono>
#include <string>

#include "base/context.h"

namespace coterie::serve {

class ProgressLines final : public base::Progress {
 public:
  explicit ProgressLines(bool is_quiet);
  void begin(std::string_view step, uint64_t total, std::string_view unit) override;
  void advance(uint64_t done) override;
  void end(std::string_view summary) override;

 private:
  using Clock = std::chrono::steady_clock;
  bool is_quiet_;
  bool is_terminal_;
  std::string step_;
  std::string unit_;
  uint64_t total_ = 0;
  Clock::time_point begin_{};
  Clock::time_point shown_{};
};

}  // namespace coterie::serve

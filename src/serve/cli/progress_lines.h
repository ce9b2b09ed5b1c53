// Progress for people on standard error: the plan, how far, how fast, how long still.
//
//   [2/7] purchase                        42 %  1.2 M events/s  0:37 left      rewritten while it grows
//   purchase                      1.93 s  AUC 0.778, published: ranking        when the step is over
//
// On a terminal the growing line is rewritten a few times a second; elsewhere (a log file) it becomes a line of
// its own every half minute, so that a short job leaves nothing but its finished steps. The time left is what
// the rest takes at the mean rate of the step so far.
#pragma once

#include <functional>
#include <string>

#include "base/context.h"

namespace coterie::serve {

struct ProgressOptions {
  bool is_quiet = false;
  bool is_terminal = false;
};

/// Not thread safe.
class ProgressLines final : public base::Progress {
 public:
  using Write = std::function<void(std::string_view)>;

  /// `clock` outlives it; `write` gets whole lines, or a line that begins with a carriage return.
  ProgressLines(const ProgressOptions& options, const base::Clock& clock, Write write)
      : options_(options), clock_(clock), write_(std::move(write)) {}

 private:
  void on_plan(size_t steps) override;
  void on_begin(std::string_view step, uint64_t total, std::string_view unit) override;
  void on_advance(uint64_t done) override;
  void on_end(std::string_view summary) override;

  std::string growing_line(uint64_t done, double seconds) const;
  double seconds_since(base::Timestamp then) const;

  ProgressOptions options_;
  const base::Clock& clock_;
  Write write_;
  size_t steps_ = 0;  // of the plan; 0 = none was told
  size_t number_ = 0;
  std::string step_;
  std::string unit_;
  uint64_t total_ = 0;
  base::Timestamp begin_ = 0;
  base::Timestamp shown_ = 0;
};

}  // namespace coterie::serve

#include "learn/lifetime/kaplan_meier.h"

#include <algorithm>
#include <cmath>

#include "learn/metrics/distributions.h"

namespace coterie::learn {

using base::Code;
using base::Result;
using base::Status;

namespace {

// A product of fractions that is a half but for rounding is a half.
constexpr double kRounding = 1e-12;

Status check(std::span<const double> times, std::span<const uint8_t> is_event,
             std::span<const uint64_t> weights, const KaplanMeierOptions& options) {
  const size_t n = times.size();
  if (n == 0 || is_event.size() != n || (!weights.empty() && weights.size() != n))
    return base::failure(Code::kInvalidArgument, "survival: {} times, {} events, {} weights", n,
                         is_event.size(), weights.size());
  if (!(options.confidence_level > 0 && options.confidence_level < 1))
    return base::failure(Code::kInvalidArgument, "survival: a confidence level of {} is not in (0, 1)",
                         options.confidence_level);
  for (size_t i = 0; i < n; ++i) {
    if (!std::isfinite(times[i]) || times[i] < 0)
      return base::failure(Code::kInvalidArgument, "survival: time {} is negative or not a number", i);
    if (is_event[i] > 1) return base::failure(Code::kInvalidArgument, "survival: event {} is not 0 or 1", i);
    if (!weights.empty() && weights[i] == 0)
      return base::failure(Code::kInvalidArgument, "survival: weight {} is 0", i);
  }
  return {};
}

// `greenwood` is the variance of S over S².
Survival with_bounds(double survival, double greenwood, double z) {
  Survival out{survival};
  if (!(survival > 0 && survival < 1)) return out;
  const double log_survival = std::log(survival);
  const double half_width = z * std::sqrt(greenwood) / -log_survival;
  out.low = std::exp(log_survival * std::exp(half_width));
  out.high = std::exp(log_survival * std::exp(-half_width));
  return out;
}

}  // namespace

std::vector<KaplanMeier::Exit> KaplanMeier::exits(std::span<const double> times,
                                                  std::span<const uint8_t> is_event,
                                                  std::span<const uint64_t> weights) {
  std::vector<Exit> all(times.size());
  for (size_t i = 0; i < times.size(); ++i) {
    const uint64_t weight = weights.empty() ? 1 : weights[i];
    all[i] = {times[i], is_event[i] == 1 ? weight : 0, is_event[i] == 1 ? 0 : weight, 0};
  }
  std::sort(all.begin(), all.end(), [](const Exit& a, const Exit& b) { return a.time < b.time; });
  std::vector<Exit> out;
  for (const Exit& exit : all) {
    if (out.empty() || out.back().time != exit.time) out.push_back({exit.time, 0, 0, 0});
    out.back().events += exit.events;
    out.back().censored += exit.censored;
  }
  uint64_t at_risk = 0;
  for (auto exit = out.rbegin(); exit != out.rend(); ++exit)
    exit->at_risk = at_risk += exit->events + exit->censored;
  return out;
}

Result<KaplanMeier> KaplanMeier::fit(std::span<const double> times, std::span<const uint8_t> is_event,
                                     std::span<const uint64_t> weights, const KaplanMeierOptions& options) {
  COTERIE_CHECK_OK(check(times, is_event, weights, options));
  KaplanMeier out;
  out.exits_ = exits(times, is_event, weights);
  out.last_time_ = out.exits_.back().time;
  const double z = normal_quantile(0.5 + options.confidence_level / 2);
  double survival = 1, greenwood = 0;
  for (const Exit& exit : out.exits_) {
    if (exit.events == 0) continue;
    const auto n = static_cast<double>(exit.at_risk), d = static_cast<double>(exit.events);
    survival *= (n - d) / n;
    if (exit.events < exit.at_risk) greenwood += d / (n * (n - d));
    out.steps_.push_back({exit.time, exit.at_risk, exit.events, with_bounds(survival, greenwood, z)});
  }
  return out;
}

std::optional<Survival> KaplanMeier::at(double time) const {
  const auto next = std::upper_bound(steps_.begin(), steps_.end(), time,
                                     [](double t, const SurvivalStep& step) { return t < step.time; });
  const Survival now = next == steps_.begin() ? Survival{} : std::prev(next)->survival;
  if (time > last_time_ && now.value > 0) return std::nullopt;
  return now;
}

uint64_t KaplanMeier::at_risk(double time) const {
  const auto first = std::lower_bound(exits_.begin(), exits_.end(), time,
                                      [](const Exit& exit, double t) { return exit.time < t; });
  return first == exits_.end() ? 0 : first->at_risk;
}

SurvivalQuantile KaplanMeier::quantile(double p) const {
  const double level = 1 - p + kRounding;
  SurvivalQuantile out;
  for (const SurvivalStep& step : steps_) {
    const Survival& s = step.survival;
    const bool is_zero = s.value <= 0;
    if (!out.value && s.value <= level) out.value = step.time;
    if (!out.low && (is_zero || s.low.value_or(1) <= level)) out.low = step.time;
    if (!out.high && s.high.value_or(1) <= level) out.high = step.time;
  }
  return out;
}

}  // namespace coterie::learn

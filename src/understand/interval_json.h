// An interval in evidence: {value, low, high}.
#pragma once

#include <nlohmann/json.hpp>

#include "learn/metrics/bootstrap.h"

namespace coterie::understand {

inline nlohmann::json interval_json(const learn::Interval& interval) {
  return {{"value", interval.value}, {"low", interval.low}, {"high", interval.high}};
}

}  // namespace coterie::understand

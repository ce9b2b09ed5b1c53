#include "engine/persona_json.h"

#include <algorithm>
#include <cmath>

namespace coterie::engine {

using nlohmann::json;
using understand::FeatureContrast;
using understand::Lift;

namespace {

constexpr size_t kMostDifferences = 12;

}  // namespace

json typical_json(const understand::TypicalValue& value) {
  return {{"users", value.users},
          {"median", value.median},
          {"q1", value.q1},
          {"q3", value.q3},
          {"mean", value.mean}};
}

json differences_json(const std::vector<FeatureContrast>& contrasts) {
  std::vector<const FeatureContrast*> out;
  for (const auto& contrast : contrasts)
    if (contrast.stands_out) out.push_back(&contrast);
  std::stable_sort(out.begin(), out.end(), [](const auto* a, const auto* b) {
    return std::abs(a->difference) > std::abs(b->difference);
  });
  if (out.size() > kMostDifferences) out.resize(kMostDifferences);
  json list = json::array();
  for (const auto* contrast : out)
    list.push_back({{"feature", contrast->feature},
                    {"difference", contrast->difference},
                    {"low", contrast->low},
                    {"high", contrast->high},
                    {"information_gain", contrast->information_gain},
                    {"segment", typical_json(contrast->segment)},
                    {"everybody", typical_json(contrast->everybody)}});
  return list;
}

json lift_json(const Lift& lift) {
  return {{"users", lift.users},
          {"share", lift.share},
          {"share_everybody", lift.share_everybody},
          {"lift", lift.lift}};
}

json lifts_json(const std::vector<Lift>& lifts) {
  json out = json::array();
  for (const Lift& lift : lifts) {
    out.push_back(lift_json(lift));
    out.back()["name"] = lift.name;
    if (!lift.trait.empty()) out.back()["trait"] = lift.trait;
  }
  return out;
}

}  // namespace coterie::engine

#include "engine/division_words.h"

#include <cmath>

#include "engine/words.h"

namespace coterie::engine {

using base::Language;
using base::Message;
using nlohmann::json;
using understand::DivisionMethod;
using understand::DivisionSegment;
using understand::FactDifference;
using understand::Quantity;
using understand::QuantitySource;

namespace {

constexpr size_t kMostInLabel = 2;
constexpr size_t kMostInText = 4;
constexpr double kLeastShare = 0.05;  // of members with a value, to be told
constexpr double kLeastLift = 1.1;    // the same: what is hardly commoner is not worth a word

std::string value_label(const Quantity& quantity, const std::string& value, Language language) {
  const std::string name = quantity_in_words(quantity, language);
  return value.empty() ? base::format_text(Message::division_unknown, language, name)
                       : base::format_text(Message::division_is, language, name, value);
}

std::string cross_label(const DivisionSegment& segment, std::span<const Quantity> by, Language language) {
  if (segment.values.empty()) return std::string(base::text(Message::division_rest, language));
  // What did not happen goes without saying.
  std::vector<std::string> parts;
  for (size_t f = 0; f < by.size(); ++f) {
    const bool is_none = by[f].source == QuantitySource::kEvents &&
                         by[f].function == profile::Aggregate::kCount &&
                         (segment.values[f] == "<1" || segment.values[f] == "0");
    if (!is_none) parts.push_back(value_label(by[f], segment.values[f], language));
  }
  return parts.empty() ? std::string(base::text(Message::division_none, language)) : joined(parts, language);
}

std::string abc_label(const DivisionSegment& segment, Language language) {
  const std::string& letter = segment.values[0];
  return std::string(base::text(letter == "A"   ? Message::division_abc_a
                                : letter == "B" ? Message::division_abc_b
                                                : Message::division_abc_c,
                                language));
}

std::string cluster_label(const DivisionSegment& segment, std::span<const Quantity> by, Language language) {
  std::vector<std::string> parts;
  for (const FactDifference& difference : segment.differences) {
    if (parts.size() == kMostInLabel || std::abs(difference.deviations) < kStandsOut) break;
    const Quantity& quantity = by[difference.fact];
    if (!difference.is_category)
      parts.push_back(
          base::format_text(difference.deviations > 0 ? Message::cluster_high : Message::cluster_low,
                            language, quantity_in_words(quantity, language)));
    else if (difference.deviations > 0)
      parts.push_back(value_label(quantity, difference.category, language));
  }
  std::string out =
      parts.empty() ? std::string(base::text(Message::cluster_average, language)) : joined(parts, language);
  if (segment.is_outliers) out = base::format_text(Message::division_outliers_label, language, out);
  return out;
}

std::string name_of(const json& text, std::span<const Quantity> by, Language language) {
  for (const Quantity& quantity : by)
    if (understand::to_text(quantity) == text) return quantity_in_words(quantity, language);
  return text.get<std::string>();
}

std::string typical_sentence(const json& persona, std::span<const Quantity> by, Language language) {
  std::vector<std::string> parts;
  for (const json& entry : persona["differences"]) {
    if (parts.size() == kMostInText) break;
    const std::string mine = number_in_words(entry["segment"]["median"].get<double>());
    const std::string all = number_in_words(entry["everybody"]["median"].get<double>());
    if (mine != all)
      parts.push_back(base::format_text(Message::division_typical, language,
                                        name_of(entry["feature"], by, language), mine, all));
  }
  return parts.empty()
             ? ""
             : base::format_text(Message::division_typical_sentence, language, joined(parts, language));
}

std::string traits_sentence(const json& persona, std::span<const Quantity> by, Language language) {
  std::vector<std::string> parts;
  for (const json& entry : persona["traits"]) {
    if (parts.size() == kMostInText || entry["share"].get<double>() < kLeastShare ||
        entry["lift"].get<double>() < kLeastLift)
      continue;
    parts.push_back(base::format_text(Message::persona_trait, language, name_of(entry["trait"], by, language),
                                      entry["name"].get<std::string>(),
                                      percent_in_words(entry["share"].get<double>()),
                                      percent_in_words(entry["share_everybody"].get<double>())));
  }
  return parts.empty()
             ? ""
             : base::format_text(Message::persona_traits_sentence, language, joined(parts, language));
}

// "share events, 365 days"; what is narrowed otherwise keeps the spelling of rules.
std::string events_in_words(const Quantity& quantity, Language language) {
  const std::string_view behavior = base::text_by_key("report_behavior_" + quantity.behavior, language);
  const bool is_in_channel =
      quantity.filters.size() == 1 && quantity.filters[0].field == profile::TextField::kChannel;
  if (quantity.function != profile::Aggregate::kCount || behavior.empty() || quantity.window.seconds > 0 ||
      (!quantity.filters.empty() && !is_in_channel))
    return understand::to_text(quantity);
  const std::string days =
      quantity.window.days == 0 ? "" : base::format_text(Message::fact_days, language, quantity.window.days);
  if (!is_in_channel) return base::format_text(Message::fact_count, language, behavior, days);
  return base::format_text(Message::fact_count_in, language, behavior, days, quantity.filters[0].value);
}

}  // namespace

std::string quantity_in_words(const Quantity& quantity, Language language) {
  if (quantity.source == QuantitySource::kTrait) {
    const std::string_view known = base::text_by_key("trait_" + quantity.name, language);
    return known.empty() ? quantity.name : std::string(known);
  }
  if (quantity.source == QuantitySource::kFeature) {
    const std::string_view known = base::text_by_key("name_" + quantity.name, language);
    return known.empty() ? quantity.name : std::string(known);
  }
  if (quantity.source == QuantitySource::kEvents) return events_in_words(quantity, language);
  return understand::to_text(quantity);
}

json division_label(const DivisionSegment& segment, DivisionMethod method, std::span<const Quantity> by) {
  return both([&](Language language) {
    switch (method) {
      case DivisionMethod::kCross: return cross_label(segment, by, language);
      case DivisionMethod::kAbc: return abc_label(segment, language);
      case DivisionMethod::kRfm:
        return std::string(segment.values[0].empty()
                               ? base::text(Message::division_never_bought, language)
                               : base::text_by_key("segment_" + segment.values[0], language));
      case DivisionMethod::kKMeans: break;
    }
    return cluster_label(segment, by, language);
  });
}

json division_text(const json& segment, std::span<const Quantity> by) {
  return both([&](Language language) {
    const json& persona = segment["persona"];
    const std::string typical = typical_sentence(persona, by, language),
                      traits = traits_sentence(persona, by, language);
    std::string out =
        base::format_text(Message::division_size, language, number_in_words(segment["users"].get<double>()),
                          percent_in_words(segment["share"].get<double>())) +
        typical + traits;
    if (typical.empty() && traits.empty()) out += base::text(Message::persona_nothing, language);
    while (out.ends_with(' ')) out.pop_back();
    return out;
  });
}

}  // namespace coterie::engine

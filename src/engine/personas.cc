#include "engine/personas.h"

#include <algorithm>
#include <cmath>

#include "engine/persona_json.h"
#include "engine/persona_words.h"
#include "understand/personas/feature_contrast.h"
#include "understand/personas/tastes.h"
#include "understand/personas/trait_shares.h"

namespace coterie::engine {

using base::Result;
using base::Status;
using nlohmann::json;
using store::Parameter;
using store::Rows;
using understand::FeatureContrast;
using understand::Lift;
using understand::SegmentsView;

namespace {

// Typical values that every persona shows, whether they stand out or not.
constexpr std::string_view kTypical[] = {"recency_days",    "frequency",         "monetary",
                                         "order_value",     "basket_items",      "gap_mean_days",
                                         "unit_price_mean", "repeat_item_share", "count_view"};

// The category of every item of `items` (ascending), "" where unknown.
Result<std::vector<std::string>> categories_of(profile::AsOf& source, base::Timestamp as_of,
                                               const std::vector<std::string>& items) {
  std::vector<std::string> out(items.size());
  size_t at = 0;
  const Parameter parameters[] = {{"as_of", as_of}, {"levels", int64_t{1}}};
  COTERIE_CHECK_OK(source.run("item_categories.sql", parameters));
  constexpr const char* kSelect = "SELECT item_id, category FROM item_categories ORDER BY item_id";
  COTERIE_CHECK_OK(source.connection().query(kSelect, {}, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      while (at < items.size() && items[at] < rows.text(0, i)) ++at;
      if (at < items.size() && items[at] == rows.text(0, i)) out[at] = rows.text(1, i);
    }
    return {};
  }));
  return out;
}

Status count_traits(profile::AsOf& source, base::Timestamp as_of, understand::TraitCounts* counts) {
  const Parameter parameters[] = {{"as_of", as_of}};
  return source.read("traits.sql", parameters, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) counts->add(rows.text(0, i), rows.text(1, i), rows.text(2, i));
    return {};
  });
}

json all_typical_json(const std::vector<FeatureContrast>& contrasts) {
  json out = json::object();
  for (const auto& contrast : contrasts)
    if (std::find(std::begin(kTypical), std::end(kTypical), contrast.feature) != std::end(kTypical) &&
        contrast.segment.users > 0)
      out[contrast.feature] = {{"segment", typical_json(contrast.segment)},
                               {"everybody", typical_json(contrast.everybody)}};
  return out;
}

json items_json(const std::vector<Lift>& lifts, const ItemNames& names) {
  json out = json::array();
  for (const Lift& lift : lifts) {
    out.push_back(names.item_json(lift.name));
    out.back().update(lift_json(lift));
  }
  return out;
}

json* find_segment(json* segments, std::string_view method, const std::string& name) {
  for (json& segment : *segments)
    if (segment["method"] == method && segment["name"] == name) return &segment;
  return nullptr;
}

}  // namespace

Status add_personas(profile::AsOf& source, const PersonaInput& input, json* segments) {
  const base::Context& context = source.context();
  std::vector<SegmentsView> views;
  uint64_t places = 0;
  for (const auto& membership : input.memberships) {
    views.push_back({membership.rows, membership.segment_of, membership.segments.size()});
    places += input.features.rows() * sizeof(uint32_t);
  }
  COTERIE_ASSIGN_OR_STATUS(const auto memory, context.budget->reserve(places, "traits by segment"));
  COTERIE_ASSIGN_OR_STATUS(const auto categories, categories_of(source, input.as_of, input.bought.items));
  understand::TraitCounts traits(input.features, views);
  COTERIE_RETURN_IF_ERROR(count_traits(source, input.as_of, &traits));
  for (size_t m = 0; m < views.size(); ++m) {
    COTERIE_RETURN_IF_ERROR(context.check_cancelled());
    COTERIE_ASSIGN_OR_STATUS(const auto contrasts, contrast_features(input.features, views[m], context));
    COTERIE_ASSIGN_OR_STATUS(const auto tastes,
                             find_tastes(input.features, views[m], input.bought, categories, context));
    const auto trait_lifts = traits.lifts(m);
    for (size_t s = 0; s < views[m].segments; ++s) {
      json* segment = find_segment(segments, input.memberships[m].method, input.memberships[m].segments[s]);
      if (segment == nullptr) continue;  // nobody is in it
      json persona = {{"typical", all_typical_json(contrasts[s])},
                      {"differences", differences_json(contrasts[s])},
                      {"items", items_json(tastes.items[s], input.item_names)},
                      {"categories", lifts_json(tastes.categories[s])},
                      {"traits", lifts_json(trait_lifts[s])}};
      const PersonaFacts facts{*segment, persona, input.currency};
      json name = persona_name(facts), text = persona_text(facts);
      persona["name"] = std::move(name);
      persona["text"] = std::move(text);
      (*segment)["persona"] = std::move(persona);
    }
  }
  return {};
}

}  // namespace coterie::engine

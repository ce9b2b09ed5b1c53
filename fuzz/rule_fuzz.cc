// A rule as text or, where it begins with "{", as JSON. Promises: a rule that is read reads back the same from its canonical
// text and from its JSON; it has no more parts than the limits say; what is no rule says so in words.
#include "base/utf8.h"
#include "fuzzing.h"
#include "understand/rules/evaluate.h"
#include "understand/rules/parse_rule.h"
#include "understand/rules/rule_json.h"

namespace coterie::fuzzing {
namespace {

using understand::Rule;

// Two members: of one nothing is known, of the other everything.
void check_evaluation(const Rule& rule) {
  data::FeatureTable facts;
  facts.users = {"u1", "u2"};
  for (const auto& quantity : understand::quantities(rule)) {
    auto& column = facts.columns.emplace_back();
    column.name = understand::to_text(quantity);
    column.values = {0, 3};
    column.valid = {0, 1};
    if (quantity.source != understand::QuantitySource::kTrait &&
        quantity.source != understand::QuantitySource::kSegment)
      continue;
    column.kind = data::FeatureKind::kCategorical;
    column.categories = {"3"};
    column.codes = {data::FeatureColumn::kMissingCode, 0};
  }
  const auto holds = understand::evaluate(rule, facts);
  if (!understand::included_segments(rule).empty())
    return require(!holds, "a segment that is not resolved is an error");
  require(holds.has_value(), "a rule can be evaluated");
  for (size_t row = 0; row < 2; ++row) {
    const auto why = understand::explain(rule, facts, row);
    require(why && why->holds == ((*holds)[row] != 0), "an explanation agrees");
  }
}

}  // namespace
}  // namespace coterie::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace coterie;
  using namespace coterie::fuzzing;
  const std::string_view text = text_of(data, size);
  const auto rule = text.starts_with("{") ? understand::parse_rule_json(text) : understand::parse_rule(text);
  if (!rule) {
    require_clear(rule.error());
    require(!base::is_utf8(text) || base::is_utf8(rule.error().message()), "words about text are text");
    return 0;
  }
  const std::string written = understand::to_text(*rule);
  require(base::is_utf8(written), "a rule is text");
  require(understand::condition_count(*rule) <= understand::kMaxRuleConditions, "a rule keeps to its limits");
  const auto again = understand::parse_rule(written);
  require(again && *again == *rule, "the canonical text reads back");
  require(understand::to_text(*again) == written, "it is canonical");
  const auto from_json = understand::parse_rule_json(understand::to_json(*rule).dump());
  require(from_json && *from_json == *rule, "the JSON reads back");
  check_evaluation(*rule);
  return 0;
}

#include "collect/simulate/texts/pattern.h"

#include <charconv>

namespace coterie::collect::simulate {

namespace {

Slot slot_of(std::string_view name) {
  if (name == "item") return Slot::kItem;
  if (name == "very") return Slot::kVery;
  if (name == "who") return Slot::kWho;
  if (name == "when") return Slot::kWhen;
  if (name == "few") return Slot::kFew;
  if (name == "days") return Slot::kDays;
  if (name == "many") return Slot::kMany;
  if (name == "order") return Slot::kOrder;
  return Slot::kUnknown;
}

void append_number(uint64_t value, std::string& out) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void append_slot(Slot slot, const Fillers& fillers, base::Random& rng, std::string& out) {
  switch (slot) {
    case Slot::kItem: out.append(fillers.item); return;
    case Slot::kVery: return fillers.very->expand(fillers, rng, out);
    case Slot::kWho: return fillers.who->expand(fillers, rng, out);
    case Slot::kWhen: return fillers.when->expand(fillers, rng, out);
    case Slot::kFew: return append_number(2 + rng.below(5), out);
    case Slot::kDays: return append_number(5 + rng.below(11), out);
    case Slot::kMany: return append_number(10 + rng.below(90), out);
    case Slot::kOrder: return append_number(100'000 + rng.below(900'000), out);
    case Slot::kUnknown: return;
  }
}

}  // namespace

Pattern::Pattern(std::string_view text) {
  parse(text, false);
  is_broken_ |= !text.empty();
}

// Reads alternatives up to the bracket that closes them, or to the end.
void Pattern::parse(std::string_view& rest, bool nested) {
  alternatives_.emplace_back();
  while (!rest.empty()) {
    const size_t end = rest.find_first_of("[]|{}");
    Sequence& sequence = alternatives_.back();
    if (end != 0) sequence.push_back({rest.substr(0, end), Slot::kUnknown, {}});
    if (end == std::string_view::npos) {
      rest = {};
      break;
    }
    const char sign = rest[end];
    rest.remove_prefix(end + 1);
    if (sign == '|') {
      alternatives_.emplace_back();
    } else if (sign == '[') {
      Pattern inner;
      inner.parse(rest, true);
      is_broken_ |= inner.is_broken_;
      sequence.push_back({{}, Slot::kUnknown, {}});
      sequence.back().choice.push_back(std::move(inner));
    } else if (sign == '{') {
      const size_t close = rest.find('}');
      const Slot slot = slot_of(rest.substr(0, close));
      is_broken_ |= close == std::string_view::npos || slot == Slot::kUnknown;
      sequence.push_back({{}, slot, {}});
      rest.remove_prefix(close == std::string_view::npos ? rest.size() : close + 1);
    } else {
      is_broken_ |= sign == '}' || !nested;
      return;
    }
  }
  is_broken_ |= nested;
}

void Pattern::expand(const Fillers& fillers, base::Random& rng, std::string& out) const {
  if (alternatives_.empty()) return;
  const Sequence& sequence =
      alternatives_.size() == 1 ? alternatives_[0] : alternatives_[rng.below(alternatives_.size())];
  for (const Part& part : sequence) {
    out.append(part.literal);
    if (part.slot != Slot::kUnknown) append_slot(part.slot, fillers, rng, out);
    for (const Pattern& choice : part.choice) choice.expand(fillers, rng, out);
  }
}

}  // namespace coterie::collect::simulate

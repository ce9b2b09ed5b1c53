// A small grammar of sentences: "the [box|parcel] was {very} [nice|neat]" and what may stand in its slots.
//
// "|" separates alternatives, at the top and inside "[...]", which nest; an empty one is allowed; each is equally
// likely at its level. "{name}" is a slot. There is no escape: texts that need these signs do not occur.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace coterie::collect::simulate {

enum class Slot : uint8_t { kItem, kVery, kWho, kWhen, kFew, kDays, kMany, kOrder, kUnknown };

struct Fillers;

/// Immutable; safe from many threads. The text outlives it.
class Pattern {
 public:
  Pattern() = default;
  explicit Pattern(std::string_view text);

  /// Appends one of its sentences. O(length of the sentence).
  void expand(const Fillers& fillers, base::Random& rng, std::string& out) const;

  bool empty() const { return alternatives_.empty(); }
  /// A slot that is not known, or brackets that do not match: a defect of the table.
  bool is_broken() const { return is_broken_; }

 private:
  struct Part {
    std::string_view literal;
    Slot slot = Slot::kUnknown;
    std::vector<Pattern> choice;  // none or one
  };
  using Sequence = std::vector<Part>;

  void parse(std::string_view& rest, bool nested);

  std::vector<Sequence> alternatives_;
  bool is_broken_ = false;
};

/// What stands in the slots of one text. Numbers are drawn.
struct Fillers {
  std::string_view item;
  const Pattern* very = nullptr;
  const Pattern* who = nullptr;
  const Pattern* when = nullptr;
};

}  // namespace coterie::collect::simulate

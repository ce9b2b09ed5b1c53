// A persona in words, both languages: a name and a paragraph of facts, from the message table.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace coterie::engine {

/// What a paragraph is made of, as the record has it.
struct PersonaFacts {
  const nlohmann::json& segment;  ///< {name, method, users, share, label, ...}
  const nlohmann::json& persona;  ///< {typical, differences, items, categories, traits}; see docs/run.md
  std::string currency;
};

/// {en, zh}: for RFM its label, for clusters two words for what stands out; and the favourite category.
nlohmann::json persona_name(const PersonaFacts& facts);

/// {en, zh}: three to five sentences.
nlohmann::json persona_text(const PersonaFacts& facts);

}  // namespace coterie::engine

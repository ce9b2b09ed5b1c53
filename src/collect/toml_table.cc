#include "collect/toml_table.h"

#include <algorithm>

namespace coterie::collect {

using base::Status;

Status TomlTable::only(std::initializer_list<std::string_view> keys) const {
  for (const auto& [key, node] : table_) {
    if (std::find(keys.begin(), keys.end(), key.str()) != keys.end()) continue;
    std::string names;
    for (const std::string_view name : keys) names.append(names.empty() ? "" : ", ").append(name);
    return wrong(key.str(), fmt::format("is not a key here; there are {}", names));
  }
  return {};
}

Status TomlTable::text(std::string_view key, std::string* out) const {
  const toml::node* node = table_.get(key);
  if (node == nullptr) return {};
  if (!node->is_string()) return wrong(key, "must be a text");
  *out = node->as_string()->get();
  return {};
}

Status TomlTable::texts(std::string_view key, std::vector<std::string>* out) const {
  const toml::node* node = table_.get(key);
  if (node == nullptr) return {};
  if (!node->is_array()) return wrong(key, "must be a list of texts");
  for (const toml::node& entry : *node->as_array()) {
    if (!entry.is_string()) return wrong(key, "must be a list of texts");
    out->push_back(entry.as_string()->get());
  }
  return {};
}

Status TomlTable::flag(std::string_view key, bool* out) const {
  const toml::node* node = table_.get(key);
  if (node == nullptr) return {};
  if (!node->is_boolean()) return wrong(key, "must be true or false");
  *out = node->as_boolean()->get();
  return {};
}

Status TomlTable::choice(std::string_view key, std::initializer_list<std::string_view> words,
                         size_t* out) const {
  std::string word;
  COTERIE_RETURN_IF_ERROR(text(key, &word));
  if (!has(key)) return {};
  const auto* it = std::find(words.begin(), words.end(), word);
  if (it == words.end()) {
    std::string names;
    for (const std::string_view name : words)
      names.append(fmt::format("{}\"{}\"", names.empty() ? "" : " or ", name));
    return wrong(key, fmt::format("must be {}", names));
  }
  *out = static_cast<size_t>(it - words.begin());
  return {};
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::string> out;
  for (const auto& [key, node] : table_) out.emplace_back(key.str());
  return out;
}

Status TomlTable::wrong(std::string_view key, std::string_view what) const {
  toml::source_position at = table_.source().begin;
  for (const auto& [name, node] : table_) {
    if (name.str() == key) at = name.source().begin ? name.source().begin : node.source().begin;
  }
  return base::failure(base::Code::kInvalidArgument, "{}, line {}, column {}: {} {}", origin_,
                       static_cast<uint32_t>(at.line), static_cast<uint32_t>(at.column), key, what);
}

}  // namespace coterie::collect

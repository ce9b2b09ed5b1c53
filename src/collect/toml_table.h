// Reads a TOML table key by key, and says with file, line and column what is wrong with one.
#pragma once

#include <toml++/toml.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace coterie::collect {

/// A view of a table that outlives it. A key that is absent leaves the output as it was.
/// Errors: kInvalidArgument, "my.toml, line 3, column 1: price must be a text".
class TomlTable {
 public:
  TomlTable(const toml::table& table, std::string_view origin) : table_(table), origin_(origin) {}

  /// Complains about the first key that is none of these, naming the one that looks like it.
  base::Status only(std::initializer_list<std::string_view> keys) const;

  base::Status text(std::string_view key, std::string* out) const;
  base::Status texts(std::string_view key, std::vector<std::string>* out) const;
  base::Status flag(std::string_view key, bool* out) const;

  /// One of the words; its place among them.
  base::Status choice(std::string_view key, std::initializer_list<std::string_view> words, size_t* out) const;

  bool has(std::string_view key) const { return table_.contains(key); }

  /// Calls visit(sub-table) when there is one.
  template <class Visit>
  base::Status table(std::string_view key, Visit visit) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return {};
    if (!node->is_table()) return wrong(key, "must be a table");
    return visit(TomlTable(*node->as_table(), origin_));
  }

  /// Calls visit(sub-table) for each of a list of tables.
  template <class Visit>
  base::Status tables(std::string_view key, Visit visit) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return {};
    if (!node->is_array_of_tables()) return wrong(key, "must be a list of tables");
    for (const toml::node& entry : *node->as_array())
      COTERIE_RETURN_IF_ERROR(visit(TomlTable(*entry.as_table(), origin_)));
    return {};
  }

  /// The keys in order of their names.
  std::vector<std::string> keys() const;

  /// "FILE, line L, column C: KEY WHAT".
  base::Status wrong(std::string_view key, std::string_view what) const;

 private:
  const toml::table& table_;
  std::string_view origin_;
};

}  // namespace coterie::collect

// The paths that are asked for, as a tree of keys: "context.campaign.name",
// "properties.products[].product_id".
//
// A dot in a key counts as a step, so {"a.b": 1} and {"a": {"b": 1}} have the same path.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"

namespace coterie::collect {

/// A place in a JSON object.
class PathNode {
 public:
  std::vector<size_t> columns;         ///< that take the value at this place as a whole
  bool of_element = false;             ///< the place is in an element of the exploded array
  std::unique_ptr<PathNode> elements;  ///< the elements of the array at this place, which is exploded

  /// nullptr when nothing below is asked for.
  PathNode* find(std::string_view key);

  /// Adds what is missing.
  PathNode* make(std::string_view key);

 private:
  PathNode* find_step(std::string_view key);
  PathNode* make_step(std::string_view key);

  static constexpr size_t kSearched = 16;  // up to so many children one by one
  std::vector<std::unique_ptr<PathNode>> children_;
  std::vector<std::string> keys_;
  std::unordered_map<std::string, size_t> places_;  // when there are more
  size_t expected_ = 0;                             // records have their keys in one order
};

/// Not thread safe.
class JsonPaths {
 public:
  JsonPaths() : root_(std::make_unique<PathNode>()) {}

  /// `columns` in their order, and the array `explode` ("" for none; else "[]" paths tell it).
  /// Errors: kInvalidArgument (an empty path or step, "[]" in two different places).
  static base::Result<JsonPaths> make(const std::vector<std::string>& columns, std::string_view explode);

  PathNode& root() { return *root_; }
  const std::string& explode() const { return explode_; }  ///< without "[]"; empty: no array is exploded

 private:
  base::Status set_explode(std::string_view path);

  std::unique_ptr<PathNode> root_;
  std::string explode_;
};

}  // namespace coterie::collect

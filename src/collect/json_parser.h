// One JSON object → the values at the paths that are asked for; checks all of it.
#pragma once

#include <simdjson.h>

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "collect/json_paths.h"
#include "collect/record_reader.h"

namespace coterie::collect {

/// Not thread safe. What parse() leaves is valid until the next one, and while the text is.
class JsonParser {
 public:
  /// A value within the exploded array.
  struct Cell {
    size_t element;
    size_t column;
    std::string_view value;
  };

  /// Bits of Defect; 0 when `text` is one object. 64 bytes behind it must be readable. Writes to
  /// fields[column], which is there for every column of `paths`, for values outside the exploded array.
  uint8_t parse(std::string_view text, JsonPaths& paths, std::vector<std::string_view>& fields);

  /// The same, adding every path that is missing to `paths` and `header`, at most `max_columns` in all.
  uint8_t learn(std::string_view text, JsonPaths& paths, std::vector<std::string>& header,
                size_t max_columns);

  const std::vector<Cell>& cells() const { return cells_; }  ///< in the order of their elements
  size_t elements() const { return elements_; }              ///< of the exploded array; 0 when there is none
  /// The text that parse() took, with the element as the only one of its array, in `out`. False when it holds no
  /// array of several, or when all of its elements' texts together would be more than 64 MiB.
  bool element_text(std::string_view text, size_t element, std::string* out) const;
  /// Where element_text() is true: the values asked for as a whole that hold the array, with the element alone in
  /// it. Valid until the next call.
  void give_element_wholes(size_t element, std::vector<std::string_view>& fields);
  bool too_deep() const { return too_deep_; }              ///< of the last text
  bool has_more_columns() const { return more_columns_; }  ///< learn() has met more than it may add

 private:
  using Value = simdjson::ondemand::value;
  using Error = simdjson::error_code;

  Error walk_document(std::string_view text, PathNode& root);
  Error walk(Value value, PathNode* node, size_t depth);
  Error walk_object(simdjson::ondemand::object object, PathNode* node, size_t depth);
  Error walk_array(simdjson::ondemand::array array, PathNode* node, size_t depth);
  Error walk_text(Value value, std::string_view token, PathNode* node);
  Error read_key(simdjson::ondemand::field& field, std::string_view* key);
  void give(PathNode* node, std::string_view value);
  void give_whole(PathNode* node, std::string_view text);
  static void make_compact(std::string_view text, std::string* out);
  const char* location();
  void learn_leaf(PathNode* node);
  std::string& scratch();

  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  const char* text_end_ = nullptr;
  std::vector<std::string_view>* fields_ = nullptr;
  std::vector<Cell> cells_;
  size_t elements_ = 0;
  std::vector<std::string_view> element_texts_;  // of the one array that is exploded
  std::string_view array_text_;                  // with its brackets; empty when there is none, or several
  struct Around {
    size_t column;
    std::string_view text;
    std::string compact;  // with one element
  };
  std::vector<Around> around_;       // values given as a whole that hold the array
  const char* value_end_ = nullptr;  // of the value walked last
  bool too_deep_ = false;
  bool has_nul_ = false;
  std::deque<std::string> whole_;  // values given as a whole; the first whole_used_ are in use
  size_t whole_used_ = 0;

  // While learning.
  std::vector<std::string>* header_ = nullptr;
  size_t max_columns_ = 0;
  bool more_columns_ = false;
  std::string path_;
  std::vector<std::string_view> learned_fields_;
};

}  // namespace coterie::collect

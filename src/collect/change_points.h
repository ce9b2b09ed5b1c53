// What a file of rows says about items and users, reduced to the rows where it changes.
//
// A row says "item 85123A is called X" again and again; only the first row, and every row whose value differs
// from the last one kept, becomes an attribute with valid_from = the row's time. Where the rows of one item
// are in order of time this is exact: at any instant the newest point not after it is what the newest row not
// after it said. Where they are not, no value is lost, but a point may be missing where rows of two values
// interleave; a row older than the last point kept is always kept. Two values at one instant are both kept.
//
// A row flagged as a test or as the shop's own says so about its item (is_product) or its user (is_test,
// is_internal), in the same way.
#pragma once

#include <array>
#include <boost/regex.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/id_index.h"
#include "collect/cleaning.h"
#include "data/event.h"

namespace coterie::collect {

/// Not thread safe. Memory: the distinct ids, and 32 bytes for each of their attributes.
class ChangePoints {
 public:
  /// `not_product` are checked expressions (parse_preset).
  ChangePoints(const Mapping& mapping, std::span<const std::string> not_product);

  /// Appends what an accepted row changes: to `items` for its item, to `users` for its user_id (guests have
  /// none).
  void add(const CleanRow& row, data::AttributeBatch& items, data::AttributeBatch& users);

 private:
  struct Point {
    base::Hash128 value;
    base::Timestamp valid_from = 0;
    bool known = false;
  };

  // The attributes of one owner; names[i] is read from row.attributes[fields[i]].
  struct Subjects {
    std::vector<std::string> names;
    std::vector<size_t> fields;
    base::IdIndex ids;
    std::vector<Point> points;  // ids × names
  };

  static bool changes(Point& point, std::string_view value, base::Timestamp ts);
  static void add_attributes(Subjects& subjects, std::string_view id, const CleanRow& row,
                             data::AttributeBatch& out);
  void add_flagged(const CleanRow& row, data::AttributeBatch& items, data::AttributeBatch& users);
  void add_is_product(std::string_view item, base::Timestamp ts, data::AttributeBatch& out);

  Subjects items_;
  Subjects users_;
  std::vector<boost::regex> not_product_;
  base::IdIndex judged_;             // items, when there are patterns
  std::vector<uint8_t> is_product_;  // by judged_
  std::vector<Point> product_points_;
  boost::unordered_flat_map<std::string, base::Timestamp> flagged_;  // earliest row, by rule and id
};

}  // namespace coterie::collect

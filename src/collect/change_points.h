// What a file of rows says about items and users, reduced to the rows where it changes.
//
// A row says "item 85123A is called X" again and again; only the first row, and every row whose value differs
// from the last one kept, becomes an attribute with valid_from = the row's time; so does a row older than the last
// point kept, and one of whom nothing was heard for so long that it was forgotten (recent_points.h). No value is
// lost; points that say nothing new are dropped where the points of a file are put in order of time
// (store/fact_parts.h), so what is stored does not depend on what was remembered. Two values at one instant are
// both kept.
//
// A row flagged as a test or as the shop's own says so about its item (is_product) or its user (is_test,
// is_internal), in the same way.
#pragma once

#include <boost/regex.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "collect/cleaning.h"
#include "collect/recent_points.h"
#include "data/event.h"

namespace coterie::collect {

/// Not thread safe. Memory: that of RecentPoints, at most 100 MB.
class ChangePoints {
 public:
  static constexpr size_t kRemembered = 1 << 19;

  /// `not_product` are checked expressions (parse_preset). `remembered` points at least are not forgotten.
  ChangePoints(const Mapping& mapping, std::span<const std::string> not_product,
               size_t remembered = kRemembered);

  /// Appends what an accepted row changes: to `items` for its item, to `users` for its user_id (guests have
  /// none).
  void add(const CleanRow& row, data::AttributeBatch& items, data::AttributeBatch& users);

 private:
  // An attribute that rows state, read from row.attributes[field].
  struct Stated {
    std::string name;
    base::Hash128 key;
    size_t field;
  };

  bool changes(const base::Hash128& key, std::string_view value, base::Timestamp ts);
  void add_attributes(std::span<const Stated> stated, std::string_view id, const CleanRow& row,
                      data::AttributeBatch& out);
  void add_flagged(const CleanRow& row, data::AttributeBatch& items, data::AttributeBatch& users);
  void add_is_product(std::string_view item, base::Timestamp ts, data::AttributeBatch& out);

  std::vector<Stated> of_items_;
  std::vector<Stated> of_users_;
  std::vector<boost::regex> not_product_;
  RecentPoints recent_;
};

}  // namespace coterie::collect

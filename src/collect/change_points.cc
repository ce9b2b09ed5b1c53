#include "collect/change_points.h"

#include <algorithm>
#include <stdexcept>

namespace coterie::collect {

namespace {

void append(data::AttributeBatch& out, std::string_view id, std::string_view name, std::string_view value,
            base::Timestamp valid_from) {
  out.id.append(id);
  out.name.append(name);
  out.value.append(value);
  out.valid_from.push_back(valid_from);
  out.line.push_back(0);
}

// An expression that takes the library too many steps does not fit: "(a*)*b" on many a's.
bool fits_whole(const boost::regex& pattern, std::string_view text) {
  try {
    return boost::regex_match(text.begin(), text.end(), pattern);
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace

ChangePoints::ChangePoints(const Mapping& mapping, std::span<const std::string> not_product) {
  for (size_t i = 0; i < mapping.attributes.size(); ++i) {
    const AttributeName& name = mapping.attributes[i].name;
    Subjects& subjects = name.owner == AttributeOwner::kItems ? items_ : users_;
    subjects.names.push_back(name.name);
    subjects.fields.push_back(i);
  }
  for (const std::string& pattern : not_product) not_product_.emplace_back(pattern);
}

void ChangePoints::add(const CleanRow& row, data::AttributeBatch& items, data::AttributeBatch& users) {
  const std::string_view item = at(row.text, Column::kItemId);
  const std::string_view user = at(row.text, Column::kUserId);
  if (!item.empty()) add_attributes(items_, item, row, items);
  if (!item.empty() && !not_product_.empty()) add_is_product(item, row.ts, items);
  if (!user.empty()) add_attributes(users_, user, row, users);
  if (!row.flags.empty()) add_flagged(row, items, users);
}

// Each item or user once, and again for an older row.
void ChangePoints::add_flagged(const CleanRow& row, data::AttributeBatch& items,
                               data::AttributeBatch& users) {
  for (const Fault& flag : row.flags) {
    const bool is_item = flag.rule == Rule::kTestItem;
    const std::string_view trait = data::info(flag.rule).trait;
    const std::string_view id = at(row.text, is_item ? Column::kItemId : Column::kUserId);
    if (id.empty() || (!is_item && (trait.empty() || flag.column != Column::kUserId))) continue;
    const auto [it, added] = flagged_.try_emplace(fmt::format("{} {}", key(flag.rule), id), row.ts);
    if (!added && it->second <= row.ts) continue;
    it->second = row.ts;
    is_item ? append(items, id, "is_product", "false", row.ts) : append(users, id, trait, "true", row.ts);
  }
}

// True when `point` must be kept; it then is the last one kept.
bool ChangePoints::changes(Point& point, std::string_view value, base::Timestamp ts) {
  const base::Hash128 hash = base::hash128(value);
  if (point.known && point.value == hash && ts >= point.valid_from) return false;
  point = {hash, ts, true};
  return true;
}

void ChangePoints::add_attributes(Subjects& subjects, std::string_view id, const CleanRow& row,
                                  data::AttributeBatch& out) {
  const size_t count = subjects.names.size();
  if (count == 0) return;
  const size_t first = subjects.ids.get_or_add(id) * count;
  if (subjects.points.size() < first + count) subjects.points.resize(first + count);
  for (size_t i = 0; i < count; ++i) {
    const std::string_view value = row.attributes[subjects.fields[i]];
    if (value.empty() || !changes(subjects.points[first + i], value, row.ts)) continue;
    append(out, id, subjects.names[i], value, row.ts);
  }
}

void ChangePoints::add_is_product(std::string_view item, base::Timestamp ts, data::AttributeBatch& out) {
  const uint32_t index = judged_.get_or_add(item);
  if (index == is_product_.size()) {
    const bool other = std::any_of(not_product_.begin(), not_product_.end(),
                                   [&](const boost::regex& pattern) { return fits_whole(pattern, item); });
    is_product_.push_back(other ? 0 : 1);
    product_points_.emplace_back();
  }
  if (is_product_[index] == 0 && changes(product_points_[index], "false", ts))
    append(out, item, "is_product", "false", ts);
}

}  // namespace coterie::collect

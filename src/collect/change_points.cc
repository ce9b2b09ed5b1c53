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

// Keys of what rows say in another way than by an attribute.
const base::Hash128 kJudged = base::hash128("judged");
const base::Hash128 kNotProduct = base::hash128("not product");

}  // namespace

ChangePoints::ChangePoints(const Mapping& mapping, std::span<const std::string> not_product,
                           size_t remembered)
    : recent_(remembered) {
  for (size_t i = 0; i < mapping.attributes.size(); ++i) {
    const AttributeName& name = mapping.attributes[i].name;
    const bool is_item = name.owner == AttributeOwner::kItems;
    (is_item ? of_items_ : of_users_)
        .push_back({name.name, base::hash128((is_item ? "item." : "user.") + name.name), i});
  }
  for (const std::string& pattern : not_product) not_product_.emplace_back(pattern);
}

void ChangePoints::add(const CleanRow& row, data::AttributeBatch& items, data::AttributeBatch& users) {
  const std::string_view item = at(row.text, Column::kItemId);
  const std::string_view user = at(row.text, Column::kUserId);
  if (!item.empty()) add_attributes(of_items_, item, row, items);
  if (!item.empty() && !not_product_.empty()) add_is_product(item, row.ts, items);
  if (!user.empty()) add_attributes(of_users_, user, row, users);
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
    if (!changes(RecentPoints::key(base::hash128(id), base::hash128(key(flag.rule))), "true", row.ts))
      continue;
    is_item ? append(items, id, "is_product", "false", row.ts) : append(users, id, trait, "true", row.ts);
  }
}

// True when the point must be kept; it then is the last one kept.
bool ChangePoints::changes(const base::Hash128& key, std::string_view value, base::Timestamp ts) {
  const uint64_t hash = base::hash64(value);
  const auto [point, is_new] = recent_.get_or_add(key);
  if (!is_new && point->value == hash && ts >= point->valid_from) return false;
  *point = {hash, ts};
  return true;
}

void ChangePoints::add_attributes(std::span<const Stated> stated, std::string_view id, const CleanRow& row,
                                  data::AttributeBatch& out) {
  if (stated.empty()) return;
  const base::Hash128 owner = base::hash128(id);
  for (const Stated& attribute : stated) {
    const std::string_view value = row.attributes[attribute.field];
    if (!value.empty() && changes(RecentPoints::key(owner, attribute.key), value, row.ts))
      append(out, id, attribute.name, value, row.ts);
  }
}

void ChangePoints::add_is_product(std::string_view item, base::Timestamp ts, data::AttributeBatch& out) {
  const base::Hash128 owner = base::hash128(item);
  const auto [judged, is_new] = recent_.get_or_add(RecentPoints::key(owner, kJudged));
  if (is_new)
    judged->value = std::any_of(not_product_.begin(), not_product_.end(),
                                [&](const boost::regex& pattern) { return fits_whole(pattern, item); });
  if (judged->value == 1 && changes(RecentPoints::key(owner, kNotProduct), "false", ts))
    append(out, item, "is_product", "false", ts);
}

}  // namespace coterie::collect

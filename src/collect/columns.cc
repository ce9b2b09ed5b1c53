#include "collect/columns.h"

#include <algorithm>

#include "base/nearest_names.h"

namespace coterie::collect {

namespace {

constexpr std::array<std::string_view, kAllColumnCount> kColumnNames = {
    "event_id", "user_id",     "anonymous_id", "item_id",    "behavior",      "ts",        "value",
    "quantity", "unit_price",  "line_amount",  "discount",   "currency",      "order_id",  "session_id",
    "channel",  "campaign_id", "decision_id",  "properties", "trait",         "attribute", "valid_from",
    "text_id",  "kind",        "body",         "rating",     "other_user_id", "relation",
};

constexpr std::array<std::string_view, 5> kKinds = {"events", "users", "items", "texts", "links"};

constexpr Column kUserColumns[] = {Column::kUserId, Column::kTrait, Column::kValue, Column::kValidFrom};
constexpr Column kItemColumns[] = {Column::kItemId, Column::kAttribute, Column::kValue, Column::kValidFrom};
constexpr Column kTextColumns[] = {Column::kTextId, Column::kUserId, Column::kItemId, Column::kKind,
                                   Column::kBody,   Column::kTs,     Column::kRating, Column::kCampaignId};
constexpr Column kLinkColumns[] = {Column::kUserId, Column::kOtherUserId, Column::kRelation, Column::kTs};

}  // namespace

std::string_view to_string(Kind kind) { return kKinds[static_cast<size_t>(kind)]; }

std::optional<Kind> parse_kind(std::string_view name) {
  const auto* it = std::find(kKinds.begin(), kKinds.end(), name);
  if (it == kKinds.end()) return std::nullopt;
  return static_cast<Kind>(it - kKinds.begin());
}

bool belongs(Column column, Kind kind) {
  const auto among = [&](std::span<const Column> columns) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  };
  switch (kind) {
    case Kind::kEvents: return static_cast<size_t>(column) < kColumnCount;
    case Kind::kUsers: return among(kUserColumns);
    case Kind::kItems: return among(kItemColumns);
    case Kind::kTexts: return among(kTextColumns);
    case Kind::kLinks: return among(kLinkColumns);
  }
  return false;
}

Column time_column(Kind kind) {
  return kind == Kind::kUsers || kind == Kind::kItems ? Column::kValidFrom : Column::kTs;
}

std::string_view to_string(Column column) { return kColumnNames[static_cast<size_t>(column)]; }

std::optional<Column> parse_column(std::string_view name) {
  const auto* it = std::find(kColumnNames.begin(), kColumnNames.end(), name);
  if (it == kColumnNames.end()) return std::nullopt;
  return static_cast<Column>(it - kColumnNames.begin());
}

std::optional<AttributeName> parse_attribute_name(std::string_view text) {
  constexpr size_t kMaxNameBytes = 64;
  AttributeName out;
  if (text.starts_with("user.")) {
    out.owner = AttributeOwner::kUsers;
  } else if (!text.starts_with("item.")) {
    return std::nullopt;
  }
  out.name = text.substr(5);
  if (out.name.empty() || out.name.size() > kMaxNameBytes) return std::nullopt;
  return out;
}

bool is_design_name(std::string_view text) {
  return parse_column(text).has_value() || parse_attribute_name(text).has_value();
}

std::string nearest_names(std::string_view text) { return base::nearest_names(text, kColumnNames); }

}  // namespace coterie::collect

#include "collect/columns.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace coterie::collect {

namespace {

constexpr std::array<std::string_view, kAllColumnCount> kNames = {
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

// Levenshtein distance, O(|a| |b|).
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row[b.size()];
}

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

std::string_view to_string(Column column) { return kNames[static_cast<size_t>(column)]; }

std::optional<Column> parse_column(std::string_view name) {
  const auto* it = std::find(kNames.begin(), kNames.end(), name);
  if (it == kNames.end()) return std::nullopt;
  return static_cast<Column>(it - kNames.begin());
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

std::string nearest_names(std::string_view text) {
  constexpr size_t kMost = 3;
  if (text.size() > 64) return {};
  std::vector<std::pair<size_t, std::string_view>> near;
  for (const std::string_view name : kNames) {
    const size_t distance = edit_distance(text, name);
    const bool part = text.size() >= 3 && (name.find(text) != std::string_view::npos);
    if (part || distance <= std::max<size_t>(2, name.size() / 3)) near.emplace_back(distance, name);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string out;
  for (size_t i = 0; i < std::min(near.size(), kMost); ++i)
    out.append(i == 0 ? "" : ", ").append(near[i].second);
  return out;
}

}  // namespace coterie::collect

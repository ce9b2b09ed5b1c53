// What a file holds, and the names that its columns are mapped to (DESIGN §5).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "collect/row_sink.h"

namespace coterie::collect {

/// What the rows of a file are.
enum class Kind : uint8_t {
  kEvents,
  kUsers,  ///< traits of users: one column a trait, or user_id, trait, value
  kItems,  ///< attributes of items: one column an attribute, or item_id, attribute, value
  kTexts,  ///< reviews, messages
  kLinks,  ///< who brought or knows whom
};

/// "events", "users", ...
std::string_view to_string(Kind kind);
std::optional<Kind> parse_kind(std::string_view name);

enum class Column : uint8_t {
  kEventId,
  kUserId,
  kAnonymousId,
  kItemId,
  kBehavior,
  kTs,
  kValue,
  kQuantity,
  kUnitPrice,
  kLineAmount,
  kDiscount,
  kCurrency,
  kOrderId,
  kSessionId,
  kChannel,
  kCampaignId,
  kDecisionId,
  kProperties,
  // Of the other kinds only.
  kTrait,
  kAttribute,
  kValidFrom,
  kTextId,
  kKind,
  kBody,
  kRating,
  kOtherUserId,
  kRelation,
};

inline constexpr size_t kColumnCount = 18;     ///< columns of an event; they come first
inline constexpr size_t kAllColumnCount = 27;  ///< of all kinds

/// "event_id", "user_id", ...
std::string_view to_string(Column column);
std::optional<Column> parse_column(std::string_view name);

/// True when rows of `kind` have that column.
bool belongs(Column column, Kind kind);

/// The time of a row: `ts`, or `valid_from` of users and items.
Column time_column(Kind kind);

/// `item.NAME` or `user.NAME`: an attribute of the row's item, or a trait of its user.
struct AttributeName {
  AttributeOwner owner = AttributeOwner::kItems;
  std::string name;
};

/// Missing when `text` does not begin with "item." or "user.", or the rest is empty or longer than 64 bytes.
std::optional<AttributeName> parse_attribute_name(std::string_view text);

/// True for a design name of either sort.
bool is_design_name(std::string_view text);

/// Up to three design names that look like `text`, most alike first: "user_id, item_id"; empty if none does.
std::string nearest_names(std::string_view text);

/// The value of every column of one event; empty = missing.
using ColumnValues = std::array<std::string_view, kColumnCount>;

inline std::string_view& at(ColumnValues& values, Column column) {
  return values[static_cast<size_t>(column)];
}
inline std::string_view at(const ColumnValues& values, Column column) {
  return values[static_cast<size_t>(column)];
}

}  // namespace coterie::collect

// The names that a file's columns are mapped to (DESIGN §5).
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
};

inline constexpr size_t kColumnCount = 18;

/// "event_id", "user_id", ...
std::string_view to_string(Column column);
std::optional<Column> parse_column(std::string_view name);

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

/// The value of every column of one row; empty = missing.
using ColumnValues = std::array<std::string_view, kColumnCount>;

inline std::string_view& at(ColumnValues& values, Column column) {
  return values[static_cast<size_t>(column)];
}
inline std::string_view at(const ColumnValues& values, Column column) {
  return values[static_cast<size_t>(column)];
}

}  // namespace coterie::collect

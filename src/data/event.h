// Behaviors, and batches of what collect hands to the store.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "data/columns.h"

namespace coterie::data {

/// The behaviors of DESIGN §5, without "custom:*". Anything else is stored as "custom:NAME".
std::span<const std::string_view> known_behaviors();
bool is_known_behavior(std::string_view name);

/// What happens to rows of one file that are equal in every mapped column.
enum class Repeats {
  kKeep,  ///< they are different events: the second gets an id of its own
  kDrop,  ///< they are the same event sent twice: the second is a duplicate
};

/// Cleaned events, column by column; every column has the same number of rows.
/// DECIMAL(18,4) columns hold ten-thousandths (base::Decimal::units).
struct EventBatch {
  TextColumn event_id;                 ///< as received, or to_string(hash128(cleaned columns)); never missing
  std::vector<uint8_t> is_content_id;  ///< 1 when event_id is the hash of the row's content
  TextColumn user_id;                  ///< user_id or anonymous_id is present
  TextColumn anonymous_id;
  TextColumn item_id;
  TextColumn behavior;  ///< never missing
  std::vector<base::Timestamp> ts;
  NumberColumn<double> value;
  NumberColumn<int64_t> quantity;
  NumberColumn<int64_t> unit_price;
  NumberColumn<int64_t> line_amount;
  NumberColumn<int64_t> discount;
  TextColumn currency;
  TextColumn order_id;
  TextColumn session_id;
  TextColumn channel;
  TextColumn campaign_id;
  TextColumn decision_id;
  TextColumn properties;       ///< JSON text
  std::vector<uint64_t> line;  ///< physical line in the file, from 1

  size_t rows() const { return ts.size(); }
  void clear() { *this = EventBatch(); }
};

/// A fact about an item (attribute) or a user (trait), known from `valid_from` on.
struct AttributeBatch {
  TextColumn id;
  TextColumn name;  ///< "name", "category", "is_product", "country", ...
  TextColumn value;
  std::vector<base::Timestamp> valid_from;
  std::vector<uint64_t> line;  ///< of the record that states it; 0 when it is an event that does

  size_t rows() const { return valid_from.size(); }
  void clear() { *this = AttributeBatch(); }
};

/// What somebody wrote: a review, a message.
struct TextBatch {
  TextColumn text_id;  ///< as received, or to_string(hash128(cleaned columns)); never missing
  std::vector<uint8_t> is_content_id;
  TextColumn user_id;
  TextColumn item_id;
  TextColumn kind;  ///< "review", "chat", "survey", "copy"; never missing
  TextColumn body;  ///< never missing
  std::vector<base::Timestamp> ts;
  NumberColumn<double> rating;
  TextColumn campaign_id;
  std::vector<uint64_t> line;

  size_t rows() const { return ts.size(); }
  void clear() { *this = TextBatch(); }
};

/// Who brought or knows whom.
struct LinkBatch {
  TextColumn user_id;
  TextColumn other_user_id;
  TextColumn relation;  ///< "invited", "shared_to", "same_group", ...
  std::vector<base::Timestamp> ts;
  std::vector<uint64_t> line;

  size_t rows() const { return ts.size(); }
  void clear() { *this = LinkBatch(); }
};

/// Accepted events that a rule finds remarkable: kept, and listed with the reason.
struct FlagBatch {
  std::vector<uint64_t> line;  ///< of the event in its file; an event may have several flags
  TextColumn rule;
  TextColumn column;  ///< the design's name; missing when it is the whole row
  TextColumn reason;  ///< in words

  size_t rows() const { return line.size(); }
  void clear() { *this = FlagBatch(); }
};

/// Rows that were not accepted, with the reason.
struct QuarantineBatch {
  TextColumn content_id;       ///< to_string(hash128(raw record)): the same bad row twice is stored once
  std::vector<uint64_t> line;  ///< physical line where the record begins, from 1
  std::vector<uint64_t> byte_offset;  ///< in the decompressed file
  TextColumn rule;                    ///< the rule that decided, e.g. "price"
  TextColumn column;  ///< the design's name of the column at fault; missing when it is the whole row
  TextColumn reason;  ///< every reason of the row, "; " between them, in words
  TextColumn raw;     ///< the record as read (cut at 64 KiB)

  size_t rows() const { return line.size(); }
  void clear() { *this = QuarantineBatch(); }
};

}  // namespace coterie::data

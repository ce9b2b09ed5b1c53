#include "store/staged_events.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "store/ingest.h"

namespace coterie::store {

namespace {

using data::EventBatch;
using TextOf = const data::TextColumn EventBatch::*;
using UnitsOf = const data::NumberColumn<int64_t> EventBatch::*;

// Columns of the events table, in its order, and `line`.
enum EventColumn : size_t {
  kEventId,
  kTs = 5,
  kValue = 6,
  kSource = 18,
  kReceivedAt = 19,
  kBucket = 20,
  kLine = 21
};

TextOf text_column(size_t column) {
  switch (column) {
    case 1: return &EventBatch::user_id;
    case 2: return &EventBatch::anonymous_id;
    case 3: return &EventBatch::item_id;
    case 4: return &EventBatch::behavior;
    case 11: return &EventBatch::currency;
    case 12: return &EventBatch::order_id;
    case 13: return &EventBatch::session_id;
    case 14: return &EventBatch::channel;
    case 15: return &EventBatch::campaign_id;
    case 16: return &EventBatch::decision_id;
    case 17: return &EventBatch::properties;
    default: return nullptr;
  }
}

UnitsOf units_column(size_t column) {
  switch (column) {
    case 7: return &EventBatch::quantity;
    case 8: return &EventBatch::unit_price;
    case 9: return &EventBatch::line_amount;
    case 10: return &EventBatch::discount;
    default: return nullptr;
  }
}

size_t text_bytes(const EventBatch& batch) {
  size_t bytes = batch.event_id.bytes();
  for (size_t column = 1; column <= kLine; ++column)
    if (const TextOf text = text_column(column)) bytes += (batch.*text).bytes();
  return bytes;
}

// Of one batch: texts, 5 numbers with their validity, ts, line and the row's own place.
size_t memory_of(const EventBatch& batch) {
  return text_bytes(batch) + batch.rows() * (5 * 9 + 16 + 1 + sizeof(StagedEvents::Row));
}

constexpr size_t kColumns = 22;
constexpr size_t kAhead = 16;  // rows lie anywhere in memory: they are asked for before they are needed

using Batches = std::vector<std::shared_ptr<const EventBatch>>;
using RowSpan = std::span<const StagedEvents::Row>;

template <class Column>
bool has_values(const Batches& batches, Column column) {
  return std::any_of(batches.begin(), batches.end(),
                     [&](const auto& batch) { return ((*batch).*column).has_values(); });
}

void fill_texts(const Batches& batches, RowSpan rows, TextOf column, ColumnBlock& out) {
  if (!has_values(batches, column)) return out.set_all_null(rows.size());
  const auto values = [&](const StagedEvents::Row& row) -> const data::TextColumn& {
    return (*batches[row.batch]).*column;
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + kAhead < rows.size()) {
      const auto& next = rows[i + kAhead / 2];
      const auto& later = rows[i + kAhead];
      values(later).prefetch_place(later.row);
      values(next).prefetch(next.row);
    }
    const data::TextColumn& texts = values(rows[i]);
    texts.is_null(rows[i].row) ? out.set_null(i) : out.refer_to(i, texts.at(rows[i].row));
  }
}

template <class T>
void fill_numbers(const Batches& batches, RowSpan rows, const data::NumberColumn<T> EventBatch::*column,
                  ColumnBlock& out) {
  if (!has_values(batches, column)) return out.set_all_null(rows.size());
  const auto values = [&](const StagedEvents::Row& row) -> const data::NumberColumn<T>& {
    return (*batches[row.batch]).*column;
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + kAhead < rows.size()) values(rows[i + kAhead]).prefetch(rows[i + kAhead].row);
    const data::NumberColumn<T>& numbers = values(rows[i]);
    numbers.is_null(rows[i].row) ? out.set_null(i) : out.set(i, numbers.at(rows[i].row));
  }
}

std::array<ColumnSchema, kColumns> make_columns() {
  std::array<ColumnSchema, kColumns> out;
  const auto events = schema(TableKind::kEvents);
  std::copy(events.begin(), events.end(), out.begin());
  out[kLine] = {"line", "UBIGINT"};
  return out;
}

}  // namespace

uint16_t bucket(std::string_view user) { return static_cast<uint16_t>(base::hash64(user) >> 48); }

StagedEvents::StagedEvents(std::string source, base::Timestamp received_at, size_t part_rows)
    : source_(std::move(source)), received_at_(received_at), part_rows_(part_rows) {}

base::Status StagedEvents::append(std::shared_ptr<const EventBatch> batch, base::MemoryBudget& budget) {
  COTERIE_ASSIGN_OR_STATUS(auto reservation, budget.reserve(memory_of(*batch), "the events of an import"));
  reservations_.push_back(std::move(reservation));
  const auto place = static_cast<uint32_t>(batches_.size());
  for (uint32_t i = 0; i < batch->rows(); ++i) {
    const std::string_view owner =
        batch->user_id.is_null(i) ? batch->anonymous_id.at(i) : batch->user_id.at(i);
    rows_.push_back({base::hash128(batch->event_id.at(i)), place, i, 0, store::bucket(owner),
                     batch->is_content_id[i] == 1});
  }
  bytes_ += text_bytes(*batch);
  batches_.push_back(std::move(batch));
  return {};
}

std::string StagedEvents::stored_id(const Row& row) const {
  return row.occurrence > 0 ? fmt::format("{}-{}", received_id(row), row.occurrence)
                            : std::string(received_id(row));
}

std::string_view StagedEvents::user(const Row& row) const {
  const EventBatch& batch = *batches_[row.batch];
  return batch.user_id.is_null(row.row) ? std::string_view() : batch.user_id.at(row.row);
}

std::string_view StagedEvents::owner(const Row& row) const {
  const std::string_view user_id = user(row);
  return user_id.empty() ? batches_[row.batch]->anonymous_id.at(row.row) : user_id;
}

namespace {

// Most of what the order of a file asks for, in one place: the texts are looked at where these leave it open.
struct SortKey {
  uint64_t owner;  // its first 8 bytes, such that numbers compare as texts do
  int64_t ts;
  uint32_t place;
  uint16_t bucket;
  bool is_whole_owner;
};

uint64_t first_bytes(std::string_view text) {
  uint64_t bytes = 0;
  std::memcpy(&bytes, text.data(), std::min(text.size(), sizeof bytes));
  return __builtin_bswap64(bytes);
}

}  // namespace

void StagedEvents::keep_accepted_in_file_order() {
  std::erase_if(rows_, [](const Row& row) { return row.occurrence < 0; });
  std::vector<SortKey> keys;
  keys.reserve(rows_.size());
  for (const Row& row : rows_) {
    const std::string_view who = owner(row);
    const bool is_whole = who.size() <= sizeof(uint64_t) && who.find('\0') == std::string_view::npos;
    keys.push_back({first_bytes(who), ts(row), static_cast<uint32_t>(keys.size()), row.bucket, is_whole});
  }
  std::sort(keys.begin(), keys.end(), [this](const SortKey& a, const SortKey& b) {
    if (a.bucket != b.bucket) return a.bucket < b.bucket;
    if (a.owner != b.owner) return a.owner < b.owner;
    const Row& row = rows_[a.place];
    const Row& other = rows_[b.place];
    if (!a.is_whole_owner || !b.is_whole_owner) {
      if (const int order = owner(row).compare(owner(other)); order != 0) return order < 0;
    }
    if (a.ts != b.ts) return a.ts < b.ts;
    if (const int order = received_id(row).compare(received_id(other)); order != 0) return order < 0;
    return row.occurrence < other.occurrence;
  });
  std::vector<Row> sorted;
  sorted.reserve(rows_.size());
  for (const SortKey& key : keys) sorted.push_back(rows_[key.place]);
  rows_ = std::move(sorted);
}

std::span<const ColumnSchema> StagedEvents::table_columns() {
  static const auto all = make_columns();
  return all;
}

void StagedEvents::fill(size_t column, size_t begin, size_t n, ColumnBlock& out) const {
  const RowSpan rows = std::span(rows_).subspan(begin, n);
  const auto for_rows = [&](const auto& set) {
    for (size_t i = 0; i < n; ++i) set(i, rows[i], *batches_[rows[i].batch]);
  };
  if (const TextOf text = text_column(column)) {
    fill_texts(batches_, rows, text, out);
  } else if (const UnitsOf units = units_column(column)) {
    fill_numbers(batches_, rows, units, out);
  } else if (column == kValue) {
    fill_numbers(batches_, rows, &EventBatch::value, out);
  } else if (column == kEventId) {
    fill_texts(batches_, rows, &EventBatch::event_id, out);
    for_rows([&](size_t i, const Row& row, const EventBatch&) {
      if (row.occurrence > 0) out.set_text(i, stored_id(row));
    });
  } else if (column == kTs) {
    for_rows([&](size_t i, const Row& row, const EventBatch& batch) { out.set(i, batch.ts[row.row]); });
  } else if (column == kSource) {
    for_rows([&](size_t i, const Row&, const EventBatch&) { out.refer_to(i, source_); });
  } else if (column == kReceivedAt) {
    for_rows([&](size_t i, const Row&, const EventBatch&) { out.set(i, received_at_); });
  } else if (column == kBucket) {
    for_rows([&](size_t i, const Row& row, const EventBatch&) { out.set(i, row.bucket); });
  } else {
    for_rows([&](size_t i, const Row& row, const EventBatch& batch) { out.set(i, batch.line[row.row]); });
  }
}

}  // namespace coterie::store

// The events of one part of an import, as they came, in batches; readable by SQL in any order of rows.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/hash.h"
#include "base/status.h"
#include "data/event.h"
#include "store/row_source.h"

namespace coterie::store {

/// Not thread safe, except that SQL may read it while it does not change.
class StagedEvents final : public RowSource {
 public:
  struct Row {
    base::Hash128 id;  ///< of the id's text: as received, then as it will be stored
    uint32_t batch = 0;
    uint32_t row = 0;        ///< in the batch
    int32_t occurrence = 0;  ///< k > 0: the k-th repeat, kept; -1: a duplicate
    uint16_t bucket = 0;
    bool is_content_id = false;

    bool is_before(const Row& other) const {
      return batch != other.batch ? batch < other.batch : row < other.row;
    }
  };

  /// `source` and `received_at` are the same for all events.
  StagedEvents(std::string source, base::Timestamp received_at, size_t part_rows);

  /// Reserves what the batch takes. Errors: kResourceExhausted.
  base::Status append(std::shared_ptr<const data::EventBatch> batch, base::MemoryBudget& budget);

  /// A full part: a fixed number of rows or bytes, so that parts never depend on memory or threads.
  bool is_full() const { return rows_.size() >= part_rows_ || bytes_ >= kPartBytes; }
  bool is_empty() const { return rows_.empty(); }

  /// In the order in which SQL sees them; whoever changes it keeps or drops whole rows.
  std::vector<Row>& staged_rows() { return rows_; }

  uint64_t line(const Row& row) const { return batches_[row.batch]->line[row.row]; }
  base::Timestamp ts(const Row& row) const { return batches_[row.batch]->ts[row.row]; }

  /// As received; without what a kept repeat gets behind it.
  std::string_view received_id(const Row& row) const { return batches_[row.batch]->event_id.at(row.row); }
  std::string stored_id(const Row& row) const;

  /// user_id; empty for a guest.
  std::string_view user(const Row& row) const;

  /// user_id, else anonymous_id.
  std::string_view owner(const Row& row) const;

  /// Drops duplicates and puts the rest in the order of a file: bucket, owner, time, id.
  void keep_accepted_in_file_order();

  /// As the events table, and `line`.
  static std::span<const ColumnSchema> table_columns();
  std::span<const ColumnSchema> columns() const override { return table_columns(); }
  size_t rows() const override { return rows_.size(); }
  void fill(size_t column, size_t begin, size_t n, ColumnBlock& out) const override;

 private:
  static constexpr size_t kPartBytes = size_t{512} << 20;

  std::string source_;
  base::Timestamp received_at_;
  size_t part_rows_;
  std::vector<std::shared_ptr<const data::EventBatch>> batches_;
  std::vector<base::MemoryBudget::Reservation> reservations_;
  std::vector<Row> rows_;
  size_t bytes_ = 0;
};

/// One part after the other as the same table, which is empty without a part.
struct CurrentPart final : RowSource {
  std::unique_ptr<StagedEvents> events;

  std::span<const ColumnSchema> columns() const override { return StagedEvents::table_columns(); }
  size_t rows() const override { return events == nullptr ? 0 : events->rows(); }
  void fill(size_t column, size_t begin, size_t n, ColumnBlock& out) const override {
    events->fill(column, begin, n, out);
  }
};

}  // namespace coterie::store

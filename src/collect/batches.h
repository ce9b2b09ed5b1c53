// Collects cleaned rows and faults until there are enough of them for the sink.
#pragma once

#include <cstdint>
#include <span>

#include "base/status.h"
#include "collect/change_points.h"
#include "collect/cleaning.h"
#include "collect/row_sink.h"
#include "data/event.h"

namespace coterie::collect {

/// Not thread safe. Holds at most 16,384 rows or 16 MiB of text.
class Batches {
 public:
  explicit Batches(RowSink& sink) : sink_(sink) {}

  /// An accepted row; its id is `event_id`, or the hash of its content.
  void add_event(const CleanRow& row, Cleaner& cleaner, ChangePoints& changes, uint64_t line);
  void add_bad(const Record& record, std::span<const Fault> faults);

  /// Where rows of the other kinds are appended; note() says how many and how large.
  data::AttributeBatch& facts(AttributeOwner owner) {
    return owner == AttributeOwner::kItems ? items_ : users_;
  }
  data::TextBatch& texts() { return texts_; }
  data::LinkBatch& links() { return links_; }
  void note(size_t rows, size_t bytes) {
    rows_ += rows;
    bytes_ += bytes;
  }

  bool full() const { return rows_ >= kMaxRows || bytes_ >= kMaxBytes; }

  /// Hands everything to the sink and starts again.
  base::Status flush();

 private:
  static constexpr size_t kMaxRows = 16'384;
  static constexpr size_t kMaxBytes = 16 << 20;

  void add_texts(const CleanRow& row);
  void add_flags(const CleanRow& row, uint64_t line);

  RowSink& sink_;
  data::EventBatch events_;
  data::AttributeBatch items_;
  data::AttributeBatch users_;
  data::TextBatch texts_;
  data::LinkBatch links_;
  data::QuarantineBatch bad_;
  data::FlagBatch flags_;
  size_t rows_ = 0;
  size_t bytes_ = 0;
};

}  // namespace coterie::collect

// Cleaned rows into a store::Ingest.
#pragma once

#include "collect/row_sink.h"
#include "store/ingest.h"

namespace coterie::collect {

/// The ingest must outlive it.
class StoreSink final : public RowSink {
 public:
  explicit StoreSink(store::Ingest& ingest) : ingest_(ingest) {}

  base::Status append(const data::EventBatch& batch) override { return ingest_.append(batch); }
  base::Status append(const data::QuarantineBatch& batch) override { return ingest_.append(batch); }
  base::Status append(const data::AttributeBatch& batch, AttributeOwner owner) override {
    const bool items = owner == AttributeOwner::kItems;
    return ingest_.append(batch, items ? store::AttributeKind::kItems : store::AttributeKind::kUsers);
  }
  base::Status append(const data::TextBatch& batch) override { return ingest_.append(batch); }
  base::Status append(const data::LinkBatch& batch) override { return ingest_.append(batch); }
  base::Status append(const data::FlagBatch& batch) override { return ingest_.append(batch); }

 private:
  store::Ingest& ingest_;
};

}  // namespace coterie::collect

// Where cleaned rows go: the store in the product, memory in tests.
#pragma once

#include "base/status.h"
#include "data/event.h"

namespace coterie::collect {

/// What an AttributeBatch is about.
enum class AttributeOwner { kItems, kUsers };

/// Called from one thread. A batch is only lent: the caller clears and refills it after the call.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual base::Status append(const data::EventBatch& batch) = 0;
  virtual base::Status append(const data::AttributeBatch& batch, AttributeOwner owner) = 0;
  virtual base::Status append(const data::QuarantineBatch& batch) = 0;
  virtual base::Status append(const data::TextBatch& batch) = 0;
  virtual base::Status append(const data::LinkBatch& batch) = 0;
  virtual base::Status append(const data::FlagBatch& batch) = 0;
};

}  // namespace coterie::collect

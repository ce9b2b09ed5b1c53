// What the tests of collect share: text as a source, memory as a sink, and where the real data is.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/context.h"
#include "collect/row_sink.h"
#include "collect/text_source.h"

namespace coterie::collect {

/// Hands out `text` in pieces of at most `piece` bytes.
class StringSource final : public TextSource {
 public:
  explicit StringSource(std::string text, size_t piece = 1 << 20) : text_(std::move(text)), piece_(piece) {}

  const std::string& name() const override { return name_; }
  base::Result<size_t> read(std::span<char> buffer) override {
    const size_t size = std::min({buffer.size(), piece_, text_.size() - at_});
    std::memcpy(buffer.data(), text_.data() + at_, size);
    at_ += size;
    return size;
  }

 private:
  std::string name_ = "test.csv";
  std::string text_;
  size_t piece_;
  size_t at_ = 0;
};

/// Keeps everything, and drops repeated event ids as the store does.
struct MemorySink : RowSink {
  struct Event {
    std::string event_id, user_id, anonymous_id, item_id, behavior, order_id, properties;
    bool is_content_id = false;
    base::Timestamp ts = 0;
    std::optional<double> value;
    std::optional<int64_t> quantity, unit_price, line_amount, discount;
    uint64_t line = 0;
  };
  struct Attribute {
    std::string id, name, value;
    base::Timestamp valid_from = 0;
    friend bool operator==(const Attribute&, const Attribute&) = default;
  };
  struct Bad {
    std::string content_id, rule, column, reason, raw;
    uint64_t line = 0, byte_offset = 0;
  };

  std::vector<Event> events;
  std::vector<Attribute> items, users;
  std::vector<Bad> bad;
  uint64_t duplicates = 0;
  uint64_t texts = 0, links = 0;
  std::vector<std::pair<uint64_t, std::string>> flags;  // line, rule

  base::Status append(const data::EventBatch& batch) override {
    for (size_t i = 0; i < batch.rows(); ++i) {
      if (!seen_.insert(text(batch.event_id, i)).second) {
        ++duplicates;
        continue;
      }
      events.push_back({text(batch.event_id, i), text(batch.user_id, i), text(batch.anonymous_id, i),
                        text(batch.item_id, i), text(batch.behavior, i), text(batch.order_id, i),
                        text(batch.properties, i), batch.is_content_id[i] == 1, batch.ts[i],
                        number(batch.value, i), number(batch.quantity, i), number(batch.unit_price, i),
                        number(batch.line_amount, i), number(batch.discount, i), batch.line[i]});
    }
    return {};
  }
  base::Status append(const data::AttributeBatch& batch, AttributeOwner owner) override {
    std::vector<Attribute>& out = owner == AttributeOwner::kItems ? items : users;
    for (size_t i = 0; i < batch.rows(); ++i)
      out.push_back({text(batch.id, i), text(batch.name, i), text(batch.value, i), batch.valid_from[i]});
    return {};
  }
  base::Status append(const data::QuarantineBatch& batch) override {
    for (size_t i = 0; i < batch.rows(); ++i)
      bad.push_back({text(batch.content_id, i), text(batch.rule, i), text(batch.column, i),
                     text(batch.reason, i), text(batch.raw, i), batch.line[i], batch.byte_offset[i]});
    return {};
  }
  base::Status append(const data::TextBatch& batch) override {
    texts += batch.rows();
    return {};
  }
  base::Status append(const data::LinkBatch& batch) override {
    links += batch.rows();
    return {};
  }
  base::Status append(const data::FlagBatch& batch) override {
    for (size_t i = 0; i < batch.rows(); ++i) flags.emplace_back(batch.line[i], text(batch.rule, i));
    return {};
  }

 private:
  static std::string text(const data::TextColumn& column, size_t row) {
    return column.is_null(row) ? std::string() : std::string(column.at(row));
  }
  template <class T>
  static std::optional<T> number(const data::NumberColumn<T>& column, size_t row) {
    return column.is_null(row) ? std::nullopt : std::optional<T>(column.at(row));
  }

  std::unordered_set<std::string> seen_;
};

/// A folder that is removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "coterie-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A file of the real data sets; empty when they are not there. COTERIE_REQUIRE_DATA=1 makes that a failure.
inline std::filesystem::path real_file(const std::string& name) {
  const char* data = std::getenv("COTERIE_DATA");
  const char* source = std::getenv("COTERIE_SOURCE");
  std::filesystem::path folder =
      data != nullptr ? data : std::filesystem::path(source ? source : ".") / "../shared/data";
  if (std::filesystem::exists(folder / name)) return folder / name;
  const char* required = std::getenv("COTERIE_REQUIRE_DATA");
  if (required != nullptr && std::string_view(required) == "1") ADD_FAILURE() << "no " << folder / name;
  return {};
}

}  // namespace coterie::collect

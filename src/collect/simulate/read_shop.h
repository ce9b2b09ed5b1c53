// For tests only: a generated shop as rows of fields, read by a plain parser that shares nothing with ours.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/simulate/shop_generator.h"

namespace coterie::collect::simulate {

// Reads to the end in blocks; each block goes to `take`.
inline void drain(TextSource& source, size_t block_bytes, const std::function<void(std::string_view)>& take) {
  std::vector<char> block(block_bytes);
  for (;;) {
    const auto bytes = source.read(block);
    ASSERT_TRUE(bytes.has_value()) << bytes.error().message();
    if (*bytes == 0) return;
    take({block.data(), *bytes});
  }
}

inline std::string text_of(const GenerateOptions& options, size_t block_bytes = 1 << 20) {
  std::string text;
  auto source = make_shop_source(options);
  EXPECT_TRUE(source.has_value());
  drain(**source, block_bytes, [&](std::string_view block) { text.append(block); });
  return text;
}

using Fields = std::vector<std::string>;

// RFC 4180, one line. `closed` is false when a quote is left open.
inline Fields split(std::string_view line, bool& closed) {
  Fields fields(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back().push_back(line[i++]);
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back().push_back(line[i]);
    }
  }
  closed = !quoted;
  return fields;
}

inline std::vector<Fields> rows_of(const std::string& text) {
  std::vector<Fields> rows;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    bool closed = false;
    rows.push_back(split(std::string_view(text).substr(begin, end - begin), closed));
    EXPECT_TRUE(closed) << "a quote is left open in line " << rows.size();
    begin = end + 1;
  }
  return rows;
}

enum Column {
  kEventId,
  kUserId,
  kItemId,
  kBehaviorType,
  kTimestamp,
  kValue,
  kQuantity,
  kUnitPrice,
  kDiscount,
  kOrderId,
  kSessionId,
  kChannel,
  kAnonymousId,
  kItemName,
  kItemCategory,
  kItemBrand,
  kItemListPrice,
  kUserGender,
  kUserCity,
  kUserAge,
  kUserMemberLevel,
  kUserRegisteredAt,
  kColumns
};

}  // namespace coterie::collect::simulate

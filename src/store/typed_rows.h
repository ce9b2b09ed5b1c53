// A block of a result with columns of any type, read as exact text or as JSON.
//
// Text is what the query engine itself gives for CAST(value AS VARCHAR). JSON keeps numbers as numbers with
// all their digits (HUGEINT and DECIMAL(38) too), booleans, null, lists, structs and maps; NaN and infinities,
// which JSON does not have, are the texts "NaN", "Infinity" and "-Infinity".
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// The engine's own types, so that its header stays inside store.
// NOLINTBEGIN(bugprone-reserved-identifier)
struct _duckdb_data_chunk;
struct _duckdb_vector;
struct _duckdb_logical_type;
// NOLINTEND(bugprone-reserved-identifier)

namespace coterie::store {

/// What a value is to a spreadsheet or to JSON.
enum class ValueKind {
  kBoolean,
  kNumber,  ///< integers of any size, DECIMAL, FLOAT, DOUBLE
  kText,    ///< VARCHAR, dates, times, intervals, BLOB, ...
  kNested,  ///< LIST, ARRAY, STRUCT, MAP, UNION, and VARCHAR that is JSON
};

struct ResultColumn {
  std::string name;
  std::string type;  ///< as SQL writes it: "DECIMAL(18,4)", "STRUCT(a INTEGER, b VARCHAR[])"
  ValueKind kind = ValueKind::kText;
};

/// How to read one type; made once a result.
struct TypeReader;

/// Valid during the callback that is given it. Not thread safe.
class TypedRows {
 public:
  size_t size() const { return size_; }
  size_t columns() const { return vectors_.size(); }
  bool is_null(size_t column, size_t row) const;

  /// Appends the value's text; nothing for NULL.
  void append_text(size_t column, size_t row, std::string* out) const;

  /// Appends the value as a JSON token.
  void append_json(size_t column, size_t row, std::string* out) const;

 private:
  friend class PeopleQuery;
  size_t size_ = 0;
  const std::vector<std::shared_ptr<const TypeReader>>* readers_ = nullptr;
  std::vector<_duckdb_vector*> vectors_;
};

/// Reads the type of a result's column, and owns it from then on. False in *is_readable when values of it (or inside it) have to be cast
/// to VARCHAR by the statement: VARIANT, GEOMETRY, BIGNUM.
std::shared_ptr<const TypeReader> make_type_reader(_duckdb_logical_type* type, bool* is_readable);

/// "DECIMAL(18,4)".
const std::string& type_name(const TypeReader& reader);
ValueKind value_kind(const TypeReader& reader);

/// The type that a Parquet file takes without loss where the column's own would lose something (HUGEINT would
/// become DOUBLE), or empty.
std::string_view lossless_parquet_type(const TypeReader& reader);

/// Appends `text` as a JSON string.
void append_json_string(std::string_view text, std::string* out);

}  // namespace coterie::store

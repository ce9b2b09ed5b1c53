#include "store/typed_rows.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace coterie::store {

struct TypeReader {
  duckdb_type id = DUCKDB_TYPE_INVALID;
  duckdb_type storage = DUCKDB_TYPE_INVALID;  // of DECIMAL and ENUM
  uint8_t width = 0;
  uint8_t scale = 0;
  uint64_t array_size = 0;
  bool is_json = false;
  std::string name;
  duckdb_logical_type type = nullptr;  // for building values of nested types
  std::vector<std::string> words;      // of an ENUM; names of the fields of STRUCT and UNION
  std::vector<std::shared_ptr<const TypeReader>> children;

  ~TypeReader() { duckdb_destroy_logical_type(&type); }
};

namespace {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

// An owner of a value of the engine.
class Value {
 public:
  explicit Value(duckdb_value value) : value_(value) {}
  Value(Value&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  ~Value() {
    if (value_ != nullptr) duckdb_destroy_value(&value_);
  }
  duckdb_value get() const { return value_; }

 private:
  duckdb_value value_;
};

bool is_valid(duckdb_vector vector, size_t row) {
  const uint64_t* validity = duckdb_vector_get_validity(vector);
  return validity == nullptr || ((validity[row / 64] >> (row % 64)) & 1) != 0;
}

template <class T>
const T& at(duckdb_vector vector, size_t row) {
  return static_cast<const T*>(duckdb_vector_get_data(vector))[row];
}

std::string_view bytes_at(duckdb_vector vector, size_t row) {
  auto* text = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector)) + row;
  return {duckdb_string_t_data(text), duckdb_string_t_length(*text)};
}

std::string taken(char* text) {
  std::string out = text == nullptr ? "" : text;
  duckdb_free(text);
  return out;
}

// Digits of a magnitude with a point before the last `scale` of them.
void append_digits(Uint128 magnitude, bool is_negative, uint8_t scale, std::string* out) {
  char digits[48];
  size_t size = 0;
  for (; magnitude != 0 || size <= scale; magnitude /= 10) {
    digits[size++] = static_cast<char>('0' + static_cast<int>(magnitude % 10));
    if (magnitude == 0 && size > scale) break;
  }
  if (is_negative) out->push_back('-');
  while (size > 0) {
    if (size == scale) out->push_back('.');
    out->push_back(digits[--size]);
  }
}

void append_int128(Int128 value, uint8_t scale, std::string* out) {
  const bool is_negative = value < 0;
  const auto magnitude = static_cast<Uint128>(value);
  append_digits(is_negative ? ~magnitude + 1 : magnitude, is_negative, scale, out);
}

Int128 int128_of(const duckdb_hugeint& value) {
  return static_cast<Int128>((static_cast<Uint128>(static_cast<uint64_t>(value.upper)) << 64) | value.lower);
}

Int128 decimal_at(const TypeReader& reader, duckdb_vector vector, size_t row) {
  switch (reader.storage) {
    case DUCKDB_TYPE_SMALLINT: return at<int16_t>(vector, row);
    case DUCKDB_TYPE_INTEGER: return at<int32_t>(vector, row);
    case DUCKDB_TYPE_BIGINT: return at<int64_t>(vector, row);
    default: return int128_of(at<duckdb_hugeint>(vector, row));
  }
}

uint64_t enum_at(const TypeReader& reader, duckdb_vector vector, size_t row) {
  switch (reader.storage) {
    case DUCKDB_TYPE_UTINYINT: return at<uint8_t>(vector, row);
    case DUCKDB_TYPE_USMALLINT: return at<uint16_t>(vector, row);
    default: return at<uint32_t>(vector, row);
  }
}

// The shortest digits that read back as the same number; a point in every number, as the engine writes them.
template <class T>
void append_floating(T value, std::string* out) {
  const size_t begin = out->size();
  fmt::format_to(std::back_inserter(*out), "{}", value);
  if (std::isfinite(value) && out->find_first_of(".e", begin) == std::string::npos) *out += ".0";
}

template <class T>
void append_json_floating(T value, std::string* out) {
  if (std::isfinite(value)) return append_floating(value, out);
  *out += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
}

// Numbers and booleans; false when the type is another.
bool append_plain(const TypeReader& reader, duckdb_vector vector, size_t row, std::string* out) {
  const auto integer = [&](auto value) { fmt::format_to(std::back_inserter(*out), "{}", value); };
  switch (reader.id) {
    case DUCKDB_TYPE_BOOLEAN: *out += at<bool>(vector, row) ? "true" : "false"; return true;
    case DUCKDB_TYPE_TINYINT: integer(int{at<int8_t>(vector, row)}); return true;
    case DUCKDB_TYPE_SMALLINT: integer(at<int16_t>(vector, row)); return true;
    case DUCKDB_TYPE_INTEGER: integer(at<int32_t>(vector, row)); return true;
    case DUCKDB_TYPE_BIGINT: integer(at<int64_t>(vector, row)); return true;
    case DUCKDB_TYPE_UTINYINT: integer(int{at<uint8_t>(vector, row)}); return true;
    case DUCKDB_TYPE_USMALLINT: integer(at<uint16_t>(vector, row)); return true;
    case DUCKDB_TYPE_UINTEGER: integer(at<uint32_t>(vector, row)); return true;
    case DUCKDB_TYPE_UBIGINT: integer(at<uint64_t>(vector, row)); return true;
    case DUCKDB_TYPE_HUGEINT: append_int128(int128_of(at<duckdb_hugeint>(vector, row)), 0, out); return true;
    case DUCKDB_TYPE_UHUGEINT: {
      const auto& value = at<duckdb_uhugeint>(vector, row);
      append_digits((static_cast<Uint128>(value.upper) << 64) | value.lower, false, 0, out);
      return true;
    }
    case DUCKDB_TYPE_DECIMAL: append_int128(decimal_at(reader, vector, row), reader.scale, out); return true;
    default: return false;
  }
}

Value to_value(const TypeReader& reader, duckdb_vector vector, size_t row);

// Values of consecutive rows of a child vector, as the engine's C functions want them.
class ValueList {
 public:
  void add(Value value) {
    handles_.push_back(value.get());
    values_.push_back(std::move(value));
  }
  // Never null: the engine takes null for a mistake, though the list be empty.
  duckdb_value* data() {
    handles_.reserve(1);
    return handles_.data();
  }
  size_t size() const { return values_.size(); }

 private:
  std::vector<Value> values_;
  std::vector<duckdb_value> handles_;
};

Value list_value(const TypeReader& reader, duckdb_vector vector, size_t row) {
  const bool is_array = reader.id == DUCKDB_TYPE_ARRAY;
  duckdb_vector child =
      is_array ? duckdb_array_vector_get_child(vector) : duckdb_list_vector_get_child(vector);
  const duckdb_list_entry entry = is_array ? duckdb_list_entry{row * reader.array_size, reader.array_size}
                                           : at<duckdb_list_entry>(vector, row);
  ValueList values;
  for (uint64_t i = 0; i < entry.length; ++i)
    values.add(to_value(*reader.children[0], child, entry.offset + i));
  duckdb_logical_type type = reader.children[0]->type;
  return Value(is_array ? duckdb_create_array_value(type, values.data(), values.size())
                        : duckdb_create_list_value(type, values.data(), values.size()));
}

Value map_value(const TypeReader& reader, duckdb_vector vector, size_t row) {
  duckdb_vector pairs = duckdb_list_vector_get_child(vector);
  const auto entry = at<duckdb_list_entry>(vector, row);
  ValueList keys, values;
  for (uint64_t i = entry.offset; i < entry.offset + entry.length; ++i) {
    keys.add(to_value(*reader.children[0], duckdb_struct_vector_get_child(pairs, 0), i));
    values.add(to_value(*reader.children[1], duckdb_struct_vector_get_child(pairs, 1), i));
  }
  return Value(duckdb_create_map_value(reader.type, keys.data(), values.data(), keys.size()));
}

Value struct_value(const TypeReader& reader, duckdb_vector vector, size_t row) {
  ValueList values;
  for (size_t i = 0; i < reader.children.size(); ++i)
    values.add(to_value(*reader.children[i], duckdb_struct_vector_get_child(vector, i), row));
  return Value(duckdb_create_struct_value(reader.type, values.data()));
}

// A union is stored as a struct whose first field says which of the others counts.
size_t union_tag(duckdb_vector vector, size_t row) {
  return at<uint8_t>(duckdb_struct_vector_get_child(vector, 0), row);
}

Value union_value(const TypeReader& reader, duckdb_vector vector, size_t row) {
  const size_t tag = union_tag(vector, row);
  const Value member = to_value(*reader.children[tag], duckdb_struct_vector_get_child(vector, tag + 1), row);
  return Value(duckdb_create_union_value(reader.type, tag, member.get()));
}

Value decimal_value(const TypeReader& reader, duckdb_vector vector, size_t row) {
  const auto units = static_cast<Uint128>(decimal_at(reader, vector, row));
  const duckdb_hugeint parts{static_cast<uint64_t>(units), static_cast<int64_t>(units >> 64)};
  return Value(duckdb_create_decimal({reader.width, reader.scale, parts}));
}

Value uuid_value(duckdb_vector vector, size_t row) {
  const auto& stored = at<duckdb_hugeint>(vector, row);  // the first bit is turned, so that order is kept
  return Value(duckdb_create_uuid({stored.lower, static_cast<uint64_t>(stored.upper) ^ (uint64_t{1} << 63)}));
}

Value bytes_value(const TypeReader& reader, duckdb_vector vector, size_t row) {
  const std::string_view bytes = bytes_at(vector, row);
  auto* data = reinterpret_cast<uint8_t*>(const_cast<char*>(bytes.data()));
  if (reader.id == DUCKDB_TYPE_BLOB) return Value(duckdb_create_blob(data, bytes.size()));
  if (reader.id == DUCKDB_TYPE_BIT) return Value(duckdb_create_bit({data, bytes.size()}));
  return Value(duckdb_create_varchar_length(bytes.data(), bytes.size()));
}

// The value as the engine's own, for the text of types whose rules only it knows.
Value to_value(const TypeReader& reader, duckdb_vector vector, size_t row) {
  if (!is_valid(vector, row)) return Value(duckdb_create_null_value());
  switch (reader.id) {
    case DUCKDB_TYPE_BOOLEAN: return Value(duckdb_create_bool(at<bool>(vector, row)));
    case DUCKDB_TYPE_TINYINT: return Value(duckdb_create_int8(at<int8_t>(vector, row)));
    case DUCKDB_TYPE_SMALLINT: return Value(duckdb_create_int16(at<int16_t>(vector, row)));
    case DUCKDB_TYPE_INTEGER: return Value(duckdb_create_int32(at<int32_t>(vector, row)));
    case DUCKDB_TYPE_BIGINT: return Value(duckdb_create_int64(at<int64_t>(vector, row)));
    case DUCKDB_TYPE_UTINYINT: return Value(duckdb_create_uint8(at<uint8_t>(vector, row)));
    case DUCKDB_TYPE_USMALLINT: return Value(duckdb_create_uint16(at<uint16_t>(vector, row)));
    case DUCKDB_TYPE_UINTEGER: return Value(duckdb_create_uint32(at<uint32_t>(vector, row)));
    case DUCKDB_TYPE_UBIGINT: return Value(duckdb_create_uint64(at<uint64_t>(vector, row)));
    case DUCKDB_TYPE_HUGEINT: return Value(duckdb_create_hugeint(at<duckdb_hugeint>(vector, row)));
    case DUCKDB_TYPE_UHUGEINT: return Value(duckdb_create_uhugeint(at<duckdb_uhugeint>(vector, row)));
    case DUCKDB_TYPE_FLOAT: return Value(duckdb_create_float(at<float>(vector, row)));
    case DUCKDB_TYPE_DOUBLE: return Value(duckdb_create_double(at<double>(vector, row)));
    case DUCKDB_TYPE_DECIMAL: return decimal_value(reader, vector, row);
    case DUCKDB_TYPE_DATE: return Value(duckdb_create_date(at<duckdb_date>(vector, row)));
    case DUCKDB_TYPE_TIME: return Value(duckdb_create_time(at<duckdb_time>(vector, row)));
    case DUCKDB_TYPE_TIME_NS: return Value(duckdb_create_time_ns(at<duckdb_time_ns>(vector, row)));
    case DUCKDB_TYPE_TIME_TZ: return Value(duckdb_create_time_tz_value(at<duckdb_time_tz>(vector, row)));
    case DUCKDB_TYPE_TIMESTAMP: return Value(duckdb_create_timestamp(at<duckdb_timestamp>(vector, row)));
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return Value(duckdb_create_timestamp_tz(at<duckdb_timestamp>(vector, row)));
    case DUCKDB_TYPE_TIMESTAMP_S:
      return Value(duckdb_create_timestamp_s(at<duckdb_timestamp_s>(vector, row)));
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return Value(duckdb_create_timestamp_ms(at<duckdb_timestamp_ms>(vector, row)));
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return Value(duckdb_create_timestamp_ns(at<duckdb_timestamp_ns>(vector, row)));
    case DUCKDB_TYPE_INTERVAL: return Value(duckdb_create_interval(at<duckdb_interval>(vector, row)));
    case DUCKDB_TYPE_UUID: return uuid_value(vector, row);
    case DUCKDB_TYPE_ENUM: return Value(duckdb_create_enum_value(reader.type, enum_at(reader, vector, row)));
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_ARRAY: return list_value(reader, vector, row);
    case DUCKDB_TYPE_MAP: return map_value(reader, vector, row);
    case DUCKDB_TYPE_STRUCT: return struct_value(reader, vector, row);
    case DUCKDB_TYPE_UNION: return union_value(reader, vector, row);
    case DUCKDB_TYPE_SQLNULL: return Value(duckdb_create_null_value());
    default: return bytes_value(reader, vector, row);
  }
}

void append_value_text(const TypeReader& reader, duckdb_vector vector, size_t row, std::string* out) {
  if (append_plain(reader, vector, row, out)) return;
  switch (reader.id) {
    case DUCKDB_TYPE_FLOAT: return append_floating(at<float>(vector, row), out);
    case DUCKDB_TYPE_DOUBLE: return append_floating(at<double>(vector, row), out);
    case DUCKDB_TYPE_VARCHAR: out->append(bytes_at(vector, row)); return;
    case DUCKDB_TYPE_ENUM: *out += reader.words[enum_at(reader, vector, row)]; return;
    default: *out += taken(duckdb_get_varchar(to_value(reader, vector, row).get()));
  }
}

void append_value_json(const TypeReader& reader, duckdb_vector vector, size_t row, std::string* out);

void append_list_json(const TypeReader& reader, duckdb_vector vector, size_t row, std::string* out) {
  const bool is_array = reader.id == DUCKDB_TYPE_ARRAY;
  duckdb_vector child =
      is_array ? duckdb_array_vector_get_child(vector) : duckdb_list_vector_get_child(vector);
  const duckdb_list_entry entry = is_array ? duckdb_list_entry{row * reader.array_size, reader.array_size}
                                           : at<duckdb_list_entry>(vector, row);
  *out += '[';
  for (uint64_t i = 0; i < entry.length; ++i) {
    if (i > 0) *out += ", ";
    append_value_json(*reader.children[0], child, entry.offset + i, out);
  }
  *out += ']';
}

// Keys are texts, as JSON has it.
void append_map_json(const TypeReader& reader, duckdb_vector vector, size_t row, std::string* out) {
  duckdb_vector pairs = duckdb_list_vector_get_child(vector);
  const auto entry = at<duckdb_list_entry>(vector, row);
  *out += '{';
  for (uint64_t i = entry.offset; i < entry.offset + entry.length; ++i) {
    if (i > entry.offset) *out += ", ";
    std::string key;
    append_value_text(*reader.children[0], duckdb_struct_vector_get_child(pairs, 0), i, &key);
    append_json_string(key, out);
    *out += ": ";
    append_value_json(*reader.children[1], duckdb_struct_vector_get_child(pairs, 1), i, out);
  }
  *out += '}';
}

// A struct without names, as row(1, 2) makes it, is a list.
void append_struct_json(const TypeReader& reader, duckdb_vector vector, size_t row, std::string* out) {
  const bool is_named = !reader.words.empty() && !reader.words[0].empty();
  *out += is_named ? '{' : '[';
  for (size_t i = 0; i < reader.children.size(); ++i) {
    if (i > 0) *out += ", ";
    if (is_named) {
      append_json_string(reader.words[i], out);
      *out += ": ";
    }
    append_value_json(*reader.children[i], duckdb_struct_vector_get_child(vector, i), row, out);
  }
  *out += is_named ? '}' : ']';
}

void append_union_json(const TypeReader& reader, duckdb_vector vector, size_t row, std::string* out) {
  const size_t tag = union_tag(vector, row);
  *out += '{';
  append_json_string(reader.words[tag], out);
  *out += ": ";
  append_value_json(*reader.children[tag], duckdb_struct_vector_get_child(vector, tag + 1), row, out);
  *out += '}';
}

void append_value_json(const TypeReader& reader, duckdb_vector vector, size_t row, std::string* out) {
  if (!is_valid(vector, row)) {
    *out += "null";
    return;
  }
  if (append_plain(reader, vector, row, out)) return;
  switch (reader.id) {
    case DUCKDB_TYPE_FLOAT: return append_json_floating(at<float>(vector, row), out);
    case DUCKDB_TYPE_DOUBLE: return append_json_floating(at<double>(vector, row), out);
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_ARRAY: return append_list_json(reader, vector, row, out);
    case DUCKDB_TYPE_MAP: return append_map_json(reader, vector, row, out);
    case DUCKDB_TYPE_STRUCT: return append_struct_json(reader, vector, row, out);
    case DUCKDB_TYPE_UNION: return append_union_json(reader, vector, row, out);
    case DUCKDB_TYPE_SQLNULL: *out += "null"; return;
    case DUCKDB_TYPE_VARCHAR:
      if (reader.is_json) {
        out->append(bytes_at(vector, row));
        return;
      }
      return append_json_string(bytes_at(vector, row), out);
    default: {
      std::string text;
      append_value_text(reader, vector, row, &text);
      append_json_string(text, out);
    }
  }
}

std::string_view plain_type_name(duckdb_type id) {
  switch (id) {
    case DUCKDB_TYPE_BOOLEAN: return "BOOLEAN";
    case DUCKDB_TYPE_TINYINT: return "TINYINT";
    case DUCKDB_TYPE_SMALLINT: return "SMALLINT";
    case DUCKDB_TYPE_INTEGER: return "INTEGER";
    case DUCKDB_TYPE_BIGINT: return "BIGINT";
    case DUCKDB_TYPE_UTINYINT: return "UTINYINT";
    case DUCKDB_TYPE_USMALLINT: return "USMALLINT";
    case DUCKDB_TYPE_UINTEGER: return "UINTEGER";
    case DUCKDB_TYPE_UBIGINT: return "UBIGINT";
    case DUCKDB_TYPE_HUGEINT: return "HUGEINT";
    case DUCKDB_TYPE_UHUGEINT: return "UHUGEINT";
    case DUCKDB_TYPE_FLOAT: return "FLOAT";
    case DUCKDB_TYPE_DOUBLE: return "DOUBLE";
    case DUCKDB_TYPE_DATE: return "DATE";
    case DUCKDB_TYPE_TIME: return "TIME";
    case DUCKDB_TYPE_TIME_NS: return "TIME_NS";
    case DUCKDB_TYPE_TIME_TZ: return "TIME WITH TIME ZONE";
    case DUCKDB_TYPE_TIMESTAMP: return "TIMESTAMP";
    case DUCKDB_TYPE_TIMESTAMP_S: return "TIMESTAMP_S";
    case DUCKDB_TYPE_TIMESTAMP_MS: return "TIMESTAMP_MS";
    case DUCKDB_TYPE_TIMESTAMP_NS: return "TIMESTAMP_NS";
    case DUCKDB_TYPE_TIMESTAMP_TZ: return "TIMESTAMP WITH TIME ZONE";
    case DUCKDB_TYPE_INTERVAL: return "INTERVAL";
    case DUCKDB_TYPE_BLOB: return "BLOB";
    case DUCKDB_TYPE_BIT: return "BIT";
    case DUCKDB_TYPE_UUID: return "UUID";
    case DUCKDB_TYPE_SQLNULL: return "NULL";
    default: return "VARCHAR";
  }
}

void read_fields(TypeReader& reader, duckdb_logical_type type, bool is_struct, bool* is_readable) {
  const idx_t fields =
      is_struct ? duckdb_struct_type_child_count(type) : duckdb_union_type_member_count(type);
  reader.name = is_struct ? "STRUCT(" : "UNION(";
  for (idx_t i = 0; i < fields; ++i) {
    reader.words.push_back(
        taken(is_struct ? duckdb_struct_type_child_name(type, i) : duckdb_union_type_member_name(type, i)));
    reader.children.push_back(make_type_reader(
        is_struct ? duckdb_struct_type_child_type(type, i) : duckdb_union_type_member_type(type, i),
        is_readable));
    reader.name += fmt::format("{}{}{}{}", i == 0 ? "" : ", ", reader.words[i],
                               reader.words[i].empty() ? "" : " ", reader.children[i]->name);
  }
  reader.name += ")";
}

void read_enum(TypeReader& reader, duckdb_logical_type type) {
  reader.storage = duckdb_enum_internal_type(type);
  for (uint32_t i = 0; i < duckdb_enum_dictionary_size(type); ++i)
    reader.words.push_back(taken(duckdb_enum_dictionary_value(type, i)));
  reader.name = "ENUM";
}

void read_nested(TypeReader& reader, duckdb_logical_type type, bool* is_readable) {
  switch (reader.id) {
    case DUCKDB_TYPE_LIST:
      reader.children.push_back(make_type_reader(duckdb_list_type_child_type(type), is_readable));
      reader.name = reader.children[0]->name + "[]";
      return;
    case DUCKDB_TYPE_ARRAY:
      reader.children.push_back(make_type_reader(duckdb_array_type_child_type(type), is_readable));
      reader.array_size = duckdb_array_type_array_size(type);
      reader.name = fmt::format("{}[{}]", reader.children[0]->name, reader.array_size);
      return;
    case DUCKDB_TYPE_MAP:
      reader.children.push_back(make_type_reader(duckdb_map_type_key_type(type), is_readable));
      reader.children.push_back(make_type_reader(duckdb_map_type_value_type(type), is_readable));
      reader.name = fmt::format("MAP({}, {})", reader.children[0]->name, reader.children[1]->name);
      return;
    case DUCKDB_TYPE_STRUCT: return read_fields(reader, type, true, is_readable);
    case DUCKDB_TYPE_UNION: return read_fields(reader, type, false, is_readable);
    default: return;
  }
}

// A type whose values would change in a Parquet file (HUGEINT and UHUGEINT become DOUBLE, an INTERVAL loses
// microseconds, ...).
bool is_changed_by_parquet(const TypeReader& reader) {
  switch (reader.id) {
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
    case DUCKDB_TYPE_INTERVAL:
    case DUCKDB_TYPE_BIT:
    case DUCKDB_TYPE_UNION:
    case DUCKDB_TYPE_TIME_TZ:
    case DUCKDB_TYPE_TIME_NS:
    case DUCKDB_TYPE_SQLNULL: return true;
    default:
      return std::any_of(reader.children.begin(), reader.children.end(),
                         [](const auto& child) { return is_changed_by_parquet(*child); });
  }
}

}  // namespace

void append_json_string(std::string_view text, std::string* out) {
  *out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': *out += "\\\""; break;
      case '\\': *out += "\\\\"; break;
      case '\n': *out += "\\n"; break;
      case '\r': *out += "\\r"; break;
      case '\t': *out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20)
          fmt::format_to(std::back_inserter(*out), "\\u{:04x}", static_cast<int>(c));
        else
          *out += c;
    }
  }
  *out += '"';
}

std::shared_ptr<const TypeReader> make_type_reader(duckdb_logical_type type, bool* is_readable) {
  auto reader = std::make_shared<TypeReader>();
  reader->type = type;
  reader->id = duckdb_get_type_id(type);
  reader->name = plain_type_name(reader->id);
  if (const std::string alias = taken(duckdb_logical_type_get_alias(type)); alias == "JSON") {
    reader->is_json = true;
    reader->name = alias;
  }
  switch (reader->id) {
    case DUCKDB_TYPE_DECIMAL:
      reader->storage = duckdb_decimal_internal_type(type);
      reader->width = duckdb_decimal_width(type);
      reader->scale = duckdb_decimal_scale(type);
      reader->name = fmt::format("DECIMAL({},{})", reader->width, reader->scale);
      break;
    case DUCKDB_TYPE_ENUM: read_enum(*reader, type); break;
    case DUCKDB_TYPE_VARIANT:
    case DUCKDB_TYPE_GEOMETRY:
    case DUCKDB_TYPE_BIGNUM:
    case DUCKDB_TYPE_ANY:
    case DUCKDB_TYPE_INVALID: *is_readable = false; break;
    default: read_nested(*reader, type, is_readable);
  }
  return reader;
}

const std::string& type_name(const TypeReader& reader) { return reader.name; }

ValueKind value_kind(const TypeReader& reader) {
  switch (reader.id) {
    case DUCKDB_TYPE_BOOLEAN: return ValueKind::kBoolean;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
    case DUCKDB_TYPE_DECIMAL:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE: return ValueKind::kNumber;
    default: return reader.is_json || !reader.children.empty() ? ValueKind::kNested : ValueKind::kText;
  }
}

std::string_view lossless_parquet_type(const TypeReader& reader) {
  if (reader.id == DUCKDB_TYPE_HUGEINT) return "DECIMAL(38,0)";
  return is_changed_by_parquet(reader) ? "VARCHAR" : "";
}

bool TypedRows::is_null(size_t column, size_t row) const { return !is_valid(vectors_[column], row); }

void TypedRows::append_text(size_t column, size_t row, std::string* out) const {
  if (!is_null(column, row)) append_value_text(*(*readers_)[column], vectors_[column], row, out);
}

void TypedRows::append_json(size_t column, size_t row, std::string* out) const {
  append_value_json(*(*readers_)[column], vectors_[column], row, out);
}

}  // namespace coterie::store

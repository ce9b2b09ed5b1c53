#include "collect/fact_rows.h"

#include <nlohmann/json.hpp>

#include "collect/encoding.h"

namespace coterie::collect {

namespace {

constexpr size_t kMaxNameBytes = 64;

// A JSON value as the text of a fact: a string without quotes, anything else as JSON writes it.
std::string text_of(const nlohmann::json& value) {
  if (value.is_null()) return {};
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

FactRows::FactRows(const Mapping& mapping, const Preset& preset, base::Calendar calendar, base::Timestamp now)
    : mapping_(&mapping),
      kind_(preset.kind),
      first_value_stays_(preset.first_value_stays),
      forget_(preset.forget),
      checks_(mapping, std::move(calendar), now) {}

bool FactRows::take(const Record& record, const RecordReader& reader, data::AttributeBatch& out,
                    std::vector<Fault>& faults) {
  if (!checks_.start(record, reader, faults)) return false;
  const bool users = kind_ == Kind::kUsers;
  const std::string_view id = checks_.needed(users ? Column::kUserId : Column::kItemId, Rule::kMissingId);
  const base::Timestamp valid_from = checks_.time(Column::kValidFrom);
  const Column name_column = users ? Column::kTrait : Column::kAttribute;
  const bool is_long = mapping_->has(name_column);
  std::string_view name;
  if (is_long) {
    name = checks_.needed(name_column, Rule::kMissingValue);
    if (name.size() > kMaxNameBytes)
      checks_.fault(Rule::kIdTooLong, name_column, fmt::format("longer than {} bytes", kMaxNameBytes));
    if (!forget_) {
      const std::string_view value = checks_.text(Column::kValue);
      if (value.empty()) checks_.fault(Rule::kMissingValue, Column::kValue, "missing");
    }
  }
  for (const OpenAttributes& open : mapping_->open_attributes) {
    const std::string_view object = trimmed(record.fields[open.field]);
    if (!object.empty() && !state_members(id, object, valid_from, record.line, nullptr))
      faults.push_back({Rule::kProperties, std::nullopt, "the attributes are not a JSON object"});
  }
  if (!checks_.clean()) return false;
  if (is_long) state(id, name, checks_.text(Column::kValue), valid_from, record.line, out);
  for (const Mapping::Attribute& attribute : mapping_->attributes)
    state(id, attribute.name.name, trimmed(record.fields[attribute.field]), valid_from, record.line, out);
  for (const OpenAttributes& open : mapping_->open_attributes) {
    const std::string_view object = trimmed(record.fields[open.field]);
    if (!object.empty()) state_members(id, object, valid_from, record.line, &out);
  }
  return true;
}

void FactRows::state(std::string_view id, std::string_view name, std::string_view value,
                     base::Timestamp valid_from, uint64_t line, data::AttributeBatch& out) {
  if (value.empty()) return;
  if (first_value_stays_) {
    key_.assign(id).append(1, '\0').append(name);
    if (stated_.find(key_)) return;
    stated_.get_or_add(key_);
  }
  out.id.append(id);
  out.name.append(name);
  out.value.append(forget_ ? std::string_view() : value);
  out.valid_from.push_back(valid_from);
  out.line.push_back(line);
}

// Every member of a JSON object is a fact. False when `object` is none; with no `out` that is all it tells.
bool FactRows::state_members(std::string_view id, std::string_view object, base::Timestamp valid_from,
                             uint64_t line, data::AttributeBatch* out) {
  const auto parsed = nlohmann::json::parse(object, nullptr, false);
  if (!parsed.is_object()) return false;
  if (out == nullptr) return true;
  for (const auto& [name, value] : parsed.items()) {
    if (!name.empty() && name.size() <= kMaxNameBytes)
      state(id, name, text_of(value), valid_from, line, *out);
  }
  return true;
}

}  // namespace coterie::collect

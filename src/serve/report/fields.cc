#include "serve/report/fields.h"

#include <cmath>

namespace coterie::serve {

using nlohmann::json;

namespace {

const json& nothing() {
  static const json null;
  return null;
}

}  // namespace

const json& field(const json& object, std::string_view key) {
  if (!object.is_object()) return nothing();
  const auto it = object.find(key);
  return it == object.end() ? nothing() : *it;
}

const json& field(const json& object, std::initializer_list<std::string_view> path) {
  const json* at = &object;
  for (const std::string_view key : path) at = &field(*at, key);
  return *at;
}

std::optional<double> number(const json& value) {
  if (!value.is_number()) return std::nullopt;
  const double out = value.get<double>();
  return std::isfinite(out) ? std::optional(out) : std::nullopt;
}

double number_or(const json& value, double otherwise) { return number(value).value_or(otherwise); }

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::optional<Measured> measured(const json& value) {
  const auto middle = number(field(value, "value"));
  if (!middle) return std::nullopt;
  return Measured{*middle, number_or(field(value, "low"), *middle), number_or(field(value, "high"), *middle)};
}

const json& model_of(const json& record, std::string_view name) {
  const json& models = field(record, "models");
  if (models.is_array())
    for (const json& model : models)
      if (text_of(field(model, "name")) == name) return model;
  return nothing();
}

const json& evidence_of(const json& record, std::string_view name) {
  return field(record, {"details", "models", name});
}

std::vector<const json*> segments_of(const json& record, std::string_view method) {
  std::vector<const json*> out;
  const json& segments = field(record, "segments");
  if (segments.is_array())
    for (const json& segment : segments)
      if (text_of(field(segment, "method")) == method) out.push_back(&segment);
  return out;
}

double members_of(const json& record, std::string_view method, std::string_view segment) {
  double members = 0;
  for (const json* entry : segments_of(record, method))
    if (segment.empty() || text_of(field(*entry, "name")) == segment)
      members += number_or(field(*entry, "users"), 0);
  return members;
}

bool has_amounts(const json& record) {
  const json& sales = field(record, {"details", "sales"});
  if (sales.is_array())
    for (const json& week : sales)
      if (number_or(field(week, "buy_amount"), 0) != 0) return true;
  return false;
}

}  // namespace coterie::serve

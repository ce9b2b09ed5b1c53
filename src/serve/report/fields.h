// Reading a record whose parts may be missing: a shop without amounts, clusters or models is a shop too.
//
// Nothing here throws or fails; what is absent or of another kind is null, nothing or empty.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::serve {

/// The value at a path of keys, or JSON null.
const nlohmann::json& field(const nlohmann::json& object, std::initializer_list<std::string_view> path);
const nlohmann::json& field(const nlohmann::json& object, std::string_view key);

/// A finite number.
std::optional<double> number(const nlohmann::json& value);
double number_or(const nlohmann::json& value, double otherwise);

/// A text, or "".
std::string text_of(const nlohmann::json& value);

/// A measured value and its 95 % interval.
struct Measured {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// {value, low, high}; without bounds they equal the value.
std::optional<Measured> measured(const nlohmann::json& value);

/// The model of that name in record.models, and its evidence in record.details.models; null when there is
/// none.
const nlohmann::json& model_of(const nlohmann::json& record, std::string_view name);
const nlohmann::json& evidence_of(const nlohmann::json& record, std::string_view name);

/// The segments of a method, in the record's order.
std::vector<const nlohmann::json*> segments_of(const nlohmann::json& record, std::string_view method);

/// Members of all segments of a method ("rfm", "clusters"), or of one segment.
double members_of(const nlohmann::json& record, std::string_view method, std::string_view segment = "");

/// Whether any sale has an amount.
bool has_amounts(const nlohmann::json& record);

}  // namespace coterie::serve

// Words for the names that a record uses: features, methods, behaviors, rules, groups and limits.
//
// A name that the message table does not know is shown as it is in the record.
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "serve/report/page.h"

namespace coterie::serve {

inline constexpr std::array<std::string_view, 2> kModelNames = {"purchase", "churn"};
inline constexpr std::array<std::string_view, 2> kRecommendTasks = {"new", "any"};

/// "orders, 30 days"; a missing-value flag says so.
std::string feature_name(const Page& page, std::string_view column);
/// A value of a feature in its unit: "£1,234", "12.3".
std::string feature_value(const Page& page, std::string_view feature, double value);

std::string behavior_name(const Page& page, std::string_view behavior);
std::string rule_meaning(const Page& page, std::string_view rule);
std::string segment_name(const Page& page, std::string_view segment);
/// The label of a segment of the record in the page's language.
std::string segment_label(const Page& page, const nlohmann::json& segment);
/// "0.93", "0.61 unstable"; "–" of a segment that was not found by clustering.
std::string stability_text(const Page& page, const nlohmann::json& segment);
/// What it says.
std::string stability_note(const Page& page);

/// How well rules of a few questions tell the segments of a method; "" when the record does not say.
std::string description_note(const Page& page, std::string_view method);
std::string group_name(const Page& page, std::string_view group);
/// A way to recommend, to predict, or a simple rule to compare with.
std::string method_name(const Page& page, std::string_view method);
/// "Buys within 30 days", with the horizon of the record.
std::string model_title(const Page& page, std::string_view model);
std::string task_title(const Page& page, std::string_view task);

/// What became of a model.
enum class Verdict {
  kYes,      ///< order and probabilities
  kRanking,  ///< order only
  kNo,       ///< measured and found wanting
  kNoModel,  ///< too little data to learn from or to judge on
};
Verdict verdict_of(const Page& page, std::string_view model);

/// A limit that a run wrote down, in the page's language.
std::string limit_text(const Page& page, const nlohmann::json& limit);

}  // namespace coterie::serve

#include "serve/cli/user_tables.h"

#include <fmt/format.h>

#include <cstdio>

#include "profile/feature_catalog.h"
#include "profile/tastes.h"
#include "serve/cli/table.h"

namespace coterie::serve {

using base::Language;
using base::Message;
using nlohmann::json;

namespace {

constexpr size_t kShownItems = 5;

// "WHITE LANTERN (71053)", or the id alone.
std::string item_text(const json& item) {
  const auto id = item["item_id"].get<std::string>();
  return item["name"].is_null() ? id : fmt::format("{} ({})", item["name"].get<std::string>(), id);
}

// A column of a model in words: "orders", "irregularity is missing" stays as it is.
std::string column_text(const std::string& column, Language language) {
  const auto name = base::text_by_key("name_" + column, language);
  return name.empty() ? column : std::string(name);
}

void print_scores(const json& scores, Language language) {
  Table table({{words(Message::cli_model, language)},
               {words(Message::cli_rank, language), Table::Align::kRight},
               {words(Message::cli_probability, language), Table::Align::kRight},
               {words(Message::cli_because, language), Table::Align::kLeft, 90}});
  for (const json& score : scores) {
    std::string reasons;
    for (const json& reason : score["reasons"])
      reasons +=
          fmt::format("{}{} {}", reasons.empty() ? "" : ", ", reason["effect"].get<double>() > 0 ? "↑" : "↓",
                      column_text(reason["column"], language));
    table.add(
        {score["model"],
         fmt::format("{} / {}", grouped(score["rank"].get<int64_t>()), grouped(score["of"].get<int64_t>())),
         score["probability"].is_null() ? "–" : percent(score["probability"].get<double>()), reasons});
  }
  if (!table.empty()) table.print();
}

}  // namespace

void print_recommendations_of_user(const json& lists, Language language) {
  for (const char* task : {"new", "any"}) {
    if (lists[task].empty()) continue;
    std::printf("%s\n", std::string(base::text_by_key(std::string("recommend_") + task, language)).c_str());
    Table table({{"", Table::Align::kRight},
                 {words(Message::cli_item, language), Table::Align::kLeft, 50},
                 {words(Message::cli_because, language), Table::Align::kLeft, 70}});
    for (const json& item : lists[task]) {
      if (item["rank"].get<size_t>() > kShownItems) break;
      std::string reasons;
      for (const json& reason : item["because"]) reasons += (reasons.empty() ? "" : ", ") + item_text(reason);
      table.add({std::to_string(item["rank"].get<int64_t>()), item_text(item), reasons});
    }
    table.print();
  }
}

void print_user(const json& profile, Language language) {
  std::printf("%s\n",
              base::format_text(Message::cli_user_as_of, language, profile["user_id"].get<std::string>(),
                                profile["as_of"].get<std::string>())
                  .c_str());
  for (const auto& [trait, value] : profile["traits"].items())
    std::printf("  %s: %s\n", trait.c_str(), value.get<std::string>().c_str());
  for (const auto& [method, segment] : profile["segments"].items()) {
    const auto name = base::text_by_key("segment_" + segment.get<std::string>(), language);
    std::printf("  %s: %s\n", method.c_str(),
                name.empty() ? segment.get<std::string>().c_str() : std::string(name).c_str());
  }
  std::printf("\n");
  Table features({{words(Message::cli_feature, language)},
                  {words(Message::cli_value, language), Table::Align::kRight},
                  {words(Message::cli_meaning, language), Table::Align::kLeft, 80}});
  for (const auto& feature : profile::kFeatureCatalog) {
    const auto it = profile["features"].find(std::string(feature.name));
    features.add({std::string(feature.name),
                  it == profile["features"].end() ? "–" : short_number(it->get<double>()),
                  std::string(profile::describe(feature, language))});
  }
  for (const auto& [name, value] : profile["features"].items())
    if (name.starts_with(profile::kTastePrefix) || name == profile::kTasteInterest)
      features.add({name, short_number(value.get<double>()),
                    std::string(profile::describe(
                        profile::kTasteCatalog[name == profile::kTasteInterest ? 0 : 1], language))});
  features.print();
  std::printf("\n");
  print_scores(profile["scores"], language);
  std::printf("\n");
  print_recommendations_of_user(profile["recommendations"], language);
}

}  // namespace coterie::serve

#include "serve/cli/record_tables.h"

#include <fmt/format.h>

#include <cstdio>

#include "serve/cli/table.h"

namespace coterie::serve {

using base::Language;
using base::Message;
using nlohmann::json;

namespace {

std::string published_text(const std::string& published, Language language) {
  return std::string(base::text_by_key("published_" + published, language));
}

std::string typical_text(const json& typical, const char* feature) {
  const auto it = typical.find(feature);
  return it == typical.end() || it->is_null() ? "–" : short_number(it->get<double>());
}

}  // namespace

std::string interval_text(const json& metric) {
  return fmt::format("{:.3f} ({:.3f}–{:.3f})", metric["value"].get<double>(), metric["low"].get<double>(),
                     metric["high"].get<double>());
}

std::string stability_text(const json& segment, Language language) {
  if (!segment.contains("stability")) return "–";
  const std::string value = fmt::format("{:.2f}", segment["stability"].get<double>());
  return segment["is_stable"].get<bool>() ? value : base::format_text(Message::cli_unstable, language, value);
}

void print_segments(const json& segments, Language language) {
  Table table({{words(Message::cli_segment, language)},
               {words(Message::cli_method, language)},
               {words(Message::cli_users, language), Table::Align::kRight},
               {words(Message::cli_share, language), Table::Align::kRight},
               {words(Message::cli_stability, language)},
               {words(Message::name_recency_days, language), Table::Align::kRight},
               {words(Message::name_frequency, language), Table::Align::kRight},
               {words(Message::name_monetary, language), Table::Align::kRight}});
  for (const json& segment : segments) {
    const json& typical = segment["typical"];
    table.add({segment["label"][std::string(base::to_string(language))].get<std::string>(), segment["method"],
               grouped(segment["users"].get<int64_t>()), percent(segment["share"].get<double>()),
               stability_text(segment, language), typical_text(typical, "recency_days"),
               typical_text(typical, "frequency"), typical_text(typical, "monetary")});
  }
  table.print();
}

void print_models(const json& models, Language language) {
  Table table({{words(Message::cli_model, language)},
               {words(Message::cli_published, language)},
               {words(Message::cli_method, language)},
               {"AUC"},
               {words(Message::cli_baseline, language)},
               {words(Message::cli_calibrated, language)}});
  for (const json& model : models) {
    const bool has_metrics = model["metrics"].contains("auc");
    const json& baseline = model["baseline"];
    table.add(
        {model["name"], published_text(model["published"], language), model["method"],
         has_metrics ? interval_text(model["metrics"]["auc"]) : "–",
         baseline.is_null()
             ? "–"
             : fmt::format("{} {:.3f}", baseline["name"].get<std::string>(), baseline["value"].get<double>()),
         model["calibration"].is_null()
             ? "–"
             : words(model["calibration"]["calibrated"].get<bool>() ? Message::cli_yes : Message::cli_no,
                     language)});
  }
  table.print();
  for (const json& model : models)
    for (const json& limit : model.value("limits", json::array()))
      std::printf("  %s: %s\n", model["name"].get<std::string>().c_str(),
                  limit[std::string(base::to_string(language))].get<std::string>().c_str());
}

void print_recommend(const json& recommend, Language language) {
  Table table({{words(Message::cli_task, language)},
               {words(Message::cli_method, language)},
               {words(Message::cli_published, language)},
               {"Recall@20"},
               {"NDCG@20", Table::Align::kRight},
               {words(Message::cli_coverage, language), Table::Align::kRight}});
  for (const char* task : {"new", "any"}) {
    const json& entry = recommend[task];
    for (const auto& [method, metrics] : entry["methods"].items())
      table.add({task, method, entry["published"] == method ? words(Message::cli_yes, language) : "",
                 interval_text(metrics["recall20"]),
                 fmt::format("{:.3f}", metrics["ndcg20"]["value"].get<double>()),
                 percent(metrics["coverage"]["value"].get<double>())});
  }
  table.print();
}

void print_record(const json& record, Language language) {
  std::printf("%s\n\n", base::format_text(
                            Message::cli_summary, language, record["as_of"].get<std::string>().substr(0, 10),
                            grouped(record["users"].get<int64_t>()), grouped(record["items"].get<int64_t>()),
                            grouped(record["events"].get<int64_t>()), record["seconds"].get<double>())
                            .c_str());
  print_segments(record["segments"], language);
  std::printf("\n");
  print_models(record["models"], language);
  std::printf("\n");
  print_recommend(record["recommend"], language);
}

}  // namespace coterie::serve

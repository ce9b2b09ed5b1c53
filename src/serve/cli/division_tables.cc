#include "serve/cli/division_tables.h"

#include <cstdio>

#include "serve/cli/record_tables.h"
#include "serve/cli/table.h"

namespace coterie::serve {

using base::Language;
using base::Message;
using nlohmann::json;

namespace {

std::string decimal(const json& value, int digits) {
  return fmt::format("{:.{}f}", value.get<double>(), digits);
}

std::string in_language(const json& text, Language language) {
  return in_one_line(text[std::string(base::to_string(language))].get<std::string>());
}

void print_division_segments(const json& record, Language language) {
  Table table({{words(Message::cli_segment, language)},
               {words(Message::division_called, language), Table::Align::kLeft, 60},
               {words(Message::cli_users, language), Table::Align::kRight},
               {words(Message::cli_share, language), Table::Align::kRight},
               {words(Message::cli_stability, language)}});
  for (const json& segment : record["segments"]) {
    table.add({segment["name"], in_language(segment["label"], language),
               grouped(segment["users"].get<int64_t>()), percent(segment["share"].get<double>()),
               stability_text(segment, language)});
  }
  table.print();
}

void print_choices(const json& clustering, Language language) {
  Table table({{"k", Table::Align::kRight},
               {words(Message::division_silhouette, language), Table::Align::kRight},
               {words(Message::division_calinski_harabasz, language), Table::Align::kRight},
               {words(Message::division_davies_bouldin, language), Table::Align::kRight},
               {words(Message::division_adjusted_rand, language), Table::Align::kRight},
               {words(Message::division_unstable, language), Table::Align::kRight}});
  for (const json& choice : clustering["choices"])
    table.add({grouped(choice["k"].get<int64_t>()), decimal(choice["silhouette"], 3),
               short_number(choice["calinski_harabasz"].get<double>()), decimal(choice["davies_bouldin"], 2),
               decimal(choice["adjusted_rand"], 2), grouped(choice["n_unstable"].get<int64_t>())});
  table.print();
  if (clustering["choices"].size() < 2) return;
  std::string indices;
  for (const json& index : clustering["for_it"])
    indices += (indices.empty() ? "" : words(Message::persona_list, language)) +
               std::string(base::text_by_key("division_" + index.get<std::string>(), language));
  std::printf("%s\n", base::format_text(Message::division_k_chosen, language,
                                        grouped(clustering["k"].get<int64_t>()), indices)
                          .c_str());
}

std::string read_as(const json& fact, Language language) {
  if (fact["kind"] == "constant") return words(Message::division_constant, language);
  if (fact["kind"] == "category")
    return base::format_text(Message::division_category, language, grouped(fact["values"].get<int64_t>()));
  return words(fact["is_log"].get<bool>() ? Message::division_log : Message::division_number, language);
}

void print_facts(const json& clustering, Language language) {
  Table table({{words(Message::division_fact, language)},
               {words(Message::division_read_as, language)},
               {words(Message::division_missing, language), Table::Align::kRight}});
  for (const json& fact : clustering["facts"])
    table.add({in_one_line(fact["quantity"].get<std::string>()), read_as(fact, language),
               grouped(fact["missing"].get<int64_t>())});
  table.print();
}

void print_accuracy(const json& description, Language language) {
  const bool is_hard = description["is_hard_to_describe"].get<bool>();
  std::printf("%s\n", base::format_text(is_hard ? Message::division_hard : Message::division_described,
                                        language, description["depth"].get<int64_t>(),
                                        percent(description["accuracy"].get<double>()),
                                        percent(description["cross_validated"].get<double>()),
                                        percent(description["largest_share"].get<double>()))
                          .c_str());
}

void print_bins(const json& record, Language language) {
  for (size_t f = 0; f < record["by"].size(); ++f) {
    if (record["bins"]["up_to"][f].empty()) continue;
    std::string ends;
    for (const json& end : record["bins"]["up_to"][f])
      ends += (ends.empty() ? "" : words(Message::persona_list, language)) + short_number(end.get<double>());
    std::printf("%s\n", base::format_text(Message::division_bins, language,
                                          in_one_line(record["by"][f].get<std::string>()),
                                          record["bins"]["up_to"][f].size(), ends)
                            .c_str());
  }
}

// How many it had the time before.
std::string before_text(const json& segment, Language language) {
  const json& before = segment["before"];
  return before.is_null() ? words(Message::division_new, language) : grouped(before.get<int64_t>());
}

}  // namespace

void print_division(const json& record, Language language) {
  std::string by;
  for (const json& quantity : record["by"]) by += (by.empty() ? "" : ", ") + quantity.get<std::string>();
  std::printf("%s\n\n", base::format_text(Message::division_of, language, record["segments"].size(),
                                          grouped(record["users"].get<int64_t>()), in_one_line(by),
                                          record["as_of"].get<std::string>().substr(0, 10))
                            .c_str());
  print_division_segments(record, language);
  for (const json& segment : record["segments"]) {
    std::printf("\n%s: %s\n%s\n", segment["name"].get<std::string>().c_str(),
                in_language(segment["label"], language).c_str(),
                in_language(segment["persona"]["text"], language).c_str());
    if (!segment["description"].is_null() || record.contains("description"))
      print_description(segment["description"], language);
  }
  std::printf("\n");
  if (record.contains("clustering")) {
    print_facts(record["clustering"], language);
    std::printf("\n");
    print_choices(record["clustering"], language);
    std::printf("\n");
  }
  if (record.contains("bins")) print_bins(record, language);
  if (record.contains("description")) print_accuracy(record["description"], language);
  for (const json& limit : record["limits"])
    if (limit["code"] != "hard_to_describe") std::printf("%s\n", in_language(limit, language).c_str());
}

void print_kept_divisions(const json& divisions, Language language) {
  Table table({{words(Message::cli_segment, language)},
               {words(Message::division_called, language), Table::Align::kLeft, 60},
               {words(Message::cli_method, language)},
               {words(Message::cli_users, language), Table::Align::kRight},
               {words(Message::cli_share, language), Table::Align::kRight},
               {words(Message::division_before, language), Table::Align::kRight},
               {words(Message::cli_stability, language)}});
  for (const json& division : divisions)
    for (const json& segment : division["segments"])
      table.add({segment["name"], in_language(segment["label"], language), segment["method"],
                 grouped(segment["users"].get<int64_t>()), percent(segment["share"].get<double>()),
                 before_text(segment, language), stability_text(segment, language)});
  table.print();
}

void print_description(const json& description, Language language) {
  if (description.is_null()) {
    std::printf("%s\n", words(Message::division_rule_none, language).c_str());
    return;
  }
  std::printf("%s\n", base::format_text(Message::division_rule, language,
                                        in_one_line(description["rule"].get<std::string>()))
                          .c_str());
  const double recall = description["recall"], precision = description["precision"];
  if (recall == 1 && precision == 1) return;  // it is the segment
  std::printf("%s\n",
              base::format_text(Message::division_rule_quality, language, percent(recall), percent(precision))
                  .c_str());
}

}  // namespace coterie::serve

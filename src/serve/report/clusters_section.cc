// Clusters: groups that k-means found by itself, what stands out in each, and how their number was chosen.
#include <fmt/format.h>

#include <cmath>

#include "serve/report/names.h"
#include "serve/report/page.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

constexpr double kStandsOut =
    0.35;  // standard deviations; the same bound as the labels' (engine/describe.cc)

// "items per order +0.58, orders −0.47".
std::string differences(const Page& page, const json& cluster) {
  std::string out;
  const json& entries = field(cluster, "differences");
  if (entries.is_array())
    for (const json& entry : entries) {
      const double difference = number_or(field(entry, "difference"), 0);
      if (std::abs(difference) < kStandsOut) continue;
      out += fmt::format("{}{} {}", out.empty() ? "" : page.list_comma(),
                         feature_name(page, text_of(field(entry, "feature"))),
                         page.format.signed_decimal(difference, 1));
    }
  return out.empty() ? page.say(Message::cluster_average) : out;
}

void cluster_table(const Page& page, const std::vector<const json*>& clusters, const json& features) {
  std::vector<HtmlTable::Column> columns = {{page.say(Message::report_cluster)},
                                            {page.say(Message::report_members), HtmlTable::Kind::kNumber},
                                            {page.say(Message::cli_share), HtmlTable::Kind::kNumber},
                                            {page.say(Message::cli_stability), HtmlTable::Kind::kNumber}};
  std::vector<std::string> names;
  if (features.is_array())
    for (const json& feature : features) names.push_back(text_of(feature));
  for (const std::string& name : names)
    columns.push_back({feature_name(page, name), HtmlTable::Kind::kNumber});
  columns.push_back({page.say(Message::report_stands_out), HtmlTable::Kind::kText});
  HtmlTable table(page.html, page.say(Message::report_clusters_table), columns);
  for (size_t i = 0; i < clusters.size(); ++i) {
    const json& cluster = *clusters[i];
    std::vector<HtmlTable::Cell> cells = {fmt::format("{}. {}", i + 1, segment_label(page, cluster)),
                                          page.format.count(number_or(field(cluster, "users"), 0)),
                                          page.format.percent(number_or(field(cluster, "share"), 0)),
                                          stability_text(page, cluster)};
    for (const std::string& name : names) {
      const auto value = number(field(cluster, {"typical", name}));
      cells.push_back(value ? feature_value(page, name, *value) : "–");
    }
    cells.push_back(differences(page, cluster));
    table.row(cells);
  }
}

void choice_table(const Page& page, const json& details) {
  const json& choices = field(details, "choices");
  if (!choices.is_array() || choices.empty()) return;
  page.heading("h3", Message::report_choice);
  const double chosen = number_or(field(details, "k"), 0);
  const double silhouette = number_or(field(details, "silhouette"), 0);
  const Message reading = silhouette >= 0.5    ? Message::report_silhouette_clear
                          : silhouette >= 0.25 ? Message::report_silhouette_weak
                                               : Message::report_silhouette_none;
  page.paragraph(page.say(Message::report_choice_text, page.format.count(chosen)) + std::string(page.gap()) +
                 page.say(reading, page.format.decimal(silhouette, 2)));
  HtmlTable table(page.html, page.say(Message::report_choice_table),
                  {{page.say(Message::report_number_of_clusters)},
                   {page.say(Message::report_silhouette), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_chosen)}});
  for (const json& choice : choices) {
    const double k = number_or(field(choice, "k"), 0);
    table.row({page.format.count(k), page.format.decimal(number_or(field(choice, "silhouette"), 0), 3),
               k == chosen ? page.say(Message::report_chosen_mark) : ""},
              k == chosen ? "marked" : "");
  }
}

}  // namespace

void clusters_section(const Page& page) {
  const auto section = page.html.element("section", {{"id", "clusters"}});
  page.heading("h2", Message::report_clusters);
  const auto clusters = segments_of(page.record, "clusters");
  if (clusters.empty()) return page.paragraph(page.say(Message::report_clusters_none));
  const json& details = field(page.record, {"details", "clusters"});
  page.paragraph(page.say(Message::report_clusters_text));
  cluster_table(page, clusters, field(details, "features"));
  page.note(page.say(Message::report_clusters_note));
  page.note(stability_note(page));
  if (const std::string note = description_note(page, "clusters"); !note.empty()) page.note(note);
  choice_table(page, details);
}

}  // namespace coterie::serve

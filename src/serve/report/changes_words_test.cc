#include "serve/report/changes_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/report/report.h"

namespace coterie::serve {
namespace {

using base::Language;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

json drift(const char* name, double psi, bool drifted, const char* size) {
  return {{"name", name},         {"psi", psi},          {"threshold", 0.01},
          {"drifted", drifted},   {"size", size},        {"median_before", 10.0},
          {"median_after", 21.5}, {"accumulates", false}};
}

// A shop whose loyal members became champions, whose prices rose and whose last import had many bad rows.
json example() {
  const json flow = {{"method", "rfm"},
                     {"places_before", {"champions", "loyal", "lost", "no_segment", "no_member"}},
                     {"places_after", {"champions", "loyal", "no_segment", "no_member"}},
                     {"members", {{30, 0, 0, 0}, {1200, 50, 0, 0}, {0, 0, 0, 0}, {0, 0, 9, 0}, {7, 0, 3, 0}}},
                     {"segments",
                      {{{"name", "champions"},
                        {"was", "champions"},
                        {"status", "kept"},
                        {"before", 30},
                        {"after", 1237},
                        {"came", 1200},
                        {"left", 0},
                        {"moved", true}},
                       {{"name", "loyal"},
                        {"was", "loyal"},
                        {"status", "kept"},
                        {"before", 1250},
                        {"after", 50},
                        {"came", 0},
                        {"left", 1200},
                        {"moved", true}},
                       {{"name", nullptr},
                        {"was", "lost"},
                        {"status", "vanished"},
                        {"before", 4},
                        {"after", 0},
                        {"came", 0},
                        {"left", 4},
                        {"moved", true}}}}};
  const json behavior = {{"watched", {{{"series", "price"}, {"category", nullptr}, {"days", 300}}}},
                         {"first_decision", "2025-05-01"},
                         {"shifts",
                          {{{"series", "price"},
                            {"category", nullptr},
                            {"since", "2025-10-01"},
                            {"alarm", "2025-10-09"},
                            {"change", {{"value", 0.2}, {"low", 0.15}, {"high", 0.25}}}}}}};
  const json quality = {{"imports",
                         {{"shares",
                           {{{"name", "rule price"}, {"before", 0.001}, {"after", 0.05}, {"moved", true}},
                            {{"name", "duplicate"}, {"before", 0.1}, {"after", 0.1}, {"moved", false}}}}}},
                        {"weeks",
                         {{{"name", "events"},
                           {"before", 1000.0},
                           {"low", 900.0},
                           {"high", 1100.0},
                           {"weeks", {{{"week", "2025-12-01"}, {"value", 2000.0}, {"unusual", true}}}}}}}};
  json record = {{"as_of", "2025-12-31T00:00:00+08:00"}, {"currency", "CNY"}, {"segments", json::array()}};
  record["segments"].push_back({{"name", "champions"}, {"label", {{"en", "Champions"}, {"zh", "冠军客户"}}}});
  record["segments"].push_back({{"name", "loyal"}, {"label", {{"en", "Loyal"}, {"zh", "忠诚客户"}}}});
  record["changes"] = {
      {"since", {{"as_of", "2025-11-30T00:00:00+08:00"}, {"run", 7}}},
      {"segments", json::array({flow})},
      {"features", {drift("recency_days", 0.3, true, "large"), drift("frequency", 0.05, true, "slight")}},
      {"scores", {drift("churn", 0.15, false, "moderate")}},
      {"behavior", behavior},
      {"quality", quality}};
  return record;
}

TEST(ChangesWords, SayWhoMovedInBothLanguages) {
  const json record = example();
  const ChangesWords en(record, record["changes"], Language::kEnglish);
  const ChangesWords zh(record, record["changes"], Language::kChinese);
  EXPECT_EQ(en.since(), "From 2025-11-30 (run 7) to 2025-12-31");
  EXPECT_EQ(zh.since(), "从 2025-11-30（第 7 次运行）到 2025-12-31");
  const auto& flow = record["changes"]["segments"][0];
  const auto table = en.flow(flow);
  EXPECT_THAT(table.rows[0], ElementsAre("Champions", "30", "1,237", "1,200", "0", "more came than left"));
  EXPECT_THAT(table.rows[2], ElementsAre("Lost", "4", "0", "0", "4", "vanished"));
  EXPECT_EQ(zh.flow(flow).rows[2][0], "已流失");
  // Those who stay in their place are no move.
  EXPECT_EQ(en.largest_moves(flow),
            "Largest moves: 1,200 from Loyal to Champions; 7 from not a member to Champions; 3 from not a "
            "member to no "
            "purchase");
}

// The clusters of today that are alike have other numbers than those of then.
TEST(ChangesWords, CallClustersOfThenWhatTheyAreToday) {
  json record = example();
  record["segments"] = json::array({{{"name", "cluster_1"}, {"label", {{"en", "eager"}}}},
                                    {{"name", "cluster_2"}, {"label", {{"en", "calm"}}}}});
  const json flow = {{"method", "clusters"},
                     {"places_before", {"cluster_1", "cluster_2", "cluster_3"}},
                     {"places_after", {"cluster_1", "cluster_2"}},
                     {"members", {{5, 90}, {80, 7}, {0, 3}}},
                     {"segments", json::array({{{"name", "cluster_1"}, {"was", "cluster_2"}},
                                               {{"name", "cluster_2"}, {"was", "cluster_1"}},
                                               {{"name", nullptr}, {"was", "cluster_3"}}})}};
  EXPECT_EQ(ChangesWords(record, record["changes"], Language::kEnglish).largest_moves(flow),
            "Largest moves: 7 from eager to calm; 5 from calm to eager; 3 from cluster_3 to calm");
}

TEST(ChangesWords, ListsOnlyWhatMovedByMoreThanIsSlight) {
  const json record = example();
  const auto drift = ChangesWords(record, record["changes"], Language::kEnglish).drift();
  ASSERT_EQ(drift.rows.size(), 1u);
  EXPECT_THAT(drift.rows[0], ElementsAre("days since purchase", "0.300", "0.010", "large",
                                         testing::StartsWith("10"), "21.5", ""));
}

TEST(ChangesWords, SayWhatMembersDoDifferentlyAndHowTheDataDiffer) {
  const json record = example();
  const ChangesWords words(record, record["changes"], Language::kEnglish);
  EXPECT_THAT(
      words.behavior(),
      ElementsAre(
          "price paid apiece: +20 % (95 % interval +15 to +25) since 2025-10-01, noticed 2025-10-09"));
  EXPECT_THAT(words.quality(),
              ElementsAre("rule price: 0.10 % of rows before, 5.00 % in the imports since",
                          "week of 2025-12-01: number of events is 2,000, expected 900 to 1,100"));
}

TEST(ChangesWords, SayThatNothingChanged) {
  json record = example();
  json& changes = record["changes"];
  changes["behavior"]["shifts"] = json::array();
  changes["quality"] = {{"imports", nullptr}, {"weeks", json::array()}};
  changes["features"] = json::array();
  const ChangesWords words(record, changes, Language::kEnglish);
  EXPECT_THAT(words.drift().rows, IsEmpty());
  EXPECT_THAT(words.behavior(),
              ElementsAre("No sudden change of behavior in 1 series, watched since 2025-05-01."));
  EXPECT_THAT(words.quality(), ElementsAre("Data quality is as it was."));
  changes["behavior"]["watched"] = json::array();
  EXPECT_THAT(ChangesWords(record, changes, Language::kEnglish).behavior()[0], HasSubstr("not watched yet"));
}

TEST(ChangesWords, AreInTheReport) {
  const std::string html = report_html(example(), Language::kEnglish);
  EXPECT_THAT(html, HasSubstr("1,200 from Loyal to Champions"));
  EXPECT_THAT(html, Not(HasSubstr("nothing to compare with")));
}

}  // namespace
}  // namespace coterie::serve

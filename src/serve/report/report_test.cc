// Tests of the report: all sections in both languages, shops with little in them, hostile names, well-formed
// HTML, the content policy, the data that report.js reads.
#include "serve/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/sha256.h"
#include "serve/report/chart.h"
#include "serve/report/format.h"
#include "serve/report/html.h"
#include "serve/report/weekly_sales.h"

namespace coterie::serve {
namespace {

using base::Language;
using nlohmann::json;
using ::testing::AllOf, ::testing::ElementsAre, ::testing::HasSubstr, ::testing::Not;

constexpr Language kLanguages[] = {Language::kEnglish, Language::kChinese};

json interval(double value) { return {{"value", value}, {"low", value - 0.01}, {"high", value + 0.01}}; }

json example_model(const std::string& name, const std::string& published) {
  return {{"name", name},
          {"version", 1},
          {"published", published},
          {"method", "logistic_regression"},
          {"metrics",
           {{"auc", interval(0.745)},
            {"pr_auc", interval(0.6)},
            {"lift10", interval(2.4)},
            {"log_loss", interval(0.5)},
            {"brier", interval(0.2)}}},
          {"baseline", {{"name", "frequency"}, {"metric", "auc"}, {"value", 0.726}}},
          {"limits",
           json::array({{{"code", "calibration"}, {"en", "probabilities are off"}, {"zh", "概率不准"}}})}};
}

json example_evidence(const json& model) {
  json out = {{"horizon_days", 30},
              {"active_days", 0},
              {"scored", 120},
              {"metrics", model["metrics"]},
              {"split",
               {{"train", {{"as_of", "2011-10-10"}, {"users", 100}, {"positive", 30}}},
                {"test", {{"as_of", "2011-11-09"}, {"users", 110}, {"positive", 40}}}}},
              {"calibration", {{"expected_calibration_error", 0.04}, {"band", 0.02}, {"calibrated", false}}},
              {"roc", {{0.0, 0.0}, {0.2, 0.6}, {1.0, 1.0}}},
              {"lift", {{0.5, 1.5}, {1.0, 1.0}}}};
  out["baselines"] = {{{"name", "frequency"}, {"auc", interval(0.726)}, {"difference", interval(0.019)}}};
  out["calibration"]["bins"] = {{{"mean_predicted", 0.2}, {"observed_rate", 0.3}, {"users", 55}}};
  out["drivers"] = {{{"column", "frequency"}, {"coef", 0.58}},
                    {{"column", "gap_cv is missing"}, {"coef", -0.4}}};
  out["groups"] = {{{"group", "orders_1"},
                    {"users", 60},
                    {"mean_predicted", 0.1},
                    {"observed_rate", 0.2},
                    {"auc", nullptr}}};
  return out;
}

json example_recommend() {
  json methods;
  for (const auto& [name, recall] : {std::pair("popularity", 0.04), std::pair("item_knn", 0.1)})
    methods[name] = {{"recall20", interval(recall)},
                     {"ndcg20", interval(0.1)},
                     {"mrr20", interval(0.2)},
                     {"coverage", interval(0.5)}};
  return {{"published", "item_knn"}, {"users", 50}, {"products", 300}, {"methods", std::move(methods)}};
}

json item(const std::string& id, const json& name) {
  return {{"item_id", id}, {"name", name}, {"orders", 2}};
}

json example_curve() {
  json out = json::array();
  for (const auto& [days, share] : {std::pair(0, 0.1), std::pair(7, 0.3), std::pair(14, 0.45)})
    out.push_back(
        {{"days", days}, {"share", share}, {"low", share - 0.05}, {"high", share + 0.05}, {"at_risk", 9}});
  return out;
}

// What `sales` of a record holds (docs/run.md), of nine weeks.
json example_sales() {
  json sums = {{"net_amount", 1480.5}, {"buy_amount", 1500.5}, {"refund_amount", -20.0}, {"orders", 30},
               {"guest_orders", 3},    {"refunds", 1},         {"average_order", 50.02}, {"members", 25}};
  json out = {
      {"known_until", "2011-12-09T00:00:00+00:00"}, {"currency", "GBP"}, {"by", "week"}, {"total", sums}};
  out["limits"] = json::array({{{"code", "no_carts"}, {"en", "no carts"}, {"zh", "没有加购"}}});
  for (int64_t monday = *day_number("2011-10-03"), week = 0; week < 9; ++week) {
    json period = sums;
    period.update({{"start", iso_date(monday + 7 * week)},
                   {"is_whole", true},
                   {"new_members", week},
                   {"returning_members", 3}});
    out["periods"].push_back(std::move(period));
  }
  out["weekdays"] = {{"of", "amount"}};
  for (int weekday = 1; weekday <= 7; ++weekday)
    out["weekdays"]["factors"].push_back(
        {{"weekday", weekday}, {"factor", 0.5 + 0.1 * weekday}, {"weeks", 9}});
  const json shift = {{"since", "2011-11-01"},
                      {"alarm", "2011-11-07"},
                      {"change", {{"value", 0.2}, {"low", 0.1}, {"high", 0.3}}}};
  out["shifts"] = {{"days", 63}, {"shifts", json::array({shift})}};
  out["cohorts"] =
      json::array({{{"month", "2011-10"},
                    {"members", 40},
                    {"is_whole", true},
                    {"again", {{{"members", 40}, {"share", 1}}, {{"members", 8}, {"share", 0.2}}}}},
                   {{"month", "2011-11"},
                    {"members", 30},
                    {"is_whole", true},
                    {"again", json::array({{{"members", 30}, {"share", 1}}})}}});
  out["second_purchase"] = {{"members", 70},
                            {"again", 30},
                            {"median_days", {{"value", 21}, {"low", 14}, {"high", 30}}},
                            {"shares", json::array({example_curve()[1]})},
                            {"curve", example_curve()}};
  out["gaps"] = {{"gaps", 45}};
  for (const double q : {0.1, 0.25, 0.5, 0.75, 0.9})
    out["gaps"]["quantiles"].push_back({{"q", q}, {"days", 30 * q}});
  out["gaps"]["histogram"] = {{{"from", 0}, {"to", 6}, {"gaps", 15}, {"share", 0.33}},
                              {{"from", 7}, {"to", nullptr}, {"gaps", 30}, {"share", 0.67}}};
  json classes = json::array();
  for (const char* name : {"A", "B", "C"})
    classes.push_back(
        {{"class", name}, {"count", 10}, {"share", 0.33}, {"amount", 400.5}, {"amount_share", 0.8}});
  out["abc"]["items"] = {{"count", 30}, {"not_positive", 0}, {"gini", 0.61}, {"classes", classes}};
  out["abc"]["members"] = out["abc"]["items"];
  out["funnel"] = {{"of", "sessions"}, {"absent", json::array({"cart"})}, {"left_out", 0}};
  out["funnel"]["steps"] = {{{"behavior", "view"}, {"did", 90}, {"reached", 90}, {"conversion", nullptr}},
                            {{"behavior", "buy"}, {"did", 30}, {"reached", 25}, {"conversion", 0.28}}};
  return out;
}

// A shop with something in every section.
json example_record() {
  json record = {{"as_of", "2011-12-09T00:00:00+00:00"},
                 {"timezone", "Europe/London"},
                 {"currency", "GBP"},
                 {"users", 1234},
                 {"items", 300},
                 {"events", 56789}};
  record["segments"] = {{{"name", "champions"},
                         {"method", "rfm"},
                         {"users", 40},
                         {"share", 0.4},
                         {"label", {{"en", "Champions"}, {"zh", "冠军客户"}}},
                         {"typical", {{"recency_days", 3.2}, {"frequency", 8.0}, {"monetary", 2662.4}}}},
                        {{"name", "at_risk"},
                         {"method", "rfm"},
                         {"users", 60},
                         {"share", 0.6},
                         {"label", {{"en", "At risk"}, {"zh", "有流失风险"}}},
                         {"typical", {{"recency_days", 120.0}, {"frequency", 2.0}, {"monetary", 99.5}}}},
                        {{"name", "stage_cooling"},
                         {"method", "lifecycle"},
                         {"users", 30},
                         {"share", 0.3},
                         {"label", {{"en", "Cooling customers"}, {"zh", "降温期"}}},
                         {"typical", {{"recency_days", 41.0}, {"frequency", 3.0}, {"monetary", 250.0}}}},
                        {{"name", "cluster_1"},
                         {"method", "clusters"},
                         {"users", 100},
                         {"share", 1.0},
                         {"label", {{"en", "high orders"}, {"zh", "订单数高"}}},
                         {"typical", {{"frequency", 2.0}}},
                         {"stability", 0.613},
                         {"is_stable", false},
                         {"differences", {{{"feature", "frequency"}, {"difference", 0.8}}}}}};
  record["models"] = {example_model("purchase", "ranking"), example_model("churn", "yes")};
  record["recommend"] = {{"new", example_recommend()}, {"any", example_recommend()}};
  record["sales"] = example_sales();
  json& details = record["details"];
  details = {{"first_event", "2010-12-01T08:26:00+00:00"}, {"last_event", "2011-12-09T12:50:00+00:00"}};
  details["quality"] = {{"received", 100},
                        {"accepted", 90},
                        {"duplicate", 6},
                        {"quarantined", 4},
                        {"quarantined_by_rule", {{"price", 4}}}};
  details["quality"]["imports"] = {{{"source", "a.csv"},
                                    {"preset", "coterie"},
                                    {"received", 100},
                                    {"accepted", 90},
                                    {"duplicate", 6},
                                    {"quarantined", 4},
                                    {"received_at", "2011-12-10T00:00:00Z"}}};
  for (const char* week : {"2011-10-10", "2011-10-24"})
    details["sales"].push_back({{"week", week},
                                {"buy_amount", 1500.5},
                                {"refund_amount", -20.0},
                                {"orders", 30},
                                {"members", 25},
                                {"guest_orders", 3}});
  details["behaviors"] = {{{"behavior", "buy"}, {"events", 500}, {"members", 100}},
                          {{"behavior", "custom:wave"}, {"events", 5}, {"members", 1}}};
  details["rfm_grid"] = std::vector<std::vector<int>>(5, std::vector<int>(5, 4));
  details["lifecycle"] = {{"typical_gap_days", 21.4}, {"members_with_rhythm", 64}};
  details["clusters"] = {{"features", {"frequency"}}, {"k", 3}, {"silhouette", 0.3}};
  details["clusters"]["choices"] = {{{"k", 3}, {"silhouette", 0.3}}, {{"k", 4}, {"silhouette", 0.2}}};
  for (const json& model : record["models"])
    details["models"][model["name"].get<std::string>()] = example_evidence(model);
  json comparison = {
      {"method", "item_knn"}, {"against", "popularity"}, {"recall20_difference", interval(0.06)}};
  for (const char* task : {"new", "any"})
    details["recommend"][task] = {{"split", {{"test", "2011-11-09"}, {"horizon_days", 30}}},
                                  {"comparisons", {comparison}}};
  json suggestion = item("b", "LANTERN");
  suggestion["because"] = {item("a", "LAMP")};
  details["examples"] = {
      {{"user_id", "u1"}, {"bought", {item("a", "LAMP")}}, {"new", {suggestion}}, {"any", json::array()}}};
  return record;
}

// The contents of the script elements with those attributes, in order.
std::vector<std::string> scripts_of(std::string_view html, const std::string& attributes = "") {
  std::vector<std::string> out;
  const std::string open = "<script" + attributes + ">";
  for (size_t at = html.find(open); at != std::string_view::npos; at = html.find(open, at + 1)) {
    const size_t begin = at + open.size();
    out.emplace_back(html.substr(begin, html.find("</script>", begin) - begin));
  }
  return out;
}

// The page without the text of the scripts that run, which are ours.
std::string without_scripts(std::string html) {
  const size_t at = html.find("<script>");
  if (at != std::string::npos) html.erase(at, html.rfind("</script>") + 9 - at);
  return html;
}

// What a report shows and holds, but for its scripts.
std::string page_html(const json& record, Language language) {
  return without_scripts(report_html(record, language));
}

// Every tag that opens closes in its order; empty tags end with "/>". Returns what is wrong, or "".
std::string unbalanced(std::string_view html) {
  std::vector<std::string> open;
  for (size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    const size_t end = html.find('>', at);
    if (end == std::string_view::npos) return "a tag without end";
    const std::string_view tag = html.substr(at + 1, end - at - 1);
    if (tag.starts_with('!') || tag.ends_with('/')) continue;
    const std::string name(tag.substr(0, tag.find_first_of(" >")));
    if (!tag.starts_with('/')) {
      open.push_back(name);
      continue;
    }
    if (open.empty() || "/" + open.back() != name) return "</" + name.substr(1) + "> where it is not open";
    open.pop_back();
  }
  return open.empty() ? "" : "<" + open.back() + "> is never closed";
}

// The texts between <tag ...> and </tag>, without the tags inside.
std::vector<std::string> texts_of(std::string_view html, const std::string& tag) {
  std::vector<std::string> out;
  for (size_t at = html.find("<" + tag); at != std::string_view::npos; at = html.find("<" + tag, at + 1)) {
    const char after = html[at + tag.size() + 1];
    if (after != '>' && after != ' ') continue;
    const size_t end = html.find("</" + tag + ">", at);
    std::string text;
    bool is_inside_tag = false;
    for (const char c : html.substr(at, end - at)) {
      if (c == '<') is_inside_tag = true;
      if (!is_inside_tag) text += c;
      if (c == '>') is_inside_tag = false;
    }
    out.push_back(text);
  }
  return out;
}

size_t count(std::string_view text, std::string_view part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

// Shops that have less: whole parts away, or there and empty.
std::vector<json> odd_records() {
  std::vector<json> records = {
      json::object(), json(), json::array(), {{"as_of", 7}, {"segments", "x"}, {"details", {{"sales", 3}}}}};
  const json whole = example_record();
  for (const auto& [key, value] : whole.items()) {
    records.push_back(whole);
    records.back().erase(key);
  }
  for (const auto& [key, value] : whole["details"].items())
    for (const json& other : {json(), json::array(), json::object(), json("odd")}) {
      records.push_back(whole);
      records.back()["details"][key] = other;
    }
  records.push_back(whole);
  for (json& week : records.back()["details"]["sales"]) week["buy_amount"] = week["refund_amount"] = 0;
  records.push_back(whole);
  for (json& model : records.back()["models"]) {
    model["published"] = "no";
    model["metrics"] = json::object();
    model["baseline"] = nullptr;
    model["limits"] = json::array({{{"code", "too_little"}, {"en", "too little data"}, {"zh", "数据太少"}}});
  }
  for (const char* task : {"new", "any"})
    records.back()["recommend"][task] = {{"published", nullptr}, {"methods", json::object()}};
  return records;
}

TEST(Report, HasEverySectionInOrderInBothLanguages) {
  for (const Language language : kLanguages) {
    const std::string html = page_html(example_record(), language);
    size_t at = 0;
    for (const char* id : {"summary", "quality", "sales", "returns", "segments", "lifecycle", "clusters",
                           "tastes", "personas", "models", "recommend", "changes", "limits", "glossary"}) {
      const size_t found = html.find(std::string("<section id=\"") + id + "\"");
      ASSERT_NE(found, std::string::npos) << id;
      EXPECT_GT(found, at) << id;
      at = found;
    }
    EXPECT_THAT(html,
                HasSubstr(language == Language::kChinese ? "<html lang=\"zh-CN\">" : "<html lang=\"en\">"));
  }
}

TEST(Report, IsWellFormedWhateverTheShopLacks) {
  for (const Language language : kLanguages) {
    EXPECT_EQ(unbalanced(page_html(example_record(), language)), "");
    for (const json& record : odd_records()) {
      const std::string html = page_html(record, language);
      EXPECT_EQ(unbalanced(html), "") << record.dump();
      EXPECT_EQ(count(html, "<h2"), 14u);
      EXPECT_THAT(html, Not(HasSubstr("nan")));
      for (const std::string& section : texts_of(html, "section"))
        EXPECT_GT(section.size(), 20u) << "an empty section";
    }
  }
}

TEST(Report, TellsStagesByTheRhythmOfTheShop) {
  const std::string html = page_html(example_record(), Language::kEnglish);
  EXPECT_THAT(html,
              AllOf(HasSubstr("21.4 days here (64 members"), HasSubstr("customers<small>later than usual<")));
}

TEST(Report, SaysInWordsWhatIsMissing) {
  const std::string html = page_html(json::object(), Language::kEnglish);
  for (const auto message :
       {base::Message::report_quality_none, base::Message::report_sales_none,
        base::Message::report_segments_none, base::Message::report_lifecycle_none,
        base::Message::report_clusters_none, base::Message::report_verdict_none,
        base::Message::report_recommend_none, base::Message::report_examples_none,
        base::Message::changes_none, base::Message::report_tastes_none, base::Message::report_personas_none,
        base::Message::report_returns_none, base::Message::report_do_nothing})
    EXPECT_THAT(html, HasSubstr(base::text(message, Language::kEnglish)));
}

TEST(Report, TellsEverySegmentInFactsAndHowFarItIsFromEverybody) {
  json record = example_record();
  const auto typical = [](double median) { return json{{"median", median}, {"users", 10}}; };
  record["segments"][0]["persona"] = {{"name", {{"en", "Big <spenders>"}, {"zh", "高消费"}}},
                                      {"text", {{"en", "12 members & more."}, {"zh", "12 位会员。"}}},
                                      {"differences",
                                       {{{"feature", "recency_days"},
                                         {"difference", -1.276},
                                         {"low", -1.308},
                                         {"high", -1.248},
                                         {"segment", typical(17)},
                                         {"everybody", typical(97)}}}}};
  for (const Language language : kLanguages) {
    const std::string html = page_html(record, language);
    const bool is_english = language == Language::kEnglish;
    EXPECT_THAT(html, HasSubstr(is_english ? "Big &lt;spenders&gt;" : "高消费"));
    EXPECT_THAT(html, HasSubstr(is_english ? "12 members &amp; more." : "12 位会员。"));
    EXPECT_THAT(html, HasSubstr(is_english ? "−1.28 (−1.31 to −1.25)" : "（−1.31 至 −1.25）"));
    EXPECT_EQ(count(html, "class=\"persona\""), 1u) << "one segment has a persona";
  }
}

TEST(Report, CallsAClusterUnstableThatDoesNotComeBack) {
  EXPECT_THAT(page_html(example_record(), Language::kEnglish), HasSubstr(">0.61 unstable<"));
  EXPECT_THAT(page_html(example_record(), Language::kChinese), HasSubstr(">0.61 不稳定<"));
  json record = example_record();
  for (json& segment : record["segments"])
    if (segment.contains("stability")) segment["is_stable"] = true;
  EXPECT_THAT(page_html(record, Language::kEnglish), Not(HasSubstr("0.61 unstable")));
}

TEST(Report, StatesVerdictsInWords) {
  const std::string html = page_html(example_record(), Language::kEnglish);
  EXPECT_THAT(html, HasSubstr("Published for ranking only"));
  EXPECT_THAT(html, HasSubstr("Published: yes."));
  EXPECT_THAT(html, HasSubstr("2.5 times as much as popularity (4.0%)"));
  EXPECT_THAT(html, HasSubstr("<li>probabilities are off</li>"));
  EXPECT_THAT(page_html(example_record(), Language::kChinese), HasSubstr("<li>概率不准</li>"));
}

TEST(Report, EscapesEveryNameThatAShopCanChoose) {
  const std::string evil = "</title><script>alert('x')</script>\"&\x01";
  json record = example_record();
  record["timezone"] = record["currency"] = record["as_of"] = evil;
  json& details = record["details"];
  details["examples"][0]["user_id"] = evil;
  details["examples"][0]["bought"][0]["name"] = evil;
  details["examples"][0]["new"][0]["because"][0]["name"] = evil;
  details["quality"]["imports"][0]["source"] = evil;
  details["quality"]["quarantined_by_rule"] = {{evil, 4}};
  details["behaviors"][0]["behavior"] = evil;
  details["models"]["purchase"]["groups"][0]["group"] = evil;
  record["segments"][0]["label"] = {{"en", evil}, {"zh", evil}};
  record["sales"]["funnel"]["steps"][0]["behavior"] = evil;
  record["sales"]["limits"][0] = {{"code", evil}, {"en", evil}, {"zh", evil}};
  record["models"][0]["limits"] = json::array({{{"code", evil}, {"en", evil}, {"zh", evil}}});
  for (const Language language : kLanguages) {
    const std::string html = page_html(record, language);
    EXPECT_THAT(html, Not(HasSubstr("<script>")));
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
    EXPECT_THAT(html, Not(HasSubstr("\x01")));
    EXPECT_EQ(unbalanced(html), "");
  }
}

TEST(Report, LoadsNothing) {
  for (const Language language : kLanguages) {
    const std::string html = page_html(example_record(), language);
    for (const char* part :
         {"http://", "https://", "//cdn", "src=", "<link", "<img", "url(", "@import", "onclick"})
      EXPECT_THAT(html, Not(HasSubstr(part)));
    EXPECT_THAT(html, HasSubstr("default-src &#39;none&#39;"));
  }
}

// A browser runs a script in the page when the policy holds the digest of exactly its text.
TEST(Report, RunsItsTwoScriptsAndNoOther) {
  const std::string html = report_html(example_record(), Language::kEnglish);
  const auto scripts = scripts_of(html);
  ASSERT_EQ(scripts.size(), 2u);
  const std::string policy = html.substr(html.find("script-src"), 200);
  EXPECT_EQ(count(html, "sha256-"), 2u);
  for (const std::string& script : scripts) {
    const auto digest = base::sha256(script);
    EXPECT_THAT(policy, HasSubstr("&#39;sha256-" + base::base64(digest.data(), digest.size()) + "&#39;"));
    EXPECT_THAT(script, Not(HasSubstr("<!--"))) << "would hide the end of the script";
  }
  EXPECT_THAT(scripts[0], HasSubstr("echarts"));
  EXPECT_EQ(count(html, "unsafe-inline"), 1u) << "for styles only";
  EXPECT_THAT(html, Not(HasSubstr("unsafe-eval")));
}

TEST(Report, IsBelowThreeMegabytes) {
  for (const Language language : kLanguages)
    EXPECT_LT(report_html(example_record(), language).size(), 1'500'000u);
}

TEST(Report, EveryChartCarriesItsData) {
  for (const Language language : kLanguages) {
    const std::string html = report_html(example_record(), language);
    const auto charts = scripts_of(html, " type=\"application/json\" class=\"chart-data\"");
    EXPECT_EQ(charts.size(), count(html, "<figure"));
    for (const std::string& text : charts) {
      const json data = json::parse(text);
      EXPECT_NE(data["description"], "");
      if (data.contains("series")) {
        for (const char* axis : {"x", "y"}) EXPECT_NE(data[axis]["title"], "") << text;
      }
    }
    EXPECT_EQ(json::parse(scripts_of(html, " type=\"application/json\" class=\"texts\"").at(0)).size(), 4u);
  }
}

TEST(Report, SaysWhatToDoNextAndHowSureItIs) {
  const std::string html = page_html(example_record(), Language::kEnglish);
  EXPECT_THAT(
      html,
      HasSubstr("Write first to the 60 members of “At risk”: half of them have not bought for 120 days"));
  EXPECT_THAT(html,
              HasSubstr("40 members have bought once only. Half of all who buy come back within 21 days"));
  EXPECT_THAT(
      html,
      HasSubstr("In the last four full weeks 26 members bought for the first time; in the four before, 10."));
  EXPECT_THAT(html, HasSubstr("74 times in 100 (95% interval 74 to 76)")) << "an AUC of 0.745, in words";
  EXPECT_THAT(html, HasSubstr("90.0% of the 100 rows received are used"));
}

TEST(Report, ShadesTheCohortTriangleAndLeavesOpenMonthsEmpty) {
  const std::string html = page_html(example_record(), Language::kEnglish);
  EXPECT_THAT(html, HasSubstr("<td class=\"number heat-8\">20.0%</td>"));
  EXPECT_THAT(html, HasSubstr("<td class=\"unknown\"></td>"));
  EXPECT_THAT(html, HasSubstr("<tr class=\"total\">")) << "the periods added up";
  EXPECT_THAT(html, HasSubstr("Left out: no carts"));
}

TEST(Report, EveryDrawingAndTableCanBeReadAloud) {
  const std::string html = page_html(example_record(), Language::kEnglish);
  EXPECT_GE(count(html, "<svg "), 8u);
  EXPECT_EQ(count(html, "<svg "), count(html, "role=\"img\""));
  EXPECT_EQ(count(html, "<svg "), count(html, "<desc>"));
  EXPECT_EQ(count(html, "<svg ") + 1, count(html, "<title>")) << "one of them the page's";
  EXPECT_EQ(count(html, "<table"), count(html, "<caption>"));
  for (size_t at = html.find("<th "); at != std::string::npos; at = html.find("<th ", at + 1))
    EXPECT_THAT(html.substr(at, html.find('>', at) - at), HasSubstr("scope="));
  EXPECT_EQ(count(html, "<th>"), 0u);
}

// Headings, captions and column headings of the Chinese report are Chinese texts of the table: none is the
// English text of a message whose Chinese differs.
TEST(Report, LeavesNoEnglishInChineseHeadings) {
  std::set<std::string> english;
  for (const auto& entry : base::message_table())
    if (entry.en != entry.zh) english.insert(escape_html(entry.en));
  const std::string html = page_html(example_record(), Language::kChinese);
  for (const char* tag : {"h1", "h2", "h3", "h4", "h5", "caption", "figcaption", "summary", "dt", "th"})
    for (const std::string& text : texts_of(html, tag)) {
      EXPECT_FALSE(english.contains(text)) << tag << ": " << text;
      const bool has_chinese = std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
      const bool is_name = text.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos ||
                           std::set<std::string>{"Recall@20", "price", "a.csv", "custom:wave"}.contains(text);
      EXPECT_TRUE(has_chinese || is_name) << tag << ": " << text;
    }
}

TEST(Report, IsTheSameEveryTime) {
  EXPECT_EQ(report_html(example_record(), Language::kEnglish),
            report_html(example_record(), Language::kEnglish));
}

TEST(Html, ReadsTheNumberInAText) {
  for (const auto& [text, number] :
       {std::pair("£1,234.50", "1234.50"), std::pair("−£1,234", "-1234"), std::pair("12.3%", "12.3"),
        std::pair("0.745 (0.727–0.762)", "0.745"), std::pair("+0.58", "0.58"), std::pair("-3, then 4", "-3"),
        std::pair("–", ""), std::pair("¥15万", "15"), std::pair("C$12.", "12")})
    EXPECT_EQ(number_in(text), number) << text;
}

TEST(Html, DataCannotEndItsElement) {
  HtmlWriter html;
  html.data("x", {{"name", "</script><!-- & \u2028\xFF"}});
  const std::string text = html.take();
  EXPECT_EQ(text,
            "<script type=\"application/json\" class=\"x\">{\"name\":\"\\u003c/script\\u003e\\u003c!-- "
            "\\u0026 \\u2028\\ufffd\"}</script>\n");
}

TEST(Format, WritesNumbersAsTheLanguageDoes) {
  const Format english(Language::kEnglish, "GBP"), chinese(Language::kChinese, "CNY"),
      other(Language::kEnglish, "XAU");
  EXPECT_EQ(english.count(1234567), "1,234,567");
  EXPECT_EQ(english.money(-1234.4), "−£1,234");
  EXPECT_EQ(other.money(12.5, 2), "XAU\u00A012.50");
  EXPECT_EQ(Format(Language::kEnglish, "").money(12), "12");
  EXPECT_EQ(english.percent(0.12345), "12.3%");
  EXPECT_EQ(english.decimal(-0.0001, 3), "0.000");
  EXPECT_EQ(english.compact(150'000), "150k");
  EXPECT_EQ(english.compact(1'500), "1,500");
  EXPECT_EQ(english.signed_decimal(0.001, 2), "0.00");
  EXPECT_EQ(english.signed_decimal(0.58, 2), "+0.58");
  EXPECT_EQ(english.compact_money(-2'500'000), "−£2.5M");
  EXPECT_EQ(chinese.compact_money(150'000), "¥15万");
  EXPECT_EQ(chinese.compact(5'000), "5,000");
  EXPECT_EQ(english.date("2011-12-09T00:00:00+00:00"), "9 Dec 2011");
  EXPECT_EQ(chinese.date("2011-12-09"), "2011年12月9日");
  EXPECT_EQ(english.date("soon"), "soon");
  EXPECT_EQ(english.measured({0.745, 0.727, 0.762}), "0.745 (0.727–0.762)");
}

TEST(Chart, TicksAreRoundAndCoverTheRange) {
  EXPECT_THAT(round_ticks(0, 1, 5), ElementsAre(0, 0.2, 0.4, ::testing::DoubleNear(0.6, 1e-9), 0.8, 1));
  EXPECT_THAT(round_ticks(-80, 370, 5), ElementsAre(-100, 0, 100, 200, 300, 400));
  EXPECT_GE(round_ticks(0, 0, 4).size(), 2u);
  EXPECT_GE(round_ticks(1e12, 1e12, 4).size(), 2u);
}

TEST(WeeklySales, FillsQuietWeeksAndKnowsWholeOnes) {
  const auto weeks = weekly_sales(example_record());
  ASSERT_EQ(weeks.size(), 3u);
  EXPECT_EQ(weeks[1].orders, 0);
  EXPECT_TRUE(weeks[1].is_whole);
  EXPECT_FALSE(recent_change(weeks, true)) << "too few weeks to compare";
}

TEST(WeeklySales, ComparesFourWholeWeeksWithTheFourBefore) {
  std::vector<SalesWeek> weeks(9);
  for (size_t i = 0; i < weeks.size(); ++i) weeks[i] = {.buy_amount = i < 4 ? 100.0 : 150.0, .orders = 10};
  weeks.back().is_whole = false;
  weeks.back().buy_amount = 1e6;
  EXPECT_DOUBLE_EQ(*recent_change(weeks, true), 0.5);
  EXPECT_DOUBLE_EQ(*recent_change(weeks, false), 0);
}

}  // namespace
}  // namespace coterie::serve

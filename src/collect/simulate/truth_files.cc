#include "collect/simulate/truth_files.h"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "base/aside_file.h"
#include "base/file.h"

namespace coterie::collect::simulate {

namespace {

using base::Status;
using nlohmann::json;

constexpr size_t kBufferBytes = size_t{1} << 16;

Status write_file(const std::filesystem::path& path, const auto& append_all) {
  COTERIE_ASSIGN_OR_STATUS(auto file, base::AsideFile::create(path, base::AsideFile::Existing::kReplace));
  std::string text;
  const auto flush_above = [&](size_t bytes) -> Status {
    if (text.size() <= bytes) return {};
    COTERIE_RETURN_IF_ERROR(file.write(text));
    text.clear();
    return {};
  };
  COTERIE_RETURN_IF_ERROR(append_all(text, [&] { return flush_above(kBufferBytes); }));
  COTERIE_RETURN_IF_ERROR(flush_above(0));
  return file.commit();
}

Status append_members(const ShopTruth& truth, std::string& out, const auto& flush) {
  out +=
      "user_id,taste_group,favorite_style,week_rhythm,day_rhythm,join_day,dropout_day,visit_rate,dropout_"
      "chance,"
      "buy_chance,price_level,campaign_effect";
  for (uint32_t c = 0; c < kCategories; ++c) out += fmt::format(",taste_{}", c);
  out += '\n';
  for (size_t i = 0; i < truth.members.size(); ++i) {
    const Member& m = truth.members[i];
    const std::string dropout = m.dropout_day == kStillHere ? "" : std::to_string(m.dropout_day);
    fmt::format_to(std::back_inserter(out), "u{},{},{},{},{},{},{},{},{},{},{},{}", i, m.taste_group,
                   m.favorite_style, m.week_rhythm, m.day_rhythm, m.join_day, dropout, m.visit_rate,
                   m.dropout_chance, m.buy_chance, m.price_level, m.campaign_effect);
    for (uint32_t c = 0; c < kCategories; ++c)
      fmt::format_to(std::back_inserter(out), ",{}", m.taste[c] - (c == 0 ? 0.0F : m.taste[c - 1]));
    out += '\n';
    COTERIE_RETURN_IF_ERROR(flush());
  }
  return {};
}

Status append_items(const ShopTruth& truth, std::string& out, const auto& flush) {
  out += "item_id,category,style,brand,price_position,quality,popularity,first_day,price_change_day\n";
  for (size_t i = 0; i < truth.catalog.items().size(); ++i) {
    const Item& item = truth.catalog.items()[i];
    const std::string change = item.price_change_day < 0 ? "" : std::to_string(item.price_change_day);
    fmt::format_to(std::back_inserter(out), "i{},{},{},{},{},{},{},{},{}\n", i, item.category, item.style,
                   item.brand, item.price_position, item.quality, item.popularity, item.first_day, change);
    COTERIE_RETURN_IF_ERROR(flush());
  }
  return {};
}

// The reading of the three clocks of the week at the start of each day.
Status append_days(const ShopTruth& truth, std::string& out, const auto& flush) {
  out += "day,date,campaign,clock_0,clock_1,clock_2";
  for (uint32_t c = 0; c < kCategories; ++c) out += fmt::format(",season_{}", c);
  out += '\n';
  const Rhythm& rhythm = truth.rhythm;
  for (uint32_t day = 0; day < rhythm.days(); ++day) {
    fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{}", day, rhythm.date(day), rhythm.campaign(day),
                   rhythm.clock(0)[day], rhythm.clock(1)[day], rhythm.clock(2)[day]);
    for (uint32_t c = 0; c < kCategories; ++c)
      fmt::format_to(std::back_inserter(out), ",{}", rhythm.season(c, day));
    out += '\n';
    COTERIE_RETURN_IF_ERROR(flush());
  }
  return {};
}

json shop_facts(const ShopTruth& truth, const GenerateOptions& options) {
  const ShopProfile& p = truth.profile;
  json categories = json::array(), repeats = json::array(), groups = json::array();
  for (const CategoryWords& words : category_words()) {
    categories.push_back(words.path);
    repeats.push_back(p.habit * words.repeat_share);
  }
  for (uint8_t g = 0; g < p.taste_groups; ++g) groups.push_back(group_taste(g));
  return {{"users", options.users},
          {"days", options.days},
          {"seed", options.seed},
          {"dirty", options.dirty},
          {"profile", to_string(options.profile)},
          {"family", to_string(options.family)},
          {"drift_day", options.drift_day ? json(*options.drift_day) : json()},
          {"visit_shape", p.visit_shape},
          {"visits_per_day", p.visits_per_day},
          {"dropout_a", p.dropout_a},
          {"dropout_b", p.dropout_b},
          {"buy_a", p.buy_a},
          {"buy_b", p.buy_b},
          {"same_category", p.same_category},
          {"taste_concentration", p.taste_concentration},
          {"style_focus", p.style_focus},
          {"price_fit_width", p.price_fit_width},
          {"budget_sigma", p.budget_sigma},
          {"categories", std::move(categories)},
          {"repeat_chance", std::move(repeats)},
          {"group_taste", std::move(groups)}};
}

}  // namespace

Status write_truth(const ShopTruth& truth, const GenerateOptions& options,
                   const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return base::system_error("cannot make", folder.string(), error.value());
  const auto write = [&](const char* name, const auto& append) {
    return write_file(folder / name,
                      [&](std::string& out, const auto& flush) { return append(truth, out, flush); });
  };
  COTERIE_RETURN_IF_ERROR(write("members.csv", [](auto&... all) { return append_members(all...); }));
  COTERIE_RETURN_IF_ERROR(write("items.csv", [](auto&... all) { return append_items(all...); }));
  COTERIE_RETURN_IF_ERROR(write("days.csv", [](auto&... all) { return append_days(all...); }));
  return write("shop.json", [&](const ShopTruth&, std::string& out, const auto&) -> Status {
    out = shop_facts(truth, options).dump(2) + '\n';
    return {};
  });
}

}  // namespace coterie::collect::simulate

#include "engine/persona_words.h"

#include <cmath>
#include <string_view>

#include "base/messages.h"
#include "engine/words.h"

namespace coterie::engine {

using base::Language;
using base::Message;
using nlohmann::json;

namespace {

constexpr size_t kWordsInName = 2;
constexpr size_t kHabitsInText = 3;
constexpr size_t kItemsInText = 3;
constexpr size_t kTraitsInText = 3;
constexpr double kFond = 1.3;        // lift from which a category enters the name
constexpr double kMainShare = 0.05;  // and the least it makes up; also of members with a trait in the text
constexpr double kItemShare = 0.01;  // of members who bought an item, to enter the text

// Features that may enter a cluster's name, and a paragraph's second part: what the first sentence does not tell.
constexpr std::string_view kNaming[] = {"recency_days", "frequency", "monetary", "order_value",
                                        "basket_items"};
constexpr std::string_view kHabits[] = {"order_value",    "basket_items",      "unit_price_mean",
                                        "gap_mean_days",  "repeat_item_share", "weekend_share",
                                        "evening_share",  "refund_share",      "count_view",
                                        "count_favorite", "count_cart"};

template <size_t N>
bool is_one_of(const std::string& name, const std::string_view (&names)[N]) {
  for (const auto& candidate : names)
    if (name == candidate) return true;
  return false;
}

std::string money(double amount, const PersonaFacts& facts) {
  return facts.currency + " " + number_in_words(amount);
}

std::string value_in_words(const std::string& feature, double value, const PersonaFacts& facts,
                           Language language) {
  if (feature == "order_value" || feature == "unit_price_mean") return money(value, facts);
  if (feature.ends_with("_share"))
    return percent_in_words(value) + (language == Language::kEnglish ? " %" : "%");
  return number_in_words(value);
}

// Shares of an order or two are 0 or 1: their mean says more than their median.
double central(const std::string& feature, const json& typical) {
  return typical[feature.ends_with("_share") ? "mean" : "median"].get<double>();
}

std::string fond_of(const PersonaFacts& facts, Language language) {
  const json& categories = facts.persona["categories"];
  if (categories.empty() || categories[0]["lift"].get<double>() < kFond ||
      categories[0]["share"].get<double>() < kMainShare)
    return "";
  return base::format_text(Message::persona_fond, language, categories[0]["name"].get<std::string>());
}

std::string name_in(const PersonaFacts& facts, Language language) {
  if (facts.segment["method"] != "clusters") {
    const auto label = facts.segment["label"][std::string(to_string(language))].get<std::string>();
    return facts.segment["method"] == "tastes"
               ? label
               : label + fond_of(facts, language);  // it says the taste itself
  }
  std::vector<std::string> words;
  for (const json& entry : facts.persona["differences"]) {
    const std::string feature = entry["feature"];
    if (words.size() == kWordsInName || !is_one_of(feature, kNaming)) continue;
    const bool is_high = entry["difference"].get<double>() > 0;
    words.emplace_back(base::text_by_key((is_high ? "persona_high_" : "persona_low_") + feature, language));
  }
  std::string name =
      words.empty() ? std::string(base::text(Message::persona_average, language)) : joined(words, language);
  if (language == Language::kEnglish && name[0] >= 'a' && name[0] <= 'z') name[0] -= 'a' - 'A';
  return name + fond_of(facts, language);
}

std::string size_sentence(const PersonaFacts& facts, Language language) {
  return base::format_text(Message::persona_size, language,
                           number_in_words(facts.segment["users"].get<double>()),
                           percent_in_words(facts.segment["share"].get<double>()));
}

// "Typically the last purchase was 8.3 days ago, with 8 orders and GBP 2,662 so far; ...".
std::string typical_sentence(const PersonaFacts& facts, Language language) {
  const json& typical = facts.persona["typical"];
  const auto has = [&](const char* feature) { return typical.contains(feature); };
  if (!has("recency_days") || !has("frequency")) return "";
  const auto number = [&](const char* feature, const char* of) {
    return typical[feature][of]["median"].get<double>();
  };
  const auto words = [&](const char* of) {
    const std::string days = number_in_words(number("recency_days", of));
    const double orders = number("frequency", of);
    const std::string count =
        orders == 1 ? std::string(base::text(Message::persona_one_order, language))
                    : base::format_text(Message::persona_orders, language, number_in_words(orders));
    if (!has("monetary")) return base::format_text(Message::persona_typical_no_money, language, days, count);
    return base::format_text(Message::persona_typical, language, days, count,
                             money(number("monetary", of), facts));
  };
  return base::format_text(Message::persona_typical_sentence, language, words("segment"), words("everybody"));
}

std::string habits_sentence(const PersonaFacts& facts, Language language) {
  std::vector<std::string> parts;
  for (const json& entry : facts.persona["differences"]) {
    const std::string feature = entry["feature"];
    if (parts.size() == kHabitsInText || !is_one_of(feature, kHabits)) continue;
    const std::string mine = value_in_words(feature, central(feature, entry["segment"]), facts, language);
    const std::string all = value_in_words(feature, central(feature, entry["everybody"]), facts, language);
    if (mine == all) continue;  // the difference lies elsewhere than in the middle
    const Message message = [&] {
      if (feature == "order_value") return Message::persona_order_value;
      if (feature == "basket_items") return Message::persona_basket_items;
      if (feature == "unit_price_mean") return Message::persona_unit_price_mean;
      if (feature == "gap_mean_days") return Message::persona_gap_mean_days;
      if (feature == "repeat_item_share") return Message::persona_repeat_item_share;
      if (feature == "weekend_share") return Message::persona_weekend_share;
      if (feature == "evening_share") return Message::persona_evening_share;
      if (feature == "refund_share") return Message::persona_refund_share;
      if (feature == "count_view") return Message::persona_count_view;
      if (feature == "count_favorite") return Message::persona_count_favorite;
      return Message::persona_count_cart;
    }();
    parts.push_back(base::format_text(message, language, mine, all));
  }
  if (parts.empty()) return "";
  return base::format_text(Message::persona_habits_sentence, language, joined(parts, language));
}

std::string tastes_sentence(const PersonaFacts& facts, Language language) {
  std::string out;
  const json& categories = facts.persona["categories"];
  if (!categories.empty() && categories[0]["share"].get<double>() >= kMainShare)
    out += base::format_text(Message::persona_category_sentence, language,
                             categories[0]["name"].get<std::string>(),
                             percent_in_words(categories[0]["share"].get<double>()),
                             percent_in_words(categories[0]["share_everybody"].get<double>()));
  std::vector<std::string> items;
  for (const json& item : facts.persona["items"]) {
    if (items.size() == kItemsInText) break;
    if (item["users"].get<double>() < kItemShare * facts.segment["users"].get<double>()) continue;
    const std::string name = item["name"].is_null() ? item["item_id"] : item["name"];
    items.push_back(base::format_text(Message::persona_item, language, name,
                                      number_in_words(item["users"].get<double>()),
                                      item["lift"].get<double>()));
  }
  if (!items.empty())
    out += base::format_text(Message::persona_items_sentence, language, joined(items, language));
  return out;
}

std::string trait_name(const std::string& trait, Language language) {
  const std::string_view known = base::text_by_key("trait_" + trait, language);
  return known.empty() ? trait : std::string(known);
}

std::string traits_sentence(const PersonaFacts& facts, Language language) {
  std::vector<std::string> parts;
  for (const json& entry : facts.persona["traits"]) {
    if (parts.size() == kTraitsInText) break;
    if (entry["share"].get<double>() < kMainShare) continue;
    parts.push_back(base::format_text(
        Message::persona_trait, language, trait_name(entry["trait"].get<std::string>(), language),
        entry["name"].get<std::string>(), percent_in_words(entry["share"].get<double>()),
        percent_in_words(entry["share_everybody"].get<double>())));
  }
  if (parts.empty()) return "";
  return base::format_text(Message::persona_traits_sentence, language, joined(parts, language));
}

}  // namespace

json persona_name(const PersonaFacts& facts) {
  return both([&](Language language) { return name_in(facts, language); });
}

json persona_text(const PersonaFacts& facts) {
  return both([&](Language language) {
    const std::string habits = habits_sentence(facts, language), tastes = tastes_sentence(facts, language),
                      traits = traits_sentence(facts, language);
    std::string out =
        size_sentence(facts, language) + typical_sentence(facts, language) + habits + tastes + traits;
    if (habits.empty() && tastes.empty() && traits.empty())
      out += base::text(Message::persona_nothing, language);
    while (out.ends_with(' ')) out.pop_back();
    return out;
  });
}

}  // namespace coterie::engine

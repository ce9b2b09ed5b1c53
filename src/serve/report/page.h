// What every section of the report is handed, and the sections themselves, in the order of the page.
//
// A section reads what it needs from the record, says in words what is missing, and writes one <section> with
// its heading. Sections do not know each other; all are pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/messages.h"
#include "serve/report/format.h"
#include "serve/report/html.h"

namespace coterie::serve {

struct Page {
  HtmlWriter& html;
  const nlohmann::json& record;
  base::Language language;
  Format format;

  template <class... Args>
  std::string say(base::Message message, const Args&... args) const {
    return base::format_text(message, language, args...);
  }
  /// The text of a key made from data, with its placeholders filled; "" when there is no such text.
  template <class... Args>
  std::string say_key(std::string_view key, const Args&... args) const {
    return fmt::format(fmt::runtime(base::text_by_key(key, language)), args...);
  }
  /// The gap between two sentences.
  std::string_view gap() const { return language == base::Language::kChinese ? "" : " "; }
  std::string_view list_comma() const { return language == base::Language::kChinese ? "、" : ", "; }

  void heading(std::string_view tag, base::Message message) const { html.leaf(tag, say(message)); }
  void paragraph(std::string_view text) const { html.leaf("p", text); }
  void note(std::string_view text) const { html.leaf("p", text, {{"class", "note"}}); }
};

/// From this share of quarantined rows on the page speaks of them.
inline constexpr double kManyQuarantined = 0.01;

/// Cells of a heat map are of class heat-0 (nothing) to heat-8 (style.css).
inline constexpr int kShades = 8;

/// How many limits limits_section lists.
double number_of_limits(const Page& page);

void summary_section(const Page& page);
void quality_section(const Page& page);
void sales_section(const Page& page);
void returns_section(const Page& page);
void segments_section(const Page& page);
void lifecycle_section(const Page& page);
void clusters_section(const Page& page);
void tastes_section(const Page& page);
void divisions_section(const Page& page);
void personas_section(const Page& page);
void models_section(const Page& page);
void recommend_section(const Page& page);
void changes_section(const Page& page);
void limits_section(const Page& page);
void glossary_section(const Page& page);

}  // namespace coterie::serve

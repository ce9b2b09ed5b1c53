#include "serve/report/report.h"

#include "base/embedded_file.h"
#include "serve/report/fields.h"
#include "serve/report/page.h"

namespace coterie::serve {

using base::Language;
using base::Message;

namespace style_files {
std::span<const base::EmbeddedFile> embedded_files();
}

namespace {

// Nothing may be loaded and no script may run, whatever a shop's files contain.
constexpr const char* kContentPolicy = "default-src 'none'; style-src 'unsafe-inline'";

void head(const Page& page) {
  HtmlWriter& html = page.html;
  const auto head = html.element("head");
  html.empty("meta", {{"charset", "utf-8"}});
  html.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  html.empty("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", kContentPolicy}});
  html.leaf("title",
            page.say(Message::report_page_title, page.format.date(text_of(field(page.record, "as_of")))));
  const auto style = html.element("style");
  for (const base::EmbeddedFile& file : style_files::embedded_files()) html.verbatim(file.text);
}

}  // namespace

std::string report_html(const nlohmann::json& record, Language language) {
  HtmlWriter html;
  const Page page{html, record, language, Format(language, text_of(field(record, "currency")))};
  html.verbatim("<!DOCTYPE html>\n");
  {
    const auto root = html.element("html", {{"lang", language == Language::kChinese ? "zh-CN" : "en"}});
    head(page);
    const auto body = html.element("body");
    const auto main = html.element("main");
    summary_section(page);
    quality_section(page);
    sales_section(page);
    segments_section(page);
    clusters_section(page);
    tastes_section(page);
    models_section(page);
    recommend_section(page);
    changes_section(page);
    limits_section(page);
    glossary_section(page);
  }
  return html.take();
}

}  // namespace coterie::serve

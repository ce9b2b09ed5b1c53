#include "serve/report/report.h"

#include <fmt/format.h>

#include "base/embedded_file.h"
#include "base/sha256.h"
#include "serve/report/fields.h"
#include "serve/report/page.h"

namespace coterie::serve {

using base::Language;
using base::Message;

namespace page_files {
std::span<const base::EmbeddedFile> embedded_files();
}

namespace {

// In the order in which they run: report.js draws with what the first one brings.
constexpr std::string_view kScripts[] = {"echarts.common.min.js", "report.js"};

std::string_view page_file(std::string_view name) {
  for (const base::EmbeddedFile& file : page_files::embedded_files())
    if (file.name == name) return file.text;
  return {};
}

// Nothing may be loaded and no script but ours may run, whatever a shop's files contain. The digests are of the
// text between the script tags.
const std::string& content_policy() {
  static const std::string policy = [] {
    std::string out =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; script-src";
    for (const std::string_view name : kScripts) {
      const auto digest = base::sha256(page_file(name));
      out += fmt::format(" 'sha256-{}'", base::base64(digest.data(), digest.size()));
    }
    return out;
  }();
  return policy;
}

void head(const Page& page) {
  HtmlWriter& html = page.html;
  const auto head = html.element("head");
  html.empty("meta", {{"charset", "utf-8"}});
  html.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  html.empty("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", content_policy()}});
  html.leaf("title",
            page.say(Message::report_page_title, page.format.date(text_of(field(page.record, "as_of")))));
  const auto style = html.element("style");
  html.verbatim(page_file("style.css"));
}

// At the end, where the page is read already: what report.js says on its buttons, and the scripts.
void scripts(const Page& page) {
  page.html.data("texts", {{"download_image", page.say(Message::report_download_image)},
                           {"download_data", page.say(Message::report_download_data)},
                           {"download_table", page.say(Message::report_download_table)},
                           {"button_about", page.say(Message::report_button_about, "{0}", "{1}")}});
  for (const std::string_view name : kScripts) {
    const auto script = page.html.element("script");
    page.html.verbatim(page_file(name));
  }
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
    {
      const auto main = html.element("main");
      summary_section(page);
      quality_section(page);
      sales_section(page);
      returns_section(page);
      segments_section(page);
      lifecycle_section(page);
      clusters_section(page);
      tastes_section(page);
      divisions_section(page);
      personas_section(page);
      models_section(page);
      recommend_section(page);
      changes_section(page);
      limits_section(page);
      glossary_section(page);
    }
    scripts(page);
  }
  return html.take();
}

}  // namespace coterie::serve

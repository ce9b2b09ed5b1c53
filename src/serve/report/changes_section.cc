// What changed since an earlier run, or in the last four weeks.
#include "serve/report/changes_words.h"
#include "serve/report/page.h"
#include "serve/report/word_table.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

void changes_section(const Page& page) {
  const auto section = page.html.element("section", {{"id", "changes"}});
  page.heading("h2", Message::report_changes);
  const json& changes = field(page.record, "changes");
  if (!changes.is_object()) return page.paragraph(page.say(Message::changes_none));
  const ChangesWords words(page.record, changes, page.language);
  page.paragraph(words.since() + (page.language == base::Language::kChinese ? "。" : ". ") +
                 page.say(Message::report_changes_text));
  for (const json& method : changes["segments"]) {
    const Message name = method["method"] == "rfm"         ? Message::report_segments
                         : method["method"] == "lifecycle" ? Message::report_lifecycle
                                                           : Message::report_clusters;
    write_table(page, page.say(Message::report_changes_flow, page.say(name)), words.flow(method));
    if (const std::string moves = words.largest_moves(method); !moves.empty()) page.paragraph(moves);
  }
  if (const WordTable drift = words.drift(); drift.rows.empty()) {
    page.paragraph(page.say(Message::changes_no_drift));
  } else {
    write_table(page, page.say(Message::report_changes_drift), drift);
    page.note(page.say(Message::report_changes_psi_note));
  }
  for (const std::string& sentence : words.behavior()) page.paragraph(sentence);
  for (const std::string& sentence : words.quality()) page.paragraph(sentence);
}

}  // namespace coterie::serve

// Lifecycle: where customers stand by their own rhythm.
#include "serve/report/names.h"
#include "serve/report/page.h"
#include "serve/report/segment_table.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

void lifecycle_section(const Page& page) {
  const auto section = page.html.element("section", {{"id", "lifecycle"}});
  page.heading("h2", Message::report_lifecycle);
  const auto stages = segments_of(page.record, "lifecycle");
  const json& details = field(page.record, {"details", "lifecycle"});
  if (stages.empty()) {
    const json& limits = field(details, "limits");
    return page.paragraph(limits.is_array() && !limits.empty() ? limit_text(page, limits[0])
                                                               : page.say(Message::report_lifecycle_none));
  }
  page.paragraph(page.say(Message::report_lifecycle_text,
                          page.format.decimal(number_or(field(details, "typical_gap_days"), 0), 1),
                          page.format.count(number_or(field(details, "members_with_rhythm"), 0))));
  segment_table(page, page.say(Message::report_lifecycle_table), stages);
  page.note(page.say(Message::report_lifecycle_note));
  if (const std::string note = description_note(page, "lifecycle"); !note.empty()) page.note(note);
}

}  // namespace coterie::serve

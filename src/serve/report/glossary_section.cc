// How to read the report: its terms in words.
#include "serve/report/page.h"

namespace coterie::serve {

using base::Message;

void glossary_section(const Page& page) {
  const auto section = page.html.element("section", {{"id", "glossary"}});
  page.heading("h2", Message::report_glossary);
  const auto list = page.html.element("dl", {{"class", "glossary"}});
  for (const auto& [term, meaning] :
       {std::pair(Message::report_term_as_of, Message::report_gloss_as_of),
        std::pair(Message::report_term_rfm, Message::report_gloss_rfm),
        std::pair(Message::report_term_auc, Message::report_gloss_auc),
        std::pair(Message::report_term_lift, Message::report_gloss_lift),
        std::pair(Message::report_term_calibration, Message::report_gloss_calibration),
        std::pair(Message::report_term_baseline, Message::report_gloss_baseline),
        std::pair(Message::report_term_interval, Message::report_gloss_interval),
        std::pair(Message::report_term_recall, Message::report_gloss_recall),
        std::pair(Message::report_term_ndcg, Message::report_gloss_ndcg),
        std::pair(Message::report_term_coverage, Message::report_gloss_coverage),
        std::pair(Message::report_term_silhouette, Message::report_gloss_silhouette)}) {
    page.html.leaf("dt", page.say(term));
    page.html.leaf("dd", page.say(meaning));
  }
}

}  // namespace coterie::serve

// A whole file under a person's words. An input is a line of --map, a line of --behavior, a line that names a
// preset (PRESET or PRESET:TABLE; "?" when the file shall tell), and the file. Promises: what is read as a choice and written out reads the same; every record is
// accepted or quarantined, and both reach the sink; the bytes come in any sizes.
#include <fmt/format.h>

#include "base/context.h"
#include "collect/import_file.h"
#include "fuzzing.h"

namespace coterie::fuzzing {
namespace {

using collect::ImportOptions;
using collect::ImportSummary;

// Reads choices, writes them out with every word quoted, and reads them again.
template <class Parse, class Words>
auto choices_of(std::string_view text, Parse parse, Words words) {
  using Choices = std::remove_cvref_t<decltype(*parse(text))>;
  const auto choices = parse(text);
  if (!choices) {
    require_clear(choices.error());
    return Choices();
  }
  std::string written;
  for (const auto& choice : *choices) {
    const auto [left, right] = words(choice);
    written.append(written.empty() ? "" : ",")
        .append(fmt::format("{}={}", in_quotes(left), in_quotes(right)));
  }
  const auto again = parse(written);
  require(again && again->size() == choices->size(), "written choices are read");
  for (size_t i = 0; i < choices->size(); ++i)
    require(words((*again)[i]) == words((*choices)[i]), "written choices read the same");
  return *choices;
}

// Only presets that come with Coterie: an input names no file of this machine. They are read once.
void choose_preset(std::string_view line, ImportOptions* options) {
  static const auto* const kPresets = new std::vector<collect::PresetFile>(*collect::built_in_presets());
  if (line == "?") return;
  const std::string_view name = take_until(line, ":");
  if (!line.empty()) options->tables = {std::string(line)};
  for (const collect::PresetFile& preset : *kPresets) {
    if (preset.name == name) options->preset_text = preset.text;
  }
  if (options->preset_text.empty()) options->preset_text = kPresets->front().text;
}

struct Outcome {
  ImportSummary summary;
  base::Status failed;
  CountingSink sink;
};

Outcome import(std::string_view file, const ImportOptions& options, size_t piece) {
  static const auto* const kCalendar = new base::Calendar(*base::Calendar::create("Europe/London"));
  constexpr base::Timestamp kNow = 1'700'000'000 * base::kSecond;
  static auto* const kContext = new base::OwnedContext();
  Outcome out;
  PieceSource source(file, piece);
  auto opened = collect::FileImport::open(source, options);
  if (!opened) {
    out.failed = opened.error();
    return out;
  }
  auto summary = opened->run(*kCalendar, kNow, out.sink, kContext->get());
  if (summary)
    out.summary = std::move(*summary);
  else
    out.failed = summary.error();
  return out;
}

void check(const Outcome& outcome) {
  if (!outcome.failed.ok()) return require_clear(outcome.failed);
  const ImportSummary& summary = outcome.summary;
  uint64_t by_rule = 0;
  for (const auto& [rule, rows] : summary.quarantined_by_rule) by_rule += rows;
  require(summary.received == summary.cleaned + summary.quarantined, "received = accepted + quarantined");
  require(summary.quarantined == by_rule, "every quarantined row has a rule");
  require(outcome.sink.bad == summary.quarantined, "quarantined rows reach the sink");
  require(outcome.sink.events + outcome.sink.texts + outcome.sink.links + summary.facts == summary.cleaned,
          "accepted rows reach the sink");
}

}  // namespace
}  // namespace coterie::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace coterie::fuzzing;
  using namespace coterie::collect;
  std::string_view file = text_of(data, size);
  ImportOptions options;
  options.columns = choices_of(take_until(file, "\n"), parse_column_choices, [](const ColumnChoice& choice) {
    return std::pair(choice.design, choice.file_column);
  });
  options.behaviors =
      choices_of(take_until(file, "\n"), parse_behavior_choices,
                 [](const BehaviorChoice& choice) { return std::pair(choice.file_value, choice.behavior); });
  choose_preset(take_until(file, "\n"), &options);
  options.cleaning.internal_users = {"staff-*", "*[0-9]x?"};
  const Outcome outcome = import(file, options, 1 << 12);
  check(outcome);
  const Outcome in_pieces = import(file, options, 3);
  require(outcome.failed.message() == in_pieces.failed.message() &&
              outcome.summary.quarantined_by_rule == in_pieces.summary.quarantined_by_rule &&
              outcome.summary.cleaned == in_pieces.summary.cleaned &&
              outcome.sink.attributes == in_pieces.sink.attributes &&
              outcome.sink.flags == in_pieces.sink.flags,
          "what is imported does not depend on the sizes of blocks");
  return 0;
}

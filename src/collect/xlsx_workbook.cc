#include "collect/xlsx_workbook.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "collect/xml_stream.h"

namespace coterie::collect {

namespace {

using base::Code;

constexpr size_t kMaxParts = 100'000;  // sheets, styles, formats
constexpr std::string_view kWorkbook = "xl/workbook.xml";

uint32_t to_number(std::string_view text) {
  uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// The value of four hexadecimal digits.
std::optional<uint32_t> hex4(std::string_view digits) {
  uint32_t value = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (end.ec != std::errc() || end.ptr != digits.data() + 4 || digits.size() != 4) return std::nullopt;
  return value;
}

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 63));
  } else {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 63));
    out += static_cast<char>(0x80 | (c & 63));
  }
}

// Which sheets there are, and the count of days.
class WorkbookHandler final : public XmlHandler {
 public:
  struct Sheet {
    std::string name, relation;
    bool visible;
  };
  std::vector<Sheet> sheets;
  bool from_1904 = false;

  void start(std::string_view element, const char** attributes) override {
    if (element == "workbookPr") {
      const std::string_view value = attribute(attributes, "date1904");
      from_1904 = value == "1" || value == "true";
    }
    if (element != "sheet" || sheets.size() >= kMaxParts) return;
    std::string_view relation;
    for (const char** at = attributes; at[0] != nullptr; at += 2) {
      if (std::string_view(at[0]).ends_with(":id")) relation = at[1];
    }
    const std::string_view state = attribute(attributes, "state");
    sheets.push_back({std::string(attribute(attributes, "name")), std::string(relation),
                      state.empty() || state == "visible"});
  }
  void end(std::string_view) override {}
};

// Relation id → the entry of a worksheet.
class RelationsHandler final : public XmlHandler {
 public:
  std::map<std::string, std::string> entries;

  void start(std::string_view element, const char** attributes) override {
    if (element != "Relationship" || entries.size() >= kMaxParts) return;
    if (!attribute(attributes, "Type").ends_with("/worksheet")) return;
    const std::string_view target = attribute(attributes, "Target");
    entries[std::string(attribute(attributes, "Id"))] =
        target.starts_with('/') ? std::string(target.substr(1)) : fmt::format("xl/{}", target);
  }
  void end(std::string_view) override {}
};

// What the styles of cells show.
class StylesHandler final : public XmlHandler {
 public:
  std::vector<NumberKind> kinds;

  void start(std::string_view element, const char** attributes) override {
    if (element == "numFmt" && codes_.size() < kMaxParts)
      codes_[to_number(attribute(attributes, "numFmtId"))] =
          kind_of_code(attribute(attributes, "formatCode"));
    if (element == "cellXfs") inside_ = true;
    if (element != "xf" || !inside_ || kinds.size() >= kMaxParts) return;
    const uint32_t id = to_number(attribute(attributes, "numFmtId"));
    const auto custom = codes_.find(id);
    kinds.push_back(custom != codes_.end() ? custom->second : builtin_kind(id));
  }
  void end(std::string_view element) override {
    if (element == "cellXfs") inside_ = false;
  }

 private:
  std::map<uint32_t, NumberKind> codes_;
  bool inside_ = false;
};

// Texts; runs of one text are joined, phonetic guides left out.
class SharedTextsHandler final : public XmlHandler {
 public:
  explicit SharedTextsHandler(SharedTexts& texts) : texts_(texts) {}
  bool full() const { return full_; }

  void start(std::string_view element, const char**) override {
    if (element == "si") text_.clear();
    if (element == "rPh") phonetic_ = true;
    reads_ = element == "t" && !phonetic_;
  }
  void end(std::string_view element) override {
    if (element == "rPh") phonetic_ = false;
    if (element == "t") reads_ = false;
    if (element == "si" && !full_) texts_.append(unescaped_text(text_));
    full_ |= texts_.bytes() + text_.size() > kMaxSharedTextBytes;
  }
  void text(std::string_view piece) override {
    if (reads_ && !full_) text_.append(piece);
    full_ |= text_.size() > kMaxSharedTextBytes;
  }

 private:
  SharedTexts& texts_;
  std::string text_;
  bool reads_ = false;
  bool phonetic_ = false;
  bool full_ = false;
};

base::Status read_shared_texts(const ZipArchive& archive, SharedTexts& texts) {
  const std::string entry = "xl/sharedStrings.xml";
  if (!archive.has(entry)) return {};
  SharedTextsHandler handler(texts);
  COTERIE_ASSIGN_OR_STATUS(auto opened, archive.open_entry(entry));
  XmlStream stream(std::move(opened), handler, fmt::format("{}, {}", archive.name(), entry));
  for (bool more = true; more;) {
    COTERIE_ASSIGN_OR_STATUS(more, stream.feed());
    if (handler.full())
      return base::failure(Code::kResourceExhausted,
                           "{}: its texts take more than {} MiB; save the sheet as CSV and import that",
                           archive.name(), kMaxSharedTextBytes >> 20);
  }
  return {};
}

// What an archive without a workbook is, and what to do.
base::Status refuse(const ZipArchive& archive) {
  if (archive.has("xl/workbook.bin"))
    return base::failure(Code::kInvalidArgument, "{} is a binary workbook (.xlsb); save it as .xlsx or CSV",
                         archive.name());
  if (archive.has("content.xml") && archive.has("mimetype"))
    return base::failure(Code::kInvalidArgument, "{} is an OpenDocument file (.ods); save it as .xlsx or CSV",
                         archive.name());
  if (archive.has("word/document.xml"))
    return base::failure(Code::kInvalidArgument,
                         "{} is a text document (.docx); save its table as .xlsx or CSV", archive.name());
  const std::vector<std::string> files = files_in(archive);
  std::string names;
  for (size_t i = 0; i < std::min<size_t>(files.size(), 10); ++i)
    names.append(i == 0 ? "" : ", ").append(files[i]);
  return base::failure(
      Code::kInvalidArgument,
      "{} is a zip archive of {} files ({}{}), and only one file can be read from an archive; unpack "
      "it and import them",
      archive.name(), files.size(), names, files.size() > 10 ? ", …" : "");
}

}  // namespace

bool is_workbook(const ZipArchive& archive) {
  return archive.has(std::string(kWorkbook)) || archive.has("xl/workbook.bin");
}

std::string unescaped_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t at = 0;
  for (size_t mark = text.find("_x"); mark != std::string_view::npos; mark = text.find("_x", mark + 1)) {
    if (mark + 7 > text.size() || text[mark + 6] != '_') continue;
    const auto character = hex4(text.substr(mark + 2, 4));
    if (!character || (*character >= 0xD800 && *character <= 0xDFFF)) continue;
    out.append(text.substr(at, mark - at));
    append_utf8(out, *character);
    at = mark + 7;
    mark += 6;
  }
  return out.append(text.substr(at));
}

base::Result<Workbook> read_workbook(const ZipArchive& archive) {
  if (!archive.has(std::string(kWorkbook))) return tl::unexpected(refuse(archive));
  Workbook workbook;
  WorkbookHandler about;
  COTERIE_CHECK_OK(read_xml(archive, std::string(kWorkbook), about));
  RelationsHandler relations;
  COTERIE_CHECK_OK(read_xml(archive, "xl/_rels/workbook.xml.rels", relations));
  for (const WorkbookHandler::Sheet& sheet : about.sheets) {
    const auto found = relations.entries.find(sheet.relation);
    if (found != relations.entries.end())  // else a sheet of charts
      workbook.sheets.push_back({sheet.name, found->second, sheet.visible});
  }
  workbook.from_1904 = about.from_1904;
  StylesHandler styles;
  if (archive.has("xl/styles.xml")) COTERIE_CHECK_OK(read_xml(archive, "xl/styles.xml", styles));
  workbook.kinds = std::move(styles.kinds);
  COTERIE_CHECK_OK(read_shared_texts(archive, workbook.texts));
  return workbook;
}

}  // namespace coterie::collect

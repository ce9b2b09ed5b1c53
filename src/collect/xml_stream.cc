#include "collect/xml_stream.h"

#include <expat.h>

namespace coterie::collect {

namespace {

using base::Code;

constexpr int kParseBytes = 64 << 10;
constexpr uint64_t kMaxPending = 1 << 20;
constexpr size_t kMaxDepth = 256;  // elements within each other; a sheet has about ten
constexpr uint64_t kMaxPartBytes = uint64_t{64} << 20;

std::string_view local_name(std::string_view name) {
  const size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace

struct XmlStream::Parser {
  XML_Parser expat = ::XML_ParserCreate(nullptr);
  XmlHandler& handler;
  bool has_doctype = false;
  bool is_too_deep = false;
  size_t depth = 0;

  explicit Parser(XmlHandler& to) : handler(to) {
    if (expat == nullptr) return;
    ::XML_SetUserData(expat, this);
    ::XML_SetElementHandler(expat, on_start, on_end);
    ::XML_SetCharacterDataHandler(expat, on_text);
    ::XML_SetStartDoctypeDeclHandler(expat, on_doctype);
  }
  ~Parser() {
    if (expat != nullptr) ::XML_ParserFree(expat);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // Why it stopped.
  const char* why() const {
    if (has_doctype) return "it has a DOCTYPE";
    if (is_too_deep) return "elements too deep within each other";
    return ::XML_ErrorString(::XML_GetErrorCode(expat));
  }

  static void on_start(void* self, const char* name, const char** attributes) {
    auto* parser = static_cast<Parser*>(self);
    parser->is_too_deep |= ++parser->depth > kMaxDepth;
    if (parser->is_too_deep)
      ::XML_StopParser(parser->expat, XML_FALSE);
    else
      parser->handler.start(local_name(name), attributes);
  }
  static void on_end(void* self, const char* name) {
    auto* parser = static_cast<Parser*>(self);
    --parser->depth;
    parser->handler.end(local_name(name));
  }
  static void on_text(void* self, const char* text, int size) {
    static_cast<Parser*>(self)->handler.text({text, static_cast<size_t>(size)});
  }
  static void on_doctype(void* self, const char*, const char*, const char*, int) {
    auto* parser = static_cast<Parser*>(self);
    parser->has_doctype = true;
    ::XML_StopParser(parser->expat, XML_FALSE);
  }
};

std::string_view attribute(const char** attributes, std::string_view name) {
  for (; attributes[0] != nullptr; attributes += 2) {
    if (local_name(attributes[0]) == name) return attributes[1];
  }
  return {};
}

XmlStream::XmlStream(std::unique_ptr<ZipEntry> entry, XmlHandler& handler, std::string what)
    : entry_(std::move(entry)), what_(std::move(what)), parser_(std::make_unique<Parser>(handler)) {}

XmlStream::~XmlStream() = default;

base::Result<bool> XmlStream::feed() {
  void* block = parser_->expat == nullptr ? nullptr : ::XML_GetBuffer(parser_->expat, kParseBytes);
  if (block == nullptr) return base::error(Code::kResourceExhausted, "{}: no memory to read it", what_);
  COTERIE_ASSIGN(const size_t got, entry_->read({static_cast<char*>(block), kParseBytes}));
  fed_ += got;
  if (::XML_ParseBuffer(parser_->expat, static_cast<int>(got), got == 0) != XML_STATUS_OK)
    return base::error(Code::kDataLoss,
                       "{}: damaged XML at line {}: {}; get the file again, nothing of it is kept", what_,
                       ::XML_GetCurrentLineNumber(parser_->expat), parser_->why());
  const XML_Index handled = ::XML_GetCurrentByteIndex(parser_->expat);
  if (got > 0 && handled >= 0 && fed_ - static_cast<uint64_t>(handled) > kMaxPending)
    return base::error(Code::kDataLoss, "{}: damaged XML: a tag of more than {} bytes", what_, kMaxPending);
  return got > 0;
}

base::Status read_xml(const ZipArchive& archive, const std::string& entry, XmlHandler& handler) {
  COTERIE_ASSIGN_OR_STATUS(auto opened, archive.open_entry(entry));
  XmlStream stream(std::move(opened), handler, fmt::format("{}, {}", archive.name(), entry));
  for (bool more = true; more;) {
    COTERIE_ASSIGN_OR_STATUS(more, stream.feed());
    if (stream.consumed_bytes() > kMaxPartBytes)
      return base::failure(Code::kResourceExhausted, "{}, {}: more than {} MiB, which no spreadsheet needs",
                           archive.name(), entry, kMaxPartBytes >> 20);
  }
  return {};
}

}  // namespace coterie::collect

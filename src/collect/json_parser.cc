#include "collect/json_parser.h"

#include <cstring>

#include "base/ascii.h"
#include "collect/encoding.h"
#include "collect/json_reader.h"

namespace coterie::collect {

namespace {

namespace ondemand = simdjson::ondemand;

constexpr size_t kReadableBehind = 64;
constexpr size_t kMaxElementTexts = 64 << 20;  // bytes

// RFC 8259, section 6.
bool is_number(std::string_view text) {
  size_t at = 0;
  const auto peek = [&] { return at < text.size() ? text[at] : '\0'; };
  const auto digits = [&] {
    const size_t from = at;
    while (base::is_digit(peek())) ++at;
    return at > from;
  };
  if (peek() == '-') ++at;
  if (peek() == '0')
    ++at;
  else if (!digits())
    return false;
  if (peek() == '.' && (++at, !digits())) return false;
  if (peek() == 'e' || peek() == 'E') {
    ++at;
    if (peek() == '+' || peek() == '-') ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

}  // namespace

uint8_t JsonParser::parse(std::string_view text, JsonPaths& paths, std::vector<std::string_view>& fields) {
  fields_ = &fields;
  cells_.clear();
  elements_ = 0;
  element_texts_.clear();
  array_text_ = {};
  around_.clear();
  whole_used_ = 0;
  too_deep_ = has_nul_ = false;
  const Error error = walk_document(text, paths.root());
  if (error == simdjson::SUCCESS) return has_nul_ ? kNulByte : 0;
  const TextFlaws flaws = find_flaws(text);
  uint8_t defects = 0;
  if (flaws.has_nul) defects |= kNulByte;
  if (flaws.invalid_utf8) defects |= kNotUtf8;
  return defects == kNotUtf8 ? defects : defects | kNotJson;
}

uint8_t JsonParser::learn(std::string_view text, JsonPaths& paths, std::vector<std::string>& header,
                          size_t max_columns) {
  header_ = &header;
  max_columns_ = max_columns;
  path_.clear();
  learned_fields_.resize(max_columns);
  const uint8_t defects = parse(text, paths, learned_fields_);
  header_ = nullptr;
  return defects;
}

JsonParser::Error JsonParser::walk_document(std::string_view text, PathNode& root) {
  text_end_ = text.data() + text.size();
  if (text.empty() || text.front() != '{') return simdjson::INCORRECT_TYPE;
  const simdjson::padded_string_view padded(text.data(), text.size(), text.size() + kReadableBehind);
  if (const Error error = parser_.iterate(padded).get(document_)) return error;
  ondemand::object object;
  if (const Error error = document_.get_object().get(object)) return error;
  if (const Error error = walk_object(object, &root, 1)) return error;
  const bool at_end = document_.current_location().error() == simdjson::OUT_OF_BOUNDS;
  return at_end ? simdjson::SUCCESS : simdjson::TAPE_ERROR;
}

JsonParser::Error JsonParser::walk(Value value, PathNode* node, size_t depth) {
  ondemand::json_type type;
  if (const Error error = value.type().get(type)) return error;
  const std::string_view token = trimmed(value.raw_json_token());
  value_end_ = token.data() + token.size();
  switch (type) {
    case ondemand::json_type::object: {
      ondemand::object object;
      if (const Error error = value.get_object().get(object)) return error;
      if (node != nullptr && node->elements != nullptr) {  // an array of one
        ++elements_;
        const size_t prefix = path_.size();
        if (header_ != nullptr) path_ += "[]";
        const Error error = walk_object(object, node->elements.get(), depth + 1);
        path_.resize(prefix);
        if (error) return error;
      } else if (const Error error = walk_object(object, node, depth + 1)) {
        return error;
      }
      value_end_ = location();
      give_whole(node, {token.data(), static_cast<size_t>(value_end_ - token.data())});
      return simdjson::SUCCESS;
    }
    case ondemand::json_type::array: {
      ondemand::array array;
      if (const Error error = value.get_array().get(array)) return error;
      learn_leaf(node);
      const bool first = element_texts_.empty();
      if (const Error error = walk_array(array, node, depth + 1)) return error;
      value_end_ = location();
      const std::string_view text(token.data(), static_cast<size_t>(value_end_ - token.data()));
      if (node != nullptr && node->elements != nullptr) array_text_ = first ? text : std::string_view();
      give_whole(node, text);
      return simdjson::SUCCESS;
    }
    case ondemand::json_type::string: return walk_text(value, token, node);
    case ondemand::json_type::number:
      if (!is_number(token)) return simdjson::NUMBER_ERROR;
      break;
    case ondemand::json_type::boolean:
      if (token != "true" && token != "false") return simdjson::T_ATOM_ERROR;
      break;
    case ondemand::json_type::null:
      learn_leaf(node);
      give(node, {});
      return token == "null" ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
  }
  learn_leaf(node);
  give(node, token);
  return simdjson::SUCCESS;
}

JsonParser::Error JsonParser::walk_object(ondemand::object object, PathNode* node, size_t depth) {
  too_deep_ = depth > kMaxJsonDepth;
  if (too_deep_) return simdjson::DEPTH_ERROR;
  const size_t prefix = path_.size();
  bool empty = true;
  for (auto member : object) {
    empty = false;
    ondemand::field field;
    if (const Error error = std::move(member).get(field)) return error;
    std::string_view key;
    if (const Error error = read_key(field, &key)) return error;
    PathNode* child = node == nullptr ? nullptr : node->find(key);
    const bool nameable = !key.empty() && key.find("[]") == std::string_view::npos;
    if (header_ != nullptr && node != nullptr && nameable) {
      if (child == nullptr && header_->size() < max_columns_) child = node->make(key);
      more_columns_ |= child == nullptr;
      path_.append(path_.empty() ? "" : ".").append(key);
    }
    const Error error = walk(field.value(), child, depth);
    path_.resize(prefix);
    if (error) return error;
  }
  if (empty) learn_leaf(node);
  return simdjson::SUCCESS;
}

JsonParser::Error JsonParser::walk_array(ondemand::array array, PathNode* node, size_t depth) {
  too_deep_ = depth > kMaxJsonDepth;
  if (too_deep_) return simdjson::DEPTH_ERROR;
  PathNode* elements = node == nullptr ? nullptr : node->elements.get();
  const size_t prefix = path_.size();
  for (auto member : array) {
    Value value;
    // NOLINTNEXTLINE(performance-move-const-arg): only what may be moved from gives its value
    if (const Error error = std::move(member).get(value)) return error;
    const char* const begin = elements == nullptr ? nullptr : value.raw_json_token().data();
    if (elements != nullptr) ++elements_;
    if (elements != nullptr && header_ != nullptr) path_ += "[]";
    const Error error = walk(value, elements, depth);
    path_.resize(prefix);
    if (error) return error;
    if (elements != nullptr) element_texts_.emplace_back(begin, static_cast<size_t>(value_end_ - begin));
  }
  return simdjson::SUCCESS;
}

JsonParser::Error JsonParser::walk_text(Value value, std::string_view token, PathNode* node) {
  if (token.size() < 2 || token.back() != '"') return simdjson::STRING_ERROR;
  std::string_view text = token.substr(1, token.size() - 2);
  if (std::memchr(text.data(), '\\', text.size()) != nullptr) {
    if (const Error error = value.get_string().get(text)) return error;
    has_nul_ |= std::memchr(text.data(), '\0', text.size()) != nullptr;
  } else {
    // Taken, lest simdjson skip it as the key that it is in {"a":"b":1}.
    simdjson::ondemand::raw_json_string taken;
    if (const Error error = value.get_raw_json_string().get(taken)) return error;
  }
  learn_leaf(node);
  give(node, text);
  return simdjson::SUCCESS;
}

JsonParser::Error JsonParser::read_key(ondemand::field& field, std::string_view* key) {
  const char* begin = field.key().raw();
  const auto* end = static_cast<const char*>(std::memchr(begin, '"', static_cast<size_t>(text_end_ - begin)));
  if (end == nullptr) return simdjson::STRING_ERROR;
  *key = {begin, static_cast<size_t>(end - begin)};
  if (std::memchr(begin, '\\', key->size()) == nullptr) return simdjson::SUCCESS;
  const Error error = field.unescaped_key().get(*key);
  has_nul_ |= key->find('\0') != std::string_view::npos;
  return error;
}

void JsonParser::give(PathNode* node, std::string_view value) {
  if (node == nullptr) return;
  for (const size_t column : node->columns) {
    if (!around_.empty()) std::erase_if(around_, [&](const Around& one) { return one.column == column; });
    if (node->of_element)
      cells_.push_back({elements_ - 1, column, value});
    else
      (*fields_)[column] = value;
  }
}

// Behind the object or array that was walked just now.
const char* JsonParser::location() {
  const char* next = nullptr;
  if (document_.current_location().get(next)) next = text_end_;
  const char* end = next;
  while (end[-1] != '}' && end[-1] != ']') --end;
  return end;
}

bool JsonParser::element_text(std::string_view text, size_t element, std::string* out) const {
  if (array_text_.empty() || elements_ < 2 || element_texts_.size() != elements_) return false;
  const size_t around = text.size() - array_text_.size();
  if (around > kMaxElementTexts / elements_) return false;
  const char* const array_end = array_text_.data() + array_text_.size();
  out->assign(text.data(), array_text_.data()).append(1, '[').append(element_texts_[element]).append(1, ']');
  out->append(array_end, text.data() + text.size());
  return true;
}

void JsonParser::give_element_wholes(size_t element, std::vector<std::string_view>& fields) {
  std::string text;
  for (Around& one : around_) {
    if (!element_text(one.text, element, &text)) continue;
    make_compact(text, &one.compact);
    fields[one.column] = one.compact;
  }
}

void JsonParser::give_whole(PathNode* node, std::string_view text) {
  if (node == nullptr || node->columns.empty()) return;
  std::string& compact = scratch();
  make_compact(text, &compact);
  give(node, compact);
  const bool holds_array = !array_text_.empty() && text.data() <= array_text_.data();
  if (!holds_array || node->of_element) return;
  for (const size_t column : node->columns) around_.push_back({column, text, {}});
}

void JsonParser::make_compact(std::string_view text, std::string* out) {
  out->resize(text.size() + kReadableBehind);
  size_t size = 0;
  if (simdjson::minify(text.data(), text.size(), out->data(), size)) size = 0;
  out->resize(size);
}

void JsonParser::learn_leaf(PathNode* node) {
  if (header_ == nullptr || node == nullptr || !node->columns.empty() || node->elements != nullptr ||
      path_.empty())
    return;
  more_columns_ |= header_->size() >= max_columns_;
  if (header_->size() >= max_columns_) return;
  node->columns.push_back(header_->size());
  header_->push_back(path_);
}

std::string& JsonParser::scratch() {
  if (whole_used_ == whole_.size()) whole_.emplace_back();
  return whole_[whole_used_++];
}

}  // namespace coterie::collect

#include "collect/json_paths.h"

namespace coterie::collect {

namespace {

using base::Code;

constexpr std::string_view kElements = "[]";

}  // namespace

PathNode* PathNode::find(std::string_view key) {
  if (children_.empty()) return nullptr;
  const size_t dot = key.find('.');
  if (dot == std::string_view::npos) return find_step(key);
  PathNode* first = find_step(key.substr(0, dot));
  return first == nullptr ? nullptr : first->find(key.substr(dot + 1));
}

PathNode* PathNode::find_step(std::string_view key) {
  if (expected_ < keys_.size() && keys_[expected_] == key) return children_[expected_++].get();
  size_t place = keys_.size();
  if (keys_.size() <= kSearched) {
    for (place = 0; place < keys_.size() && keys_[place] != key;) ++place;
  } else if (const auto found = places_.find(std::string(key)); found != places_.end()) {
    place = found->second;
  }
  if (place == keys_.size()) return nullptr;
  expected_ = place + 1;
  return children_[place].get();
}

PathNode* PathNode::make(std::string_view key) {
  const size_t dot = key.find('.');
  if (dot == std::string_view::npos) return make_step(key);
  return make_step(key.substr(0, dot))->make(key.substr(dot + 1));
}

PathNode* PathNode::make_step(std::string_view key) {
  if (PathNode* known = find_step(key); known != nullptr) return known;
  keys_.emplace_back(key);
  children_.push_back(std::make_unique<PathNode>());
  children_.back()->of_element = of_element;
  if (keys_.size() == kSearched + 1) {
    for (size_t i = 0; i < keys_.size(); ++i) places_.emplace(keys_[i], i);
  } else if (keys_.size() > kSearched) {
    places_.emplace(keys_.back(), keys_.size() - 1);
  }
  return children_.back().get();
}

base::Status JsonPaths::set_explode(std::string_view path) {
  if (path.ends_with(kElements)) path.remove_suffix(kElements.size());
  if (path.find(kElements) != std::string_view::npos)
    return base::failure(Code::kInvalidArgument, "{}: an array within an array cannot be exploded", path);
  if (!explode_.empty() && explode_ != path)
    return base::failure(Code::kInvalidArgument, "{}[] and {}[]: only one array of a file can be exploded",
                         explode_, path);
  explode_ = path;
  PathNode* node = root_->make(path);
  if (node->elements == nullptr) {
    node->elements = std::make_unique<PathNode>();
    node->elements->of_element = true;
  }
  return {};
}

base::Result<JsonPaths> JsonPaths::make(const std::vector<std::string>& columns, std::string_view explode) {
  JsonPaths paths;
  if (!explode.empty()) COTERIE_CHECK_OK(paths.set_explode(explode));
  for (size_t column = 0; column < columns.size(); ++column) {
    const std::string_view path = columns[column];
    const size_t mark = path.find(kElements);
    PathNode* node = paths.root_.get();
    std::string_view rest = path;
    if (mark != std::string_view::npos) {
      rest = path.substr(mark + kElements.size());
      if (mark == 0 ||
          (!rest.empty() && (rest.front() != '.' || rest.find(kElements) != std::string_view::npos)))
        return base::error(Code::kInvalidArgument, "{} is no path: write ARRAY[].NAME, with one [] at most",
                           path);
      COTERIE_CHECK_OK(paths.set_explode(path.substr(0, mark)));
      node = node->make(path.substr(0, mark))->elements.get();
      if (!rest.empty()) rest.remove_prefix(1);
    }
    if (rest.empty() && mark == std::string_view::npos)
      return base::error(Code::kInvalidArgument, "column {} has no name", column + 1);
    if (!rest.empty()) node = node->make(rest);
    node->columns.push_back(column);
  }
  return paths;
}

}  // namespace coterie::collect

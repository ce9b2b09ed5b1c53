#include "profile/tastes.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "store/column_names.h"

namespace coterie::profile {

using base::Result;
using base::Status;
using base::Timestamp;
using data::FeatureColumn;
using store::Parameter;
using store::Rows;

namespace {

constexpr int64_t kMostLevels = 4;

using Interest = std::map<std::string, int64_t, std::less<>>;  // by category

// The first `levels` levels of a path.
std::string_view cut(std::string_view path, int64_t levels) {
  size_t end = 0;
  for (int64_t level = 0; level < levels; ++level) {
    end = path.find('/', level == 0 ? 0 : end + 1);
    if (end == std::string_view::npos) return path;
  }
  return path.substr(0, end);
}

Interest at_level(const Interest& paths, int64_t levels) {
  Interest out;
  for (const auto& [path, interest] : paths) out[std::string(cut(path, levels))] += interest;
  return out;
}

Status make_item_categories(AsOf& source, Timestamp as_of, int64_t levels) {
  const Parameter parameters[] = {{"as_of", as_of}, {"levels", levels}};
  return source.run("item_categories.sql", parameters);
}

// The column of a category; the last one for those that have none of their own.
size_t column_of(const TasteVocabulary& vocabulary, std::string_view category) {
  const auto& known = vocabulary.categories;
  const auto at = std::lower_bound(known.begin(), known.end(), category);
  return at != known.end() && *at == category ? static_cast<size_t>(at - known.begin()) : known.size();
}

}  // namespace

std::vector<std::string> TasteVocabulary::column_names() const {
  std::vector<std::string> out;
  if (other_interest > 0) out.push_back(std::string(kTastePrefix) + "other");  // first: it keeps its name
  for (const std::string& category : categories) out.push_back(std::string(kTastePrefix) + category);
  out = store::distinct_columns(std::move(out));
  if (other_interest > 0) std::rotate(out.begin(), out.begin() + 1, out.end());
  return out;
}

std::vector<double> TasteVocabulary::mean_shares() const {
  const auto all = static_cast<double>(std::accumulate(interest.begin(), interest.end(), other_interest));
  std::vector<double> out;
  for (const int64_t own : interest) out.push_back(static_cast<double>(own) / all);
  if (other_interest > 0) out.push_back(static_cast<double>(other_interest) / all);
  return out;
}

Result<TasteVocabulary> fit_tastes(AsOf& source, Timestamp as_of) {
  COTERIE_CHECK_OK(make_item_categories(source, as_of, kMostLevels));
  Interest paths;
  const Parameter parameters[] = {{"as_of", as_of}};
  COTERIE_CHECK_OK(source.read_by_range("category_interest.sql", parameters, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) paths[std::string(rows.text(0, i))] += rows.int64(1, i);
    return {};
  }));
  TasteVocabulary out;
  out.levels = kMostLevels;
  Interest chosen = at_level(paths, out.levels);
  while (out.levels > 1 && chosen.size() > kMostTastes) chosen = at_level(paths, --out.levels);
  std::vector<std::pair<std::string, int64_t>> ranked(chosen.begin(), chosen.end());
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (size_t i = kMostTastes; i < ranked.size(); ++i) out.other_interest += ranked[i].second;
  ranked.resize(std::min(ranked.size(), kMostTastes));
  std::sort(ranked.begin(), ranked.end());
  for (auto& [category, interest] : ranked) {
    out.categories.push_back(std::move(category));
    out.interest.push_back(interest);
  }
  return out;
}

Status add_tastes(AsOf& source, Timestamp as_of, const TasteVocabulary& vocabulary, const BucketRange& range,
                  data::FeatureTable& table) {
  const size_t users = table.users.size(), columns = vocabulary.columns();
  COTERIE_RETURN_IF_ERROR(make_item_categories(source, as_of, vocabulary.levels));
  std::vector<int64_t> counts(users * columns), totals(users);
  const Parameter known[] = {{"as_of", as_of}};
  const auto parameters = with_buckets(known, range);
  COTERIE_RETURN_IF_ERROR(source.read("member_interest.sql", parameters, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      const size_t column = column_of(vocabulary, rows.text(1, i));
      if (column >= columns) continue;  // of a category that the vocabulary has never seen
      const auto user = static_cast<size_t>(rows.int64(0, i));
      counts[user * columns + column] += rows.int64(2, i);
      totals[user] += rows.int64(2, i);
    }
    return {};
  }));
  FeatureColumn interest;
  interest.name = kTasteInterest;
  interest.valid.assign(users, 1);
  for (const int64_t total : totals) interest.values.push_back(static_cast<double>(total));
  table.columns.push_back(std::move(interest));
  const auto names = vocabulary.column_names();
  const auto means = vocabulary.mean_shares();
  for (size_t c = 0; c < columns; ++c) {
    FeatureColumn column;
    column.name = names[c];
    column.values.assign(users, 0.0);
    column.valid.assign(users, 0);
    for (size_t user = 0; user < users; ++user) {
      if (totals[user] == 0) continue;
      column.values[user] = (static_cast<double>(counts[user * columns + c]) + kTasteSmoothing * means[c]) /
                            (static_cast<double>(totals[user]) + kTasteSmoothing);
      column.valid[user] = 1;
    }
    table.columns.push_back(std::move(column));
  }
  return {};
}

}  // namespace coterie::profile

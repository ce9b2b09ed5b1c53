#include "profile/tastes.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "store/column_names.h"

namespace coterie::profile {

using base::Result;
using base::Status;
using base::Timestamp;
using data::FeatureColumn;
using data::FeatureTable;

namespace {

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

TasteCounter::Level TasteCounter::cut_level(const std::vector<std::string>& paths, int64_t levels) {
  Level out;
  out.levels = levels;
  std::map<std::string_view, uint32_t> places;
  for (const std::string& path : paths) places.emplace(cut(path, levels), 0);
  for (auto& [category, place] : places) {
    place = static_cast<uint32_t>(out.categories.size());
    out.categories.emplace_back(category);
  }
  for (const std::string& path : paths) out.of_path.push_back(places.at(cut(path, levels)));
  out.interest.resize(out.categories.size());
  out.own.resize(out.categories.size());
  return out;
}

TasteCounter TasteCounter::at_all_levels(const std::vector<std::string>& paths) {
  TasteCounter out;
  for (int64_t levels = kMostLevels; levels > 0; --levels) {
    Level level = cut_level(paths, levels);
    const bool differs =
        out.levels_.empty() || level.categories.size() < out.levels_.back().categories.size();
    if (differs) out.levels_.push_back(std::move(level));
  }
  return out;
}

TasteCounter TasteCounter::at_one_level(const std::vector<std::string>& categories) {
  TasteCounter out;
  out.levels_.push_back(cut_level(categories, kMostLevels));
  return out;
}

void TasteCounter::add(std::span<const Act> acts) {
  for (Level& level : levels_)
    if (level.is_kept || &level == &levels_.front()) count(acts, level);
  ++members_;
}

// A day counts once in a category, with the weight of its dearest act; acts come day after day.
void TasteCounter::count(std::span<const Act> acts, Level& level) const {
  for (const Act& act : acts) {
    if (act.category == kNoCategory || act.kind < ActKind::kView || act.kind > ActKind::kBuy) continue;
    const uint32_t category = level.of_path[act.category];
    const uint32_t weight = act.kind == ActKind::kBuy ? 2 : 1;
    Own& own = level.own[category];
    if (own.interest == 0) level.own_some.push_back(category);
    if (own.interest == 0 || own.day != act.day) {
      own = {act.day, weight, own.interest + weight};
    } else if (weight > own.weight) {
      own.interest += weight - own.weight;
      own.weight = weight;
    }
  }
  for (const uint32_t category : level.own_some) {
    const uint32_t interest = std::exchange(level.own[category], {}).interest;
    level.interest[category] += interest;
    if (level.is_kept) level.kept.push_back({members_, category, interest});
  }
  level.own_some.clear();
}

Status TasteCounter::end_range(base::MemoryBudget& budget) {
  uint64_t bytes = 0;
  for (Level& level : levels_) {
    const auto seen = static_cast<size_t>(
        std::count_if(level.interest.begin(), level.interest.end(), [](int64_t n) { return n > 0; }));
    if (seen > kMostTastes && &level != &levels_.back()) {
      level.is_kept = false;
      level.kept = {};
    }
    bytes += level.kept.capacity() * sizeof(Kept);
  }
  memory_ = {};
  COTERIE_ASSIGN_OR_STATUS(memory_, budget.reserve(bytes, "interest by member and category"));
  return {};
}

TasteVocabulary TasteCounter::vocabulary() const {
  Interest paths;
  const Level& deepest = levels_.front();
  for (size_t i = 0; i < deepest.categories.size(); ++i)
    if (deepest.interest[i] > 0) paths[deepest.categories[i]] = deepest.interest[i];
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

// The one that tells apart what so many levels do; its paths may be longer, where one category has one child.
const TasteCounter::Level& TasteCounter::level_of(int64_t levels) const {
  size_t at = levels_.size() - 1;
  while (at > 0 && levels_[at].levels < levels) --at;
  return levels_[at];
}

void TasteCounter::add_columns(const TasteVocabulary& vocabulary, FeatureTable& table) const {
  const Level& level = level_of(vocabulary.levels);
  const size_t users = table.rows(), columns = vocabulary.columns();
  std::vector<size_t> column;  // of each category of the level
  for (const std::string& category : level.categories)
    column.push_back(column_of(vocabulary, cut(category, vocabulary.levels)));
  const auto add = [&](std::string name) -> FeatureColumn& {
    FeatureColumn& out = table.columns.emplace_back();
    out.name = std::move(name);
    out.values.assign(users, 0.0);
    out.valid.assign(users, 1);
    return out;
  };
  const size_t interest = table.columns.size();
  add(std::string(kTasteInterest));
  for (std::string& name : vocabulary.column_names()) add(std::move(name));
  for (const Kept& kept : level.kept) {
    if (column[kept.category] >= columns) continue;  // of a category that the vocabulary has never seen
    table.columns[interest].values[kept.row] += kept.interest;
    table.columns[interest + 1 + column[kept.category]].values[kept.row] += kept.interest;
  }
  const auto means = vocabulary.mean_shares();
  const std::vector<double>& totals = table.columns[interest].values;
  for (size_t c = 0; c < columns; ++c) {
    FeatureColumn& share = table.columns[interest + 1 + c];
    for (size_t user = 0; user < users; ++user) {
      share.valid[user] = totals[user] > 0 ? 1 : 0;
      if (totals[user] > 0)
        share.values[user] =
            (share.values[user] + kTasteSmoothing * means[c]) / (totals[user] + kTasteSmoothing);
    }
  }
}

Result<TasteVocabulary> fit_tastes(AsOf& source, Timestamp as_of) {
  COTERIE_ASSIGN(const auto paths, name_categories(source, as_of, kMostLevels));
  TasteCounter counter = TasteCounter::at_all_levels(paths);
  COTERIE_CHECK_OK(source.for_each_range([&](const BucketRange& range) -> Status {
    COTERIE_RETURN_IF_ERROR(
        read_acts(source, as_of, range, [&](std::string_view, std::span<const Act> acts) -> Status {
          counter.add(acts);
          return {};
        }));
    return counter.end_range(*source.context().budget);
  }));
  return counter.vocabulary();
}

}  // namespace coterie::profile

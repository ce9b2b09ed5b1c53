#include "understand/segments/rfm.h"

#include <algorithm>

namespace coterie::understand {

using base::Result;

namespace {

constexpr std::string_view kSegments[] = {
    "champions",      "loyal",   "potential_loyalist", "new",         "promising", "need_attention",
    "about_to_sleep", "at_risk", "cannot_lose",        "hibernating", "lost"};

// Rows: recency 5 down to 1. Columns: value 1 to 5. The table of docs/methods/rfm.md.
constexpr std::string_view kRfmGrid[5][5] = {
    {"new", "potential_loyalist", "potential_loyalist", "champions", "champions"},
    {"promising", "potential_loyalist", "potential_loyalist", "loyal", "champions"},
    {"about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"},
    {"hibernating", "hibernating", "at_risk", "at_risk", "at_risk"},
    {"lost", "hibernating", "at_risk", "cannot_lose", "cannot_lose"},
};

}  // namespace

std::vector<std::string_view> rfm_segments() { return {std::begin(kSegments), std::end(kSegments)}; }

std::string_view rfm_segment(uint8_t recency, uint8_t value) { return kRfmGrid[5 - recency][value - 1]; }

uint8_t rfm_value(uint8_t frequency, uint8_t monetary) {
  return monetary == 0 ? frequency : static_cast<uint8_t>((frequency + monetary + 1) / 2);
}

std::vector<uint8_t> quintiles(const std::vector<double>& values) {
  struct Placed {  // the value beside its place: sorting places alone would look every value up
    double value;
    uint32_t place;
  };
  std::vector<Placed> order(values.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = {values[i], i};
  std::sort(order.begin(), order.end(), [](const Placed& a, const Placed& b) { return a.value < b.value; });
  std::vector<uint8_t> scores(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    while (end < order.size() && order[end].value == order[begin].value) ++end;
    // 5 · (begin + (end − begin) / 2) / n in integers.
    const size_t score = 1 + 5 * (begin + end) / (2 * order.size());
    for (size_t i = begin; i < end; ++i)
      scores[order[i].place] = static_cast<uint8_t>(std::min<size_t>(score, 5));
    begin = end;
  }
  return scores;
}

Result<std::vector<RfmMember>> compute_rfm(const data::FeatureTable& features) {
  COTERIE_ASSIGN(const auto* recency, features.column("recency_days"));
  COTERIE_ASSIGN(const auto* frequency, features.column("frequency"));
  COTERIE_ASSIGN(const auto* monetary, features.column("monetary"));
  std::vector<RfmMember> members;
  std::vector<double> r, f, m;
  bool has_amounts = false;
  for (size_t row = 0; row < features.rows(); ++row) {
    if (recency->is_missing(row)) continue;
    members.push_back({static_cast<uint32_t>(row), 0, 0, 0, 0, {}});
    r.push_back(-recency->values[row]);
    f.push_back(frequency->values[row]);
    m.push_back(monetary->values[row]);
    has_amounts = has_amounts || !monetary->is_missing(row);
  }
  const auto r_scores = quintiles(r), f_scores = quintiles(f), m_scores = quintiles(m);
  for (size_t i = 0; i < members.size(); ++i) {
    RfmMember& member = members[i];
    member.recency = r_scores[i];
    member.frequency = f_scores[i];
    member.monetary = has_amounts ? m_scores[i] : 0;
    member.value = rfm_value(member.frequency, member.monetary);
    member.segment = rfm_segment(member.recency, member.value);
  }
  return members;
}

}  // namespace coterie::understand

#include "collect/simulate/members.h"

#include <algorithm>
#include <cmath>

#include "collect/simulate/streams.h"

namespace coterie::collect::simulate {

namespace {

constexpr std::string_view kChannels[] = {"app", "wechat", "web", "store"};
constexpr double kChannelShares[] = {0.5, 0.82, 0.95, 1.0};
constexpr double kWeekShares[kWeekRhythms] = {0.5, 0.75, 1.0};
constexpr double kDayShares[kDayRhythms] = {0.2, 0.4, 0.85, 1.0};

// The categories that a latent group cares about most: its first, second and third love.
constexpr uint8_t kLoves[][3] = {{0, 4, 1}, {3, 7, 2}, {5, 4, 11}, {6, 1, 10}, {8, 9, 2}, {10, 11, 0}};
constexpr double kLoveWeights[3] = {0.36, 0.24, 0.14};
constexpr uint32_t kMostGroups = std::size(kLoves);
constexpr double kMeanAges[kMostGroups] = {44, 28, 32, 29, 30, 38};
constexpr double kFemaleShares[kMostGroups] = {0.6, 0.85, 0.8, 0.55, 0.3, 0.6};

// θ ~ Dirichlet(κ × the group's profile), stored cumulative.
void draw_taste(const ShopProfile& profile, Member& member, base::Random& rng) {
  std::array<double, kCategories> weights;
  weights.fill((1.0 - kLoveWeights[0] - kLoveWeights[1] - kLoveWeights[2]) / kCategories);
  for (uint32_t i = 0; i < 3; ++i) weights[kLoves[member.taste_group][i]] += kLoveWeights[i];
  double sum = 0.0;
  for (double& w : weights) sum += w = rng.gamma(profile.taste_concentration * w) + 1e-6;
  double cumulative = 0.0;
  for (uint32_t c = 0; c < kCategories; ++c)
    member.taste[c] = static_cast<float>(cumulative += weights[c] / sum);
}

void draw_traits(Member& member, base::Random& rng) {
  member.channel = static_cast<uint8_t>(rng.categorical(kChannelShares));
  member.week_rhythm = static_cast<uint8_t>(rng.categorical(kWeekShares));
  member.day_rhythm = static_cast<uint8_t>(rng.categorical(kDayShares));
  const bool female = rng.chance(kFemaleShares[member.taste_group]);
  member.gender = rng.chance(0.12) ? 0 : female ? 1 : 2;
  const double age = std::clamp(kMeanAges[member.taste_group] + 8.0 * rng.normal(), 16.0, 75.0);
  member.age = rng.chance(0.15) ? 0 : static_cast<uint8_t>(age);
  // Cities by Zipf's law: the k-th has about 1/k of the first.
  const double cities = static_cast<double>(city_words().size());
  member.city = static_cast<uint8_t>(std::min(std::pow(cities + 1.0, rng.uniform()) - 1.0, cities - 1.0));
}

// Existing members come once at least in the period: the gap to their first visit is an exponential, given
// that. New members join at a moment of the shop's clock, so that busy days bring more of them, and that is a
// visit.
void draw_arrival(const ShopProfile& profile, const Rhythm& rhythm, Member& member, base::Random& rng) {
  const auto clock = rhythm.clock(member.week_rhythm);
  const bool existing = rng.chance(profile.existing_share);
  const double u = rng.uniform(), tenure = rng.exponential() * profile.existing_tenure_days;
  if (existing) {
    member.join_day = -1 - static_cast<int32_t>(std::min(tenure, 3'000.0));
    member.first_visit = -std::log1p(u * std::expm1(-member.visit_rate * clock.back())) / member.visit_rate;
  } else {
    member.first_visit = u * clock.back();
  }
  member.first_visit = std::min(member.first_visit, std::nextafter(clock.back(), 0.0));
  if (existing) return;
  const auto next = std::upper_bound(clock.begin(), clock.end(), member.first_visit);
  member.join_day = static_cast<int32_t>(next - clock.begin()) - 1;
}

Member draw_member(const ShopProfile& profile, const Rhythm& rhythm, uint64_t seed, uint64_t index) {
  base::Random rng = stream(seed, Purpose::kMembers, index);
  Member member;
  member.taste_group = static_cast<uint8_t>(rng.below(std::min(profile.taste_groups, kMostGroups)));
  member.favorite_style = static_cast<uint8_t>(rng.below(kStyles));
  const double rate = rng.gamma(profile.visit_shape) * profile.visits_per_day / profile.visit_shape;
  member.visit_rate = static_cast<float>(std::max(rate, 1e-5));
  member.dropout_chance = static_cast<float>(rng.beta(profile.dropout_a, profile.dropout_b));
  member.buy_chance = static_cast<float>(rng.beta(profile.buy_a, profile.buy_b));
  member.price_level = static_cast<float>(profile.budget_sigma * rng.normal());
  member.deal_love = static_cast<float>(rng.uniform());
  draw_taste(profile, member, rng);
  draw_traits(member, rng);
  draw_arrival(profile, rhythm, member, rng);
  return member;
}

}  // namespace

ShopTruth::ShopTruth(const ShopProfile& shop_profile, const GenerateOptions& options)
    : profile(shop_profile),
      rhythm(options.days),
      catalog(shop_profile, options.users, options.days, options.seed),
      members(options.users) {
  for (uint64_t i = 0; i < options.users; ++i) members[i] = draw_member(profile, rhythm, options.seed, i);
}

std::string_view channel_name(uint8_t channel) { return kChannels[channel]; }

}  // namespace coterie::collect::simulate

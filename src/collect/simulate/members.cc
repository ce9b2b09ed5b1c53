#include "collect/simulate/members.h"

#include <algorithm>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
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
// A quarter of the members are put off by campaigns.
constexpr double kLeastEffect = -0.3, kMostEffect = 0.9;
constexpr double kLoveWeights[3] = {0.45, 0.28, 0.17};
constexpr uint32_t kMostGroups = std::size(kLoves);
constexpr double kMeanAges[kMostGroups] = {44, 28, 32, 29, 30, 38};
constexpr double kFemaleShares[kMostGroups] = {0.6, 0.85, 0.8, 0.55, 0.3, 0.6};

// θ ~ Dirichlet(κ × the group's profile), stored cumulative.
void draw_taste(const ShopProfile& profile, Member& member, base::Random& rng) {
  std::array<double, kCategories> weights = group_taste(member.taste_group);
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

// exp(Normal(mu, sigma²)) with a given mean and variance.
struct Lognormal {
  double mu, sigma;

  Lognormal(double mean, double variance) : mu(0), sigma(std::sqrt(std::log1p(variance / (mean * mean)))) {
    mu = std::log(mean) - 0.5 * sigma * sigma;
  }
  double draw(base::Random& rng) const { return std::exp(mu + sigma * rng.normal()); }
};

// A visit rate: gamma, or lognormal with the same mean and variance.
double draw_rate(const ShopProfile& profile, Family family, base::Random& rng) {
  const double mean = profile.visits_per_day, shape = profile.visit_shape;
  if (family == Family::kGamma) return rng.gamma(shape) * mean / shape;
  return Lognormal(mean, mean * mean / shape).draw(rng);
}

// A chance: beta, or one whose hazard -log(1 - p) is lognormal with the mean and the variance of the beta's.
double draw_chance(double a, double b, Family family, base::Random& rng) {
  if (family == Family::kGamma) return rng.beta(a, b);
  using boost::math::digamma, boost::math::trigamma;
  return -std::expm1(-Lognormal(digamma(a + b) - digamma(b), trigamma(b) - trigamma(a + b)).draw(rng));
}

Member draw_member(const ShopProfile& profile, const Rhythm& rhythm, const GenerateOptions& options,
                   uint64_t index) {
  const Family family = options.family;
  base::Random rng = stream(options.seed, Purpose::kMembers, index);
  Member member;
  member.taste_group = static_cast<uint8_t>(rng.below(std::min(profile.taste_groups, kMostGroups)));
  member.favorite_style = static_cast<uint8_t>(rng.below(kStyles));
  member.visit_rate = static_cast<float>(std::max(draw_rate(profile, family, rng), 1e-5));
  member.dropout_chance = static_cast<float>(draw_chance(profile.dropout_a, profile.dropout_b, family, rng));
  member.buy_chance = static_cast<float>(draw_chance(profile.buy_a, profile.buy_b, family, rng));
  member.price_level = static_cast<float>(profile.budget_sigma * rng.normal());
  member.campaign_effect = static_cast<float>(kLeastEffect + (kMostEffect - kLeastEffect) * rng.uniform());
  draw_taste(profile, member, rng);
  draw_traits(member, rng);
  draw_arrival(profile, rhythm, member, rng);
  return member;
}

}  // namespace

ShopTruth::ShopTruth(const ShopProfile& shop_profile, const GenerateOptions& options)
    : profile(shop_profile),
      seed(options.seed),
      drift_day(options.drift_day.value_or(UINT32_MAX)),
      rhythm(options.days),
      catalog(shop_profile, options),
      members(options.users) {
  for (uint64_t i = 0; i < options.users; ++i) members[i] = draw_member(profile, rhythm, options, i);
}

std::array<double, kCategories> group_taste(uint8_t taste_group) {
  std::array<double, kCategories> shares;
  shares.fill((1.0 - kLoveWeights[0] - kLoveWeights[1] - kLoveWeights[2]) / kCategories);
  for (uint32_t i = 0; i < 3; ++i) shares[kLoves[taste_group][i]] += kLoveWeights[i];
  return shares;
}

std::string_view channel_name(uint8_t channel) { return kChannels[channel]; }

}  // namespace coterie::collect::simulate

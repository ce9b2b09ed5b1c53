#include "collect/simulate/visit.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "collect/simulate/service.h"

namespace coterie::collect::simulate {

namespace {

constexpr uint32_t kDaySeconds = 86'400;
constexpr int kTries = 4;  // proposals before a choice is taken as it is
constexpr uint32_t kMostViews = 60;
constexpr uint32_t kMostLines = 12;
constexpr uint64_t kLevelCents[] = {50'000, 200'000, 800'000};
constexpr double kCampaignDiscount = 0.15;
constexpr double kCouponDiscount = 0.10;

// A geometric count with the given mean.
uint32_t geometric(base::Random& rng, double mean, uint32_t most) {
  const double count = std::floor(rng.exponential() / std::log1p(1.0 / mean));
  return static_cast<uint32_t>(std::min(count, static_cast<double>(most)));
}

}  // namespace

uint8_t level_of(uint64_t spent) {
  return static_cast<uint8_t>(std::upper_bound(std::begin(kLevelCents), std::end(kLevelCents), spent) -
                              kLevelCents);
}

Row renewal_of(const Row& line) {
  Row row = line;
  row.session = 0;
  row.discount = 0;
  row.is_renewal = true;
  return row;
}

Visit::Visit(const ShopTruth& truth, uint32_t user, uint32_t day, MemberState& state, std::vector<Row>& rows)
    : truth_(truth),
      member_(truth.members[user]),
      state_(state),
      rng_(state.rng),
      rows_(rows),
      user_(user),
      day_(day),
      level_(level_of(state.spent)) {}

void Visit::play_guest() {
  const size_t first_row = rows_.size();
  ++state_.sessions;
  browse(false);
  fit_into_day(first_row);
  for (size_t i = first_row; i < rows_.size(); ++i) rows_[i].who = Who::kGuest;
}

void Visit::play() {
  const ShopProfile& profile = truth_.profile;
  const size_t first_row = rows_.size();
  ++state_.sessions;
  const double lure = 1.0 + truth_.rhythm.campaign(day_) * member_.campaign_effect;
  const double drifted = day_ < truth_.drift_day ? 1.0 : profile.drift_buy;
  const bool buying = rng_.chance(std::min(member_.buy_chance * lure * drifted, 0.95));
  if (rng_.chance(profile.login) || state_.sessions == 1) {
    Row& login = emit(Behavior::kLogin);
    if (state_.was_guest && state_.sessions == 1) login.who = Who::kKnownGuest;
  }
  if (rng_.chance(profile.search)) emit(Behavior::kSearch);
  browse(buying);
  if (buying) {
    fill_basket();
    place_order();
  } else if (!basket_.empty() && rng_.chance(profile.abandoned_checkout)) {
    emit(Behavior::kCheckout);
  }
  fit_into_day(first_row);
}

Row& Visit::emit(Behavior behavior, uint32_t item) {
  Row row;
  row.second = static_cast<uint32_t>(clock_);
  row.user = user_;
  row.item = item;
  row.session = state_.sessions;
  row.level = level_;
  row.behavior = behavior;
  pause(25.0);
  return rows_.emplace_back(row);
}

void Visit::pause(double mean_seconds) { clock_ += 2.0 + mean_seconds * rng_.exponential(); }

// By taste, thinned by the season.
uint32_t Visit::choose_category() {
  uint32_t category = 0;
  for (int i = 0; i < kTries; ++i) {
    const auto at =
        std::upper_bound(member_.taste.begin(), member_.taste.end(), static_cast<float>(rng_.uniform()));
    category = std::min<uint32_t>(static_cast<uint32_t>(at - member_.taste.begin()), kCategories - 1);
    if (rng_.chance(truth_.rhythm.season(category, day_))) break;
  }
  return category;
}

// By style and popularity, thinned by how well the price fits the budget.
uint32_t Visit::choose_item(uint32_t category) {
  const ShopProfile& profile = truth_.profile;
  const bool own_style = rng_.chance(profile.style_focus);
  const uint32_t style = own_style ? member_.favorite_style : static_cast<uint32_t>(rng_.below(kStyles));
  uint32_t item = 0;
  for (int i = 0; i < kTries; ++i) {
    item = truth_.catalog.pick(category, style, day_, rng_.uniform());
    const double gap =
        (truth_.catalog.items()[item].price_position - member_.price_level) / profile.price_fit_width;
    if (rng_.uniform() < std::exp(-0.5 * gap * gap)) break;
  }
  return item;
}

// One of the remembered purchases of the category, in proportion to how often it was made; kNoItem if there
// is none.
uint32_t Visit::choose_habit(uint32_t category) {
  uint32_t total = 0;
  const auto& items = truth_.catalog.items();
  const auto counts = [&](const MemberState::Habit& h) {
    return h.item != kNoItem && items[h.item].category == category;
  };
  for (const auto& habit : state_.habits) total += counts(habit) ? habit.times : 0;
  if (total == 0) return kNoItem;
  uint64_t at = rng_.below(total);
  for (const auto& habit : state_.habits) {
    if (!counts(habit)) continue;
    if (at < habit.times) return habit.item;
    at -= habit.times;
  }
  return kNoItem;
}

void Visit::browse(bool buying) {
  const ShopProfile& profile = truth_.profile;
  const uint32_t views = 1 + geometric(rng_, profile.views_mean, kMostViews);
  for (uint32_t i = 0; i < views; ++i) {
    if (i == 0 || !rng_.chance(profile.same_category)) category_ = choose_category();
    const uint32_t item = choose_item(category_);
    emit(Behavior::kView, item);
    seen_.push_back(item);
    if (rng_.chance(profile.favorite)) emit(Behavior::kFavorite, item);
    if (rng_.chance(profile.share)) emit(Behavior::kShare, item);
    if (!buying && rng_.chance(profile.browse_cart)) {
      emit(Behavior::kCart, item).quantity = 1;
      basket_.push_back(item);
    }
  }
}

// Lines are habits where the category has them, otherwise something seen in this visit.
void Visit::fill_basket() {
  const uint32_t lines = 1 + geometric(rng_, truth_.profile.extra_lines_mean, kMostLines - 1);
  for (uint32_t i = 0; i < lines; ++i) {
    const uint32_t seen = seen_[rng_.below(seen_.size())];
    const uint32_t category = i == 0 ? truth_.catalog.items()[seen].category : choose_category();
    const bool repeat = rng_.chance(truth_.profile.habit * category_words()[category].repeat_share);
    uint32_t item = repeat ? choose_habit(category) : kNoItem;
    const bool habit = item != kNoItem;
    if (!habit) item = seen;
    if (std::find(basket_.begin(), basket_.end(), item) != basket_.end()) continue;
    if (habit && rng_.chance(0.6)) emit(Behavior::kView, item);
    emit(Behavior::kCart, item).quantity = 1;
    basket_.push_back(item);
  }
}

void Visit::place_order() {
  const uint32_t order = ++state_.orders;
  emit(Behavior::kCheckout).order = order;
  pause(40.0);
  const double campaign = truth_.rhythm.campaign(day_);
  const bool coupon = rng_.chance(truth_.profile.coupon);
  const double share_off = campaign > 0.0 ? kCampaignDiscount : coupon ? kCouponDiscount : 0.0;
  const double paid_at = clock_;
  uint32_t number = 0;
  for (const uint32_t item : basket_) {
    clock_ = paid_at;
    const CategoryWords& words = category_words()[truth_.catalog.items()[item].category];
    Row& line = emit(Behavior::kBuy, item);
    line.order = order;
    line.quantity = static_cast<int16_t>(1 + (rng_.chance(0.3) ? rng_.below(words.most_units) : 0));
    line.unit_price = truth_.catalog.list_price(item, day_);
    line.discount = static_cast<uint32_t>(line.unit_price * share_off) * static_cast<uint32_t>(line.quantity);
    state_.spent += uint64_t{line.unit_price} * static_cast<uint64_t>(line.quantity) - line.discount;
    remember(item);
    const Row bought = line;
    renew(bought);
    follow_up(bought, number++);
  }
}

void Visit::renew(const Row& line) {
  const ShopProfile& profile = truth_.profile;
  if (profile.renewal_days == 0 || !rng_.chance(profile.renewal_chance)) return;
  delayed_.push_back({profile.renewal_days, renewal_of(line)});
}

void Visit::follow_up(const Row& line, uint32_t number) {
  const Item& item = truth_.catalog.items()[line.item];
  Row row = line;
  row.session = 0;
  std::optional<uint32_t> refund_day;
  if (rng_.chance(category_words()[item.category].refund_share)) {
    row.behavior = Behavior::kRefund;
    row.quantity = static_cast<int16_t>(-line.quantity);
    row.unit_price = line.unit_price - line.discount / static_cast<uint32_t>(line.quantity);
    row.discount = 0;
    row.second = static_cast<uint32_t>(32'400 + rng_.below(43'200));
    refund_day = static_cast<uint32_t>(2 + rng_.below(14));
    delayed_.push_back({*refund_day, row});
  }
  if (rng_.chance(truth_.profile.review)) {
    row.behavior = Behavior::kReview;
    row.quantity = 0;
    row.unit_price = row.discount = 0;
    row.rating = static_cast<uint8_t>(std::clamp(std::lround(item.quality + 0.9 * rng_.normal()), 1L, 5L));
    row.second = static_cast<uint32_t>(28'800 + rng_.below(54'000));
    if (has_words(truth_, line, number)) row.text = ++state_.texts;
    delayed_.push_back({static_cast<uint32_t>(3 + rng_.below(kDaysAhead - 4)), row});
  }
  write_about_line(truth_, line, number, refund_day, state_, delayed_);
}

// The rarest purchase is forgotten when there is no room.
void Visit::remember(uint32_t item) {
  auto& habits = state_.habits;
  auto at = std::find_if(habits.begin(), habits.end(), [&](const auto& h) { return h.item == item; });
  if (at == habits.end()) {
    at = std::min_element(habits.begin(), habits.end(),
                          [](const auto& a, const auto& b) { return a.times < b.times; });
    *at = {item, 0};
  }
  ++at->times;
}

// The hour is the member's, but a visit ends before midnight: days come out one after the other.
void Visit::fit_into_day(size_t first_row) {
  const auto hour = static_cast<uint32_t>(rng_.categorical(Rhythm::hours(member_.day_rhythm)));
  const uint32_t start = hour * 3600 + static_cast<uint32_t>(rng_.below(3600));
  const uint32_t length = rows_.back().second;
  const uint32_t latest = length < kDaySeconds ? kDaySeconds - 1 - length : 0;
  for (size_t i = first_row; i < rows_.size(); ++i)
    rows_[i].second = std::min(rows_[i].second + std::min(start, latest), kDaySeconds - 1);
}

}  // namespace coterie::collect::simulate

#include "collect/simulate/invitations.h"

#include "collect/simulate/streams.h"

namespace coterie::collect::simulate {

namespace {

constexpr uint32_t kDaysOpen = 21;
constexpr int kMostTries = 8;  // invitations looked at before one of other tastes is taken
constexpr uint64_t kJoiner = uint64_t{1} << 63;

}  // namespace

void Invitations::begin_day(uint32_t day) {
  day_ = day;
  open_.insert(open_.end(), today_.begin(), today_.end());
  today_.clear();
  while (!open_.empty() && open_.front().day + kDaysOpen < day) open_.pop_front();
}

bool Invitations::invites(uint32_t user, uint32_t session) {
  base::Random rng = stream(truth_.seed, Purpose::kInvitations, (uint64_t{user} << 32) | session);
  if (!rng.chance(truth_.profile.invite)) return false;
  today_.push_back({day_, user});
  return true;
}

std::optional<uint32_t> Invitations::brought(uint32_t user) {
  base::Random rng = stream(truth_.seed, Purpose::kInvitations, kJoiner | user);
  if (open_.empty() || !rng.chance(truth_.profile.invited)) return std::nullopt;
  size_t at = 0;
  for (int i = 0; i < kMostTries; ++i) {
    at = rng.below(open_.size());
    if (truth_.members[open_[at].user].taste_group == truth_.members[user].taste_group) break;
  }
  const uint32_t by = open_[at].user;
  open_.erase(open_.begin() + static_cast<ptrdiff_t>(at));
  return by;
}

}  // namespace coterie::collect::simulate

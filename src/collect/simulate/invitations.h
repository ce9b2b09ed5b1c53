// Who brought whom: members invite during visits, and some who join had an invitation, mostly of somebody with tastes
// like theirs.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "collect/simulate/members.h"

namespace coterie::collect::simulate {

/// `other_user` came by an invitation of `user`.
struct Link {
  uint32_t second = 0;  ///< of the local day on which other_user joined
  uint32_t user = 0;
  uint32_t other_user = 0;
};

/// Draws from streams of their own: nobody visits or buys otherwise because of an invitation. Not thread safe; memory
/// is that of the invitations of three weeks.
class Invitations {
 public:
  explicit Invitations(const ShopTruth& truth) : truth_(truth) {}

  /// Invitations of earlier days are open, those older than three weeks are forgotten.
  void begin_day(uint32_t day);

  /// Whether the member invites somebody in this visit.
  bool invites(uint32_t user, uint32_t session);

  /// Who brought the member that joins today, if anybody did.
  std::optional<uint32_t> brought(uint32_t user);

 private:
  struct Sent {
    uint32_t day, user;
  };
  const ShopTruth& truth_;
  uint32_t day_ = 0;
  std::deque<Sent> open_;
  std::vector<Sent> today_;
};

}  // namespace coterie::collect::simulate

-- behaviors: what a member did besides buying, and on which days.
-- grain    one row per user
-- inputs   members
-- outputs  user_index; views, favorites, carts, buys BIGINT (events, not orders); first_us, last_us BIGINT;
--          active_days, active_days_30d, active_days_90d BIGINT
-- nulls    none: a member without such events has 0; first_us and last_us are null without an act
-- time     that of members
SELECT
  user_index, views, favorites, carts, buys, first_us, last_us, active_days, active_days_30d, active_days_90d
FROM members
ORDER BY user_index

-- behaviors: what a member did besides buying.
-- grain    one row per user
-- inputs   members
-- outputs  user_index; views, favorites, carts, buys BIGINT (events, not orders)
-- nulls    none: a member without such events has 0
-- time     that of members
SELECT user_index, views, favorites, carts, buys
FROM members
ORDER BY user_index

-- behaviors: what a member did besides buying.
-- grain    one row per user
-- inputs   as_of_events
-- outputs  user_index; views, favorites, carts, buys BIGINT (events, not orders)
-- nulls    none: a member without such events has 0
-- time     that of as_of_events
SELECT
  user_index,
  count(*) FILTER (behavior = 'view') AS views,
  count(*) FILTER (behavior = 'favorite') AS favorites,
  count(*) FILTER (behavior = 'cart') AS carts,
  count(*) FILTER (behavior = 'buy') AS buys
FROM as_of_events
GROUP BY user_index
ORDER BY user_index

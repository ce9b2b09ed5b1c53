-- orders: every order of every member, for recency, frequency, gaps, habits and basket size.
-- grain    one row per (user, order)
-- inputs   as_of_lines
-- outputs  user_index, order_us BIGINT (its first line, UTC), items BIGINT (distinct items)
-- nulls    none; a line without an item counts as no item
-- time     that of as_of_lines
SELECT user_index, min(ts_us) AS order_us, count(DISTINCT item_id) AS items
FROM as_of_lines
WHERE behavior = 'buy'
GROUP BY user_index, order_key
ORDER BY user_index, order_us, order_key

-- items: how a member's purchases spread over items.
-- grain    one row per (user, n): how many items the user has n order lines of
-- inputs   as_of_lines
-- outputs  user_index, lines BIGINT (n), items BIGINT, order_items BIGINT (distinct (order, item) pairs of them)
-- nulls    lines without an item are left out
-- time     that of as_of_lines
SELECT user_index, lines, count(*) AS items, CAST(sum(orders) AS BIGINT) AS order_items
FROM (
  SELECT user_index, item_id, count(*) AS lines, count(DISTINCT order_key) AS orders
  FROM as_of_lines
  WHERE behavior = 'buy' AND item_id IS NOT NULL
  GROUP BY user_index, item_id
)
GROUP BY user_index, lines
ORDER BY user_index, lines

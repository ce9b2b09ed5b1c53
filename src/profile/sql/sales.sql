-- sales: what the shop sold, guests included.
-- grain    one row per local day with a buy or refund
-- inputs   events; macro local_us
-- outputs  day BIGINT (days since 1970-01-01 on the wall clock); buy_amount, refund_amount DECIMAL(18,4);
--          orders, members, guest_orders BIGINT
-- nulls    amounts are null where no line has one
-- time     ts < $as_of
SELECT
  local_us(epoch_us(ts)) // 86400000000 AS day,
  CAST(sum(line_amount) FILTER (behavior = 'buy') AS DECIMAL(18, 4)) AS buy_amount,
  CAST(sum(line_amount) FILTER (behavior = 'refund') AS DECIMAL(18, 4)) AS refund_amount,
  count(DISTINCT coalesce(order_id, user_id, anonymous_id)) FILTER (behavior = 'buy') AS orders,
  count(DISTINCT user_id) FILTER (behavior = 'buy') AS members,
  count(DISTINCT coalesce(order_id, anonymous_id)) FILTER (behavior = 'buy' AND user_id IS NULL) AS guest_orders
FROM events
WHERE ts < make_timestamp($as_of) AND behavior IN ('buy', 'refund')
GROUP BY day
ORDER BY day

-- sales: what the shop sold, guests included, in a range of buckets.
-- grain    one row per local day with a buy or refund
-- inputs   events; macro local_us
-- outputs  day BIGINT (days since 1970-01-01 on the wall clock); buy_amount, refund_amount DECIMAL(18,4);
--          orders, members, guest_orders BIGINT; an order is one person's lines of one order_id, or of one day
-- nulls    amounts are null where no line has one
-- time     ts < $as_of
-- buckets  $first_bucket to $last_bucket: sums over ranges are exact, since a person has one bucket
SELECT
  day,
  CAST(sum(buy_amount) AS DECIMAL(18, 4)) AS buy_amount,
  CAST(sum(refund_amount) AS DECIMAL(18, 4)) AS refund_amount,
  count(*) FILTER (buys > 0) AS orders,
  count(DISTINCT user_id) FILTER (buys > 0) AS members,
  count(*) FILTER (buys > 0 AND user_id IS NULL) AS guest_orders
FROM (
  SELECT
    local_us(epoch_us(ts)) // 86400000000 AS day,
    user_id,
    CASE WHEN user_id IS NULL THEN anonymous_id END AS guest_id,
    order_id,
    sum(line_amount) FILTER (behavior = 'buy') AS buy_amount,
    sum(line_amount) FILTER (behavior = 'refund') AS refund_amount,
    count(*) FILTER (behavior = 'buy') AS buys
  FROM events
  WHERE bucket BETWEEN $first_bucket AND $last_bucket AND ts < make_timestamp($as_of)
    AND behavior IN ('buy', 'refund')
  GROUP BY day, user_id, guest_id, order_id
) AS orders
GROUP BY day
ORDER BY day

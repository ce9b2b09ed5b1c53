-- weekly_quality: how much came in a week and what it lacks, in a range of buckets.
-- grain    one row per local week
-- inputs   events; macro local_us
-- outputs  monday BIGINT (days since 1970-01-01 on the wall clock); events, no_user, no_item, buys, no_amount, no_order
--          BIGINT: events without a member, without an item though they are about one, buys, and those without an
--          amount or an order
-- nulls    none
-- time     ts < $as_of
-- buckets  $first_bucket to $last_bucket: sums over ranges are exact
SELECT
  day - (day + 3) % 7 AS monday,
  count(*) AS events,
  count(*) FILTER (user_id IS NULL) AS no_user,
  count(*) FILTER (item_id IS NULL AND behavior IN ('view', 'favorite', 'cart', 'buy', 'refund')) AS no_item,
  count(*) FILTER (behavior = 'buy') AS buys,
  count(*) FILTER (behavior = 'buy' AND line_amount IS NULL) AS no_amount,
  count(*) FILTER (behavior = 'buy' AND order_id IS NULL) AS no_order
FROM (
  SELECT local_us(epoch_us(ts)) // 86400000000 AS day, user_id, item_id, behavior, line_amount, order_id
  FROM events
  WHERE bucket BETWEEN $first_bucket AND $last_bucket AND ts < make_timestamp($as_of)
) AS days
GROUP BY monday
ORDER BY monday

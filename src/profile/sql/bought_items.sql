-- bought_items: which products each member bought in a window, and how often.
-- grain    one row per (user, item)
-- inputs   events, not_products; macro local_us
-- outputs  user_id, item_id, orders BIGINT (distinct orders with it), last_us BIGINT (last time, UTC)
-- nulls    none
-- time     $from <= ts < $to
-- buckets  $first_bucket to $last_bucket
SELECT user_id, item_id,
  count(DISTINCT coalesce(order_id, 'day ' || (local_us(epoch_us(ts)) // 86400000000))) AS orders,
  max(epoch_us(ts)) AS last_us
FROM events
ANTI JOIN not_products USING (item_id)
ANTI JOIN (
  SELECT user_id
  FROM users
  WHERE trait IN ('is_bot', 'is_test', 'is_internal') AND value = 'true' AND valid_from <= make_timestamp($to)
) AS no_customers USING (user_id)
WHERE bucket BETWEEN $first_bucket AND $last_bucket AND behavior = 'buy' AND user_id IS NOT NULL
  AND item_id IS NOT NULL AND ts >= make_timestamp($from) AND ts < make_timestamp($to)
GROUP BY user_id, item_id
ORDER BY user_id, item_id

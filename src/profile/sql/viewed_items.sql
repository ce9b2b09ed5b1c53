-- viewed_items: which products each member looked at, marked or put into the cart.
-- grain    one row per (user, item)
-- inputs   events, not_products
-- outputs  user_id, item_id
-- nulls    none
-- time     ts < $to
-- buckets  $first_bucket to $last_bucket
SELECT user_id, item_id
FROM events
ANTI JOIN not_products USING (item_id)
WHERE bucket BETWEEN $first_bucket AND $last_bucket AND behavior IN ('view', 'favorite', 'cart')
  AND user_id IS NOT NULL AND item_id IS NOT NULL AND ts < make_timestamp($to)
GROUP BY user_id, item_id
ORDER BY user_id, item_id

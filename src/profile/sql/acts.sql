-- acts: everything a member did, money left out; bots, test users and the shop's own people are none.
-- grain    one row per user with at least one event before as_of and without is_bot, is_test, is_internal
-- inputs   events, users, item_categories
-- outputs  user_id; acts, a list in no order of (ts_us BIGINT (UTC); kind INTEGER: 1 view, 2 favorite, 3 cart, 4 buy,
--          5 any other act, 0 none (a refund, and what clients send by themselves); category BIGINT: the item's code)
-- nulls    category without an item, or where the item has none
-- time     ts < $as_of, valid_from <= $as_of
-- buckets  $first_bucket to $last_bucket
SELECT user_id, acts
FROM (
  SELECT
    user_id,
    list(struct_pack(
      ts_us := epoch_us(ts),
      kind := coalesce(
        list_position(['view', 'favorite', 'cart', 'buy'], behavior),
        CASE
          WHEN behavior IN ('refund', 'impression', 'message') OR starts_with(behavior, 'custom:') THEN 0
          ELSE 5
        END),
      category := code)) AS acts
  FROM events
  LEFT JOIN item_categories USING (item_id)
  WHERE bucket BETWEEN $first_bucket AND $last_bucket AND ts < make_timestamp($as_of) AND user_id IS NOT NULL
  GROUP BY user_id
)
ANTI JOIN (
  SELECT user_id
  FROM users
  WHERE trait IN ('is_bot', 'is_test', 'is_internal') AND value = 'true' AND valid_from <= make_timestamp($as_of)
) AS no_customers USING (user_id)
ORDER BY user_id

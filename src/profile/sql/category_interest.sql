-- category_interest: how much members care about each category, shop-wide; what the vocabulary of tastes comes from.
-- grain    one row per category with interest
-- inputs   events, users, item_categories; macro local_us
-- outputs  category, interest BIGINT: over members, local days: 2 for a day with a buy, else 1 (as member_interest)
-- nulls    guests are not members; items without a category are left out
-- time     ts < $as_of, valid_from <= $as_of
-- buckets  $first_bucket to $last_bucket: sums over ranges are exact, since a member has one bucket
SELECT category, CAST(sum(weight) AS BIGINT) AS interest
FROM (
  SELECT
    user_id,
    category,
    local_us(epoch_us(ts)) // 86400000000 AS day,
    max(CASE WHEN behavior = 'buy' THEN 2 ELSE 1 END) AS weight
  FROM events
  JOIN item_categories USING (item_id)
  ANTI JOIN (
    SELECT user_id
    FROM users
    WHERE trait IN ('is_bot', 'is_test', 'is_internal') AND value = 'true'
      AND valid_from <= make_timestamp($as_of)
  ) AS no_customers USING (user_id)
  WHERE bucket BETWEEN $first_bucket AND $last_bucket AND ts < make_timestamp($as_of) AND user_id IS NOT NULL
    AND behavior IN ('view', 'favorite', 'cart', 'buy')
  GROUP BY user_id, category, day
)
GROUP BY category
ORDER BY category

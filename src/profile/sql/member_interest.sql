-- member_interest: how much each member cares about each category.
-- grain    one row per (user, category) with interest
-- inputs   events, members, item_categories; macro local_us
-- outputs  user_index; category; interest BIGINT: over local days: 2 for a day with a buy of the category, else 1 for
--          a day with a view, favorite or cart
-- nulls    items without a category are left out
-- time     ts < $as_of; the category is that of as_of
-- buckets  $first_bucket to $last_bucket, those of members
SELECT user_index, category, CAST(sum(weight) AS BIGINT) AS interest
FROM (
  SELECT
    members.user_index,
    item_categories.category,
    local_us(epoch_us(events.ts)) // 86400000000 AS day,
    max(CASE WHEN events.behavior = 'buy' THEN 2 ELSE 1 END) AS weight
  FROM events
  JOIN members USING (user_id)
  JOIN item_categories USING (item_id)
  WHERE events.bucket BETWEEN $first_bucket AND $last_bucket AND events.ts < make_timestamp($as_of)
    AND events.behavior IN ('view', 'favorite', 'cart', 'buy')
  GROUP BY members.user_index, item_categories.category, day
)
GROUP BY user_index, category
ORDER BY user_index, category

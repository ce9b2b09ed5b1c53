-- sales_funnel_members: how many members did which of the steps to a purchase, in a range of buckets.
-- grain    one row per set of steps
-- inputs   events, no_customers
-- outputs  steps BIGINT: 1 view + 2 cart + 4 checkout + 8 buy; n BIGINT (members)
-- nulls    guests are not members
-- time     ts < $as_of
-- buckets  $first_bucket to $last_bucket: sums over ranges are exact, since a member has one bucket
SELECT steps, count(*) AS n
FROM (
  SELECT CAST(bit_or(CASE behavior WHEN 'view' THEN 1 WHEN 'cart' THEN 2 WHEN 'checkout' THEN 4 ELSE 8 END) AS BIGINT) AS steps
  FROM events
  ANTI JOIN no_customers USING (user_id)
  WHERE bucket BETWEEN $first_bucket AND $last_bucket AND behavior IN ('view', 'cart', 'checkout', 'buy')
    AND user_id IS NOT NULL AND ts < make_timestamp($as_of)
  GROUP BY user_id
)
GROUP BY steps
ORDER BY steps

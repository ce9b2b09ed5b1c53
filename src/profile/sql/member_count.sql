-- member_count: how many members the shop has; bots, test users and the shop's own people are none.
-- grain    one row
-- inputs   events, users
-- outputs  members BIGINT
-- nulls    guests are not members
-- time     all
-- buckets  $first_bucket to $last_bucket: sums over ranges are exact, since a member has one bucket
SELECT count(*) AS members
FROM (
  SELECT DISTINCT user_id
  FROM events
  WHERE bucket BETWEEN $first_bucket AND $last_bucket AND user_id IS NOT NULL
)
ANTI JOIN (
  SELECT user_id
  FROM users
  WHERE trait IN ('is_bot', 'is_test', 'is_internal') AND value = 'true'
) AS no_customers USING (user_id)
ORDER BY members

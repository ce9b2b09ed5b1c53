-- member_count: how many members the shop has.
-- grain    one row
-- inputs   events
-- outputs  members BIGINT
-- nulls    guests are not members
-- time     all
-- buckets  $first_bucket to $last_bucket: sums over ranges are exact, since a member has one bucket
SELECT count(DISTINCT user_id) AS members
FROM events
WHERE bucket BETWEEN $first_bucket AND $last_bucket
ORDER BY members

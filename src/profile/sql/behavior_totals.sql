-- behavior_totals: what happened in the shop, by behavior, in a range of buckets.
-- grain    one row per behavior
-- inputs   events
-- outputs  behavior, events BIGINT, members BIGINT
-- nulls    guests are not members
-- time     ts < $as_of
-- buckets  $first_bucket to $last_bucket: sums over ranges are exact, since a member has one bucket
SELECT behavior, count(*) AS events, count(DISTINCT user_id) AS members
FROM events
WHERE bucket BETWEEN $first_bucket AND $last_bucket AND ts < make_timestamp($as_of)
GROUP BY behavior
ORDER BY behavior

-- members: who existed before as_of, in a range of buckets.
-- grain    one row per user with at least one event before as_of
-- inputs   events
-- outputs  user_id, user_index BIGINT from 0 in ascending byte order of user_id
-- nulls    none
-- time     ts < $as_of
-- buckets  $first_bucket to $last_bucket
CREATE TEMP TABLE members AS
SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS user_index
FROM (
  SELECT DISTINCT user_id
  FROM events
  WHERE bucket BETWEEN $first_bucket AND $last_bucket AND ts < make_timestamp($as_of) AND user_id IS NOT NULL
)

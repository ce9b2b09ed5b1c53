-- behavior_totals: what happened in the shop, by behavior.
-- grain    one row per behavior
-- inputs   events
-- outputs  behavior, events BIGINT, members BIGINT
-- nulls    guests are not members
-- time     ts < $as_of
SELECT behavior, count(*) AS events, count(DISTINCT user_id) AS members
FROM events
WHERE ts < make_timestamp($as_of)
GROUP BY behavior
ORDER BY events DESC, behavior

-- event_span: how many events there are, and when.
-- grain    one row
-- inputs   events
-- outputs  events, first_us, last_us BIGINT (UTC)
-- nulls    first_us and last_us without events
-- time     all
SELECT count(*) AS events, epoch_us(min(ts)) AS first_us, epoch_us(max(ts)) AS last_us
FROM events
ORDER BY events

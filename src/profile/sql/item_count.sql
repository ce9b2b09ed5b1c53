-- item_count: how many different items appear in events.
-- grain    one row
-- inputs   events
-- outputs  items BIGINT
-- nulls    events without an item are left out
-- time     all
SELECT count(DISTINCT item_id) AS items
FROM events
ORDER BY items

-- item_names: what items are called.
-- grain    one row per item with a name as of as_of
-- inputs   items
-- outputs  item_id, name (the newest; the last in byte order of equally new ones)
-- nulls    items without a name are left out
-- time     valid_from <= $as_of
SELECT item_id, arg_max(value, (valid_from, value)) AS name
FROM items
WHERE attribute = 'name' AND valid_from <= make_timestamp($as_of)
GROUP BY item_id
ORDER BY item_id

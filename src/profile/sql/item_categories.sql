-- item_categories: the first level of every item's category path ("Beauty/Makeup" is of "Beauty").
-- grain    one row per item with a category as of as_of
-- inputs   items
-- outputs  item_id, category (of the newest value; the last in byte order of equally new ones)
-- nulls    items without a category are left out; so are empty ones
-- time     valid_from <= $as_of
SELECT item_id, trim(split_part(arg_max(value, (valid_from, value)), '/', 1)) AS category
FROM items
WHERE attribute = 'category' AND valid_from <= make_timestamp($as_of)
GROUP BY item_id
HAVING category <> ''
ORDER BY item_id

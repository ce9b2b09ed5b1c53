-- item_categories: what every item is filed under, as a path of levels.
-- grain    one row per item with a category as of as_of
-- inputs   items
-- outputs  item_id, category (levels joined by '/', spaces around them gone, at most $levels of them), code BIGINT from 0:
--          the category's place in byte order
-- nulls    items without a category are left out, so is a category of nothing but spaces
-- time     valid_from <= $as_of; the newest, the last in byte order of equally new ones
CREATE OR REPLACE TEMP TABLE item_categories AS
SELECT item_id, category, dense_rank() OVER (ORDER BY category) - 1 AS code
FROM (
  SELECT item_id, array_to_string(string_split(path, '/')[1:$levels], '/') AS category
  FROM (
    SELECT item_id,
      regexp_replace(trim(arg_max(value, (valid_from, value))), '\s*[/>|]\s*', '/', 'g') AS path
    FROM items
    WHERE attribute = 'category' AND valid_from <= make_timestamp($as_of)
    GROUP BY item_id
  )
  WHERE path <> ''
)

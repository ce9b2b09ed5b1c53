-- products: items that may be recommended: all but those stated not to be products.
-- grain    one row per item without is_product = false as of as_of
-- inputs   events, items
-- outputs  item_id
-- nulls    an item without is_product is a product
-- time     ts < $as_of, valid_from <= $as_of
CREATE OR REPLACE TEMP TABLE products AS
SELECT item_id
FROM (SELECT DISTINCT item_id FROM events WHERE item_id IS NOT NULL AND ts < make_timestamp($as_of)) AS seen
ANTI JOIN (
  SELECT item_id
  FROM items
  WHERE attribute = 'is_product' AND valid_from <= make_timestamp($as_of)
  GROUP BY item_id
  HAVING arg_max(value, (valid_from, value)) = 'false'
) AS not_products USING (item_id)

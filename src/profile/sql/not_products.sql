-- not_products: items that may not be recommended: those stated not to be products.
-- grain    one row per item with is_product = false as of as_of
-- inputs   items
-- outputs  item_id
-- nulls    an item without is_product is a product
-- time     valid_from <= $as_of
CREATE OR REPLACE TEMP TABLE not_products AS
SELECT item_id
FROM items
WHERE attribute = 'is_product' AND valid_from <= make_timestamp($as_of)
GROUP BY item_id
HAVING arg_max(value, (valid_from, value)) = 'false'

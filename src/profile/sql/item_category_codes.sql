-- item_category_codes: the categories of items as numbers, for statements that count by category.
-- grain    one row per item of one of the 64 categories with the most items
-- inputs   item_categories
-- outputs  item_id, category, code BIGINT from 0: the category's place, most items first, then in byte order
-- nulls    items of no or another category are left out
-- time     that of item_categories
CREATE OR REPLACE TEMP TABLE item_category_codes AS
WITH codes AS (
  SELECT category, row_number() OVER (ORDER BY count(*) DESC, category) - 1 AS code
  FROM item_categories
  GROUP BY category
)
SELECT item_id, category, codes.code
FROM item_categories
JOIN codes USING (category)
WHERE codes.code < 64

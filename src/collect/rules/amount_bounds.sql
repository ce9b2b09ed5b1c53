-- amount_bounds: sales whose unit price is far from the item's others: a wrong unit, a lost decimal point.
-- On the logarithm of the price, x is flagged when |x - median| >= max(8 * 1.4826 * MAD, ln {amount_bounds}): median and
-- MAD (Hampel 1974; 1.4826 makes the MAD a standard deviation of normal data) are not moved by what they look for. An
-- item with fewer than 30 sales in the part is judged by the prices of all sales. So an error of x100 or /100 is found
-- where the item's own prices keep within about x1.5 of their median (8 * 1.4826 * ln 1.47 = ln 100).
-- grain    one row per sale out of bounds
-- inputs   staged_events: the rows of one part of a file (about a million)
-- outputs  line, known_from TIMESTAMP (the event's own time: it marks no user)
-- nulls    a sale without a unit price is judged by line_amount / quantity; without either, or at 0, it is not
-- time     the bounds are those of the whole part; nothing that features read depends on them
WITH sales AS (
  SELECT line, ts, item_id, ln(price) AS x
  FROM (
    SELECT line, ts, item_id,
      coalesce(CAST(unit_price AS DOUBLE),
               CAST(line_amount AS DOUBLE) / CAST(nullif(quantity, 0) AS DOUBLE)) AS price
    FROM staged_events
    WHERE behavior IN ('buy', 'refund') AND (unit_price IS NOT NULL OR line_amount IS NOT NULL)
  ) AS priced
  WHERE price > 0
),
item_bounds AS (
  SELECT item_id, median(x) AS middle, mad(x) AS spread FROM sales
  WHERE item_id IS NOT NULL GROUP BY item_id HAVING count(*) >= 30
),
all_bounds AS (SELECT median(x) AS middle, mad(x) AS spread FROM sales HAVING count(*) >= 30)
SELECT sales.line, sales.ts AS known_from
FROM sales
CROSS JOIN all_bounds
LEFT JOIN item_bounds USING (item_id)
WHERE abs(sales.x - coalesce(item_bounds.middle, all_bounds.middle))
  >= greatest(8 * 1.4826 * coalesce(item_bounds.spread, all_bounds.spread), ln({amount_bounds}))

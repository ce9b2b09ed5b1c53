-- sales_item_amounts: what each product brought, refunds taken off, guests included.
-- grain    one row per product with a buy
-- inputs   events, no_customers, not_products
-- outputs  amount DECIMAL(18,4), in ascending order
-- nulls    lines without an item are left out; an item without amounts in the shop's currency has 0
-- time     ts < $as_of
SELECT CAST(coalesce(sum(line_amount) FILTER (coalesce(upper(currency), $currency) = $currency), 0) AS DECIMAL(18, 4)) AS amount
FROM events
ANTI JOIN no_customers USING (user_id)
ANTI JOIN not_products USING (item_id)
WHERE behavior IN ('buy', 'refund') AND item_id IS NOT NULL AND ts < make_timestamp($as_of)
GROUP BY item_id
HAVING count(*) FILTER (behavior = 'buy') > 0
ORDER BY amount

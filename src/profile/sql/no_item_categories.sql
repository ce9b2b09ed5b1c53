-- no_item_categories: item_categories where nobody asks for them.
-- grain    no row
-- inputs   none
-- outputs  those of item_categories
-- nulls    none
-- time     none
CREATE OR REPLACE TEMP TABLE item_categories (item_id VARCHAR, category VARCHAR, code BIGINT)

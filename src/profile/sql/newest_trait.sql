-- newest_trait: when the last trait became known.
-- grain    one row
-- inputs   users
-- outputs  newest_us BIGINT (UTC)
-- nulls    newest_us without any trait
-- time     all
SELECT epoch_us(max(valid_from)) AS newest_us
FROM users

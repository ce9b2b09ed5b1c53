-- bot_rate: events of those who act in {bot_rate} or more different seconds of ten minutes.
-- A second counts once, so that one page with many events, or one invoice with many lines, is one act. Members and
-- guests of the real data sets reach 139 (a busy user of a business application; shops: 43), a scraper at one page a
-- second 600. What clients send by themselves (impressions, messages, custom:*) is no act.
-- grain    one row per event of a bot
-- inputs   staged_events: the rows of one part of a file (about a million)
-- outputs  line, known_from TIMESTAMP (the end of the second in which the rate was first reached)
-- nulls    a guest is judged by anonymous_id
-- time     known_from never lies before what it is known from
WITH acts AS (
  SELECT coalesce(user_id, anonymous_id) AS person, epoch_us(ts) // 1000000 AS second
  FROM staged_events
  WHERE behavior NOT IN ('impression', 'message') AND NOT starts_with(behavior, 'custom:')
),
busy AS (SELECT person FROM acts GROUP BY person HAVING count(*) >= {bot_rate}),
seconds AS (SELECT DISTINCT person, second FROM acts SEMI JOIN busy USING (person)),
rates AS (
  SELECT person, second,
    count(*) OVER (PARTITION BY person ORDER BY second RANGE BETWEEN 599 PRECEDING AND CURRENT ROW) AS rate
  FROM seconds
),
bots AS (SELECT person, min(second) AS since FROM rates WHERE rate >= {bot_rate} GROUP BY person)
SELECT staged_events.line, make_timestamp((bots.since + 1) * 1000000) AS known_from
FROM staged_events
JOIN bots ON coalesce(staged_events.user_id, staged_events.anonymous_id) = bots.person

"""Statements, and the texts that PostgreSQL 16.15 and 18.6 and MySQL 9.7 made of them.

Recorded from pg_stat_statements.query and STATEMENT_DIGEST_TEXT() of real servers.
"""

# ruff: noqa: E501
from __future__ import annotations

from typing import Final, NamedTuple


class Seen(NamedTuple):
    """What was sent, and each different text a server showed for it."""

    raw: str
    shown: tuple[str, ...]


POSTGRES: Final = (
    Seen("SELECT 1", ("SELECT $1",)),
    Seen("select * from orders where id = 42", ("select * from orders where id = $1",)),
    Seen("SELECT * FROM orders WHERE id = 42;", ("SELECT * FROM orders WHERE id = $1",)),
    Seen(
        "SELECT o.id, o.total FROM public.orders o WHERE o.status = 'open' AND o.total > 10.50 ORDER BY o.created_at DESC LIMIT 10 OFFSET 20",
        (
            "SELECT o.id, o.total FROM public.orders o WHERE o.status = $1 AND o.total > $2 ORDER BY o.created_at DESC LIMIT $3 OFFSET $4",
        ),
    ),
    Seen(
        "SELECT * FROM orders WHERE id IN (1, 2, 3)",
        (
            "SELECT * FROM orders WHERE id IN ($1, $2, $3)",
            "SELECT * FROM orders WHERE id IN ($1 /*, ... */)",
        ),
    ),
    Seen("SELECT * FROM orders WHERE id IN (1)", ("SELECT * FROM orders WHERE id IN ($1)",)),
    Seen(
        "SELECT * FROM orders WHERE id NOT IN (1,2)",
        (
            "SELECT * FROM orders WHERE id NOT IN ($1,$2)",
            "SELECT * FROM orders WHERE id NOT IN ($1 /*, ... */)",
        ),
    ),
    Seen(
        "SELECT * FROM orders WHERE id IN (1, -2, +3, 4)",
        ("SELECT * FROM orders WHERE id IN ($1, $2, +$3, $4)",),
    ),
    Seen(
        "SELECT * FROM orders WHERE id IN (1, customer_id, 3)",
        ("SELECT * FROM orders WHERE id IN ($1, customer_id, $2)",),
    ),
    Seen(
        "SELECT * FROM orders WHERE status IN ('a'::text, 'b'::text)",
        (
            "SELECT * FROM orders WHERE status IN ($1::text, $2::text)",
            "SELECT * FROM orders WHERE status IN ($1 /*, ... */)",
        ),
    ),
    Seen(
        "SELECT * FROM orders WHERE day IN (date '2024-01-01', date '2024-01-02')",
        (
            "SELECT * FROM orders WHERE day IN (date $1, date $2)",
            "SELECT * FROM orders WHERE day IN ($1 /*, ... */)",
        ),
    ),
    Seen(
        "SELECT * FROM orders WHERE (id, customer_id) IN ((1, 2), (3, 4))",
        ("SELECT * FROM orders WHERE (id, customer_id) IN (($1, $2), ($3, $4))",),
    ),
    Seen(
        "SELECT * FROM orders WHERE id = ANY (ARRAY[1,2,3])",
        (
            "SELECT * FROM orders WHERE id = ANY (ARRAY[$1,$2,$3])",
            "SELECT * FROM orders WHERE id = ANY (ARRAY[$1 /*, ... */])",
        ),
    ),
    Seen(
        "SELECT * FROM orders WHERE id = ANY ('{1,2,3}'::int[])",
        ("SELECT * FROM orders WHERE id = ANY ($1::int[])",),
    ),
    Seen(
        "SELECT ARRAY[[1,2],[3,4]]",
        ("SELECT ARRAY[[$1,$2],[$3,$4]]", "SELECT ARRAY[[$1 /*, ... */],[$2 /*, ... */]]"),
    ),
    Seen("SELECT ARRAY[1, id, 3] FROM orders", ("SELECT ARRAY[$1, id, $2] FROM orders",)),
    Seen(
        "SELECT * FROM orders WHERE tags[1] = 2 AND tags[1:2] = ARRAY[1,2] AND tags[:2] IS NOT NULL AND tags[2:] IS NULL",
        (
            "SELECT * FROM orders WHERE tags[$1] = $2 AND tags[$3:$4] = ARRAY[$5,$6] AND tags[:$7] IS NOT NULL AND tags[$8:] IS NULL",
            "SELECT * FROM orders WHERE tags[$1] = $2 AND tags[$3:$4] = ARRAY[$5 /*, ... */] AND tags[:$6] IS NOT NULL AND tags[$7:] IS NULL",
        ),
    ),
    Seen("INSERT INTO line VALUES (1, 'x')", ("INSERT INTO line VALUES ($1, $2)",)),
    Seen(
        "INSERT INTO line (a, b) VALUES (1, 'x'), (2, 'y'), (3, NULL)",
        ("INSERT INTO line (a, b) VALUES ($1, $2), ($3, $4), ($5, $6)",),
    ),
    Seen(
        "INSERT INTO line (a, b) VALUES (1, 'x''y') RETURNING a",
        ("INSERT INTO line (a, b) VALUES ($1, $2) RETURNING a",),
    ),
    Seen(
        "INSERT INTO line (a, b) VALUES (1, upper('x')), (2, upper('y'))",
        ("INSERT INTO line (a, b) VALUES ($1, upper($2)), ($3, upper($4))",),
    ),
    Seen(
        "INSERT INTO line (a, b) VALUES (DEFAULT, 'q')",
        ("INSERT INTO line (a, b) VALUES (DEFAULT, $1)",),
    ),
    Seen(
        "INSERT INTO customers (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name WHERE customers.region > 3",
        (
            "INSERT INTO customers (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name WHERE customers.region > $3",
        ),
    ),
    Seen(
        "INSERT INTO line SELECT id, note FROM orders WHERE total > 1e5",
        ("INSERT INTO line SELECT id, note FROM orders WHERE total > $1",),
    ),
    Seen(
        "UPDATE orders SET status = 'closed', total = total * 1.1, paid = true WHERE id = 7",
        ("UPDATE orders SET status = $1, total = total * $2, paid = $3 WHERE id = $4",),
    ),
    Seen(
        "UPDATE orders SET note = NULL WHERE note IS NOT NULL",
        ("UPDATE orders SET note = $1 WHERE note IS NOT NULL",),
    ),
    Seen(
        "UPDATE orders o SET note = c.name FROM customers c WHERE c.id = o.customer_id AND c.region = -1",
        (
            "UPDATE orders o SET note = c.name FROM customers c WHERE c.id = o.customer_id AND c.region = $1",
        ),
    ),
    Seen(
        "DELETE FROM orders WHERE created_at < now() - interval '30 days'",
        ("DELETE FROM orders WHERE created_at < now() - interval $1",),
    ),
    Seen(
        "DELETE FROM orders USING customers c WHERE c.id = customer_id AND c.name LIKE 'a%' RETURNING *",
        (
            "DELETE FROM orders USING customers c WHERE c.id = customer_id AND c.name LIKE $1 RETURNING *",
        ),
    ),
    Seen("SELECT now() - interval '1' day", ("SELECT now() - interval $1 day",)),
    Seen(
        "SELECT now() - interval '1 day' * 3, '1 day'::interval, CAST('2024-01-01' AS date)",
        ("SELECT now() - interval $1 * $2, $3::interval, CAST($4 AS date)",),
    ),
    Seen("SELECT interval(3) '1.1234 second'", ("SELECT interval(3) $1",)),
    Seen(
        "SELECT * FROM orders WHERE day BETWEEN date '2024-01-01' AND date '2024-02-01'",
        ("SELECT * FROM orders WHERE day BETWEEN date $1 AND date $2",),
    ),
    Seen(
        "SELECT timestamp '2024-01-01 00:00:00', timestamptz '2024-01-01 00:00:00+00', timestamp with time zone '2024-01-01', time '10:00'",
        ("SELECT timestamp $1, timestamptz $2, timestamp with time zone $3, time $4",),
    ),
    Seen(
        "SELECT * FROM orders WHERE created_at AT TIME ZONE 'UTC' > '2024-01-01'",
        ("SELECT * FROM orders WHERE created_at AT TIME ZONE $1 > $2",),
    ),
    Seen(
        "SELECT 12.5::numeric(10,2), 'x'::varchar(10), total::numeric(12,2) FROM orders",
        ("SELECT $1::numeric(10,2), $2::varchar(10), total::numeric(12,2) FROM orders",),
    ),
    Seen(
        "SELECT -1, - 2, +3, 1 - 1, id - 1, id -1, id-1, -id, (-1), 2 * -3 FROM orders",
        ("SELECT $1, $2, +$3, $4 - $5, id - $6, id -$7, id-$8, -id, ($9), $10 * $11 FROM orders",),
    ),
    Seen(
        "SELECT -1::int, - -1, (id) -1, tags[1] -1 FROM orders",
        ("SELECT -$1::int, $21, (id) -$3, tags[$4] -$5 FROM orders",),
    ),
    Seen(
        "SELECT CASE WHEN id = -1 THEN -2 WHEN id > 3 THEN 4 ELSE -5 END -1 FROM orders",
        ("SELECT CASE WHEN id = $1 THEN $2 WHEN id > $3 THEN $4 ELSE $5 END -$6 FROM orders",),
    ),
    Seen(
        "SELECT * FROM orders WHERE id=-1 AND total>=-1.5 OR id<>-2",
        ("SELECT * FROM orders WHERE id=$1 AND total>=$2 OR id<>$3",),
    ),
    Seen(
        "SELECT 0x1F, 0b101, 0o17, 1_000_000, 1.5e-3, .5, 5., 1e10",
        ("SELECT $1, $2, $3, $4, $5, $6, $7, $8",),
    ),
    Seen(
        "SELECT E'it\\'s', 'it''s', U&'d\\0061t', B'101', X'1F', N'abc', $$dollar$$, $tag$a $$ b$tag$",
        ("SELECT $1, $2, $3, $4, $5, N$6, $7, $8",),
    ),
    Seen("SELECT U&'d!0061t' UESCAPE '!'", ("SELECT $1 UESCAPE '!'",)),
    Seen("SELECT 'a'\n'b'", ("SELECT $1",)),
    Seen(
        "SELECT data->'a'->>'b', data #> '{a,b}', data #>> '{a}' FROM orders WHERE data @> '{\"a\":1}' AND data ? 'k' AND data ?| array['a','b'] AND data ?& array['c']",
        (
            "SELECT data->$1->>$2, data #> $3, data #>> $4 FROM orders WHERE data @> $5 AND data ? $6 AND data ?| array[$7,$8] AND data ?& array[$9]",
            "SELECT data->$1->>$2, data #> $3, data #>> $4 FROM orders WHERE data @> $5 AND data ? $6 AND data ?| array[$7 /*, ... */] AND data ?& array[$8]",
        ),
    ),
    Seen(
        "SELECT data->0, data->-1, data - 'a', data || '{\"b\":2}' FROM orders",
        ("SELECT data->$1, data->$2, data - $3, data || $4 FROM orders",),
    ),
    Seen(
        "SELECT data @? '$.a[*] ? (@ > 2)', data @@ '$.a > 1' FROM orders",
        ("SELECT data @? $1, data @@ $2 FROM orders",),
    ),
    Seen(
        "SELECT jsonb_path_query(data, '$.x') FROM orders WHERE data['a'] = '1'",
        ("SELECT jsonb_path_query(data, $1) FROM orders WHERE data[$2] = $3",),
    ),
    Seen(
        "SELECT * FROM orders WHERE note ~ '^a' OR note !~* 'b' OR note ILIKE '%c%' ESCAPE '!' OR note SIMILAR TO 'x'",
        (
            "SELECT * FROM orders WHERE note ~ $1 OR note !~* $2 OR note ILIKE $3 ESCAPE $4 OR note SIMILAR TO $5",
        ),
    ),
    Seen(
        "SELECT true, false, NULL, NOT true, paid IS TRUE, paid IS NOT FALSE, paid IS UNKNOWN, NULL::text FROM orders",
        (
            "SELECT $1, $2, $3, NOT $4, paid IS TRUE, paid IS NOT FALSE, paid IS UNKNOWN, $5::text FROM orders",
        ),
    ),
    Seen(
        "SELECT * FROM orders WHERE paid = true AND note IS DISTINCT FROM NULL",
        ("SELECT * FROM orders WHERE paid = $1 AND note IS DISTINCT FROM NULL",),
    ),
    Seen(
        "SELECT c.name, x.n FROM customers c LEFT JOIN LATERAL (SELECT count(*) AS n FROM orders o WHERE o.customer_id = c.id LIMIT 5) x ON true",
        (
            "SELECT c.name, x.n FROM customers c LEFT JOIN LATERAL (SELECT count(*) AS n FROM orders o WHERE o.customer_id = c.id LIMIT $1) x ON $2",
        ),
    ),
    Seen(
        "WITH recent AS (SELECT * FROM orders WHERE id > 100), top AS MATERIALIZED (SELECT customer_id, sum(total) s FROM recent GROUP BY 1 HAVING sum(total) > 1000) SELECT * FROM top ORDER BY 2 DESC FETCH FIRST 10 ROWS ONLY",
        (
            "WITH recent AS (SELECT * FROM orders WHERE id > $1), top AS MATERIALIZED (SELECT customer_id, sum(total) s FROM recent GROUP BY 1 HAVING sum(total) > $2) SELECT * FROM top ORDER BY 2 DESC FETCH FIRST $3 ROWS ONLY",
        ),
    ),
    Seen(
        "WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 100) SELECT sum(n) FROM t",
        (
            "WITH RECURSIVE t(n) AS (VALUES ($1) UNION ALL SELECT n + $2 FROM t WHERE n < $3) SELECT sum(n) FROM t",
        ),
    ),
    Seen(
        "WITH del AS (DELETE FROM line WHERE a = 5 RETURNING *) INSERT INTO line SELECT * FROM del",
        (
            "WITH del AS (DELETE FROM line WHERE a = $1 RETURNING *) INSERT INTO line SELECT * FROM del",
        ),
    ),
    Seen("VALUES (1, 'a'), (2, 'b')", ("VALUES ($1, $2), ($3, $4)",)),
    Seen(
        "SELECT * FROM (VALUES (1, 'one'), (2, 'two')) AS v (n, s)",
        ("SELECT * FROM (VALUES ($1, $2), ($3, $4)) AS v (n, s)",),
    ),
    Seen(
        "SELECT rank() OVER (PARTITION BY customer_id ORDER BY total DESC ROWS BETWEEN 3 PRECEDING AND CURRENT ROW), lag(total, 1, 0) OVER w FROM orders WINDOW w AS (ORDER BY id)",
        (
            "SELECT rank() OVER (PARTITION BY customer_id ORDER BY total DESC ROWS BETWEEN $1 PRECEDING AND CURRENT ROW), lag(total, $2, $3) OVER w FROM orders WINDOW w AS (ORDER BY id)",
        ),
    ),
    Seen(
        "SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY total), count(*) FILTER (WHERE paid = false) FROM orders",
        (
            "SELECT percentile_cont($1) WITHIN GROUP (ORDER BY total), count(*) FILTER (WHERE paid = $2) FROM orders",
        ),
    ),
    Seen(
        "SELECT coalesce(note, 'n/a'), f2(1, 2), greatest(1, 2, 3), substring(note from 1 for 3), extract(epoch from created_at), trim(both 'x' from note), position('a' in note) FROM orders",
        (
            "SELECT coalesce(note, $1), f2($2, $3), greatest($4, $5, $6), substring(note from $7 for $8), extract($9 from created_at), trim(both $10 from note), position($11 in note) FROM orders",
        ),
    ),
    Seen(
        'SELECT "Orders"."order", "Mixed Case", "id" FROM "Orders" WHERE "Orders".id = 1',
        ('SELECT "Orders"."order", "Mixed Case", "id" FROM "Orders" WHERE "Orders".id = $1',),
    ),
    Seen(
        'SELECT "orders"."id" FROM "orders" WHERE ORDERS.ID = 1',
        ('SELECT "orders"."id" FROM "orders" WHERE ORDERS.ID = $1',),
    ),
    Seen(
        "SELECT /* app:web, action:'x' */ id FROM orders -- trailing 'comment\nWHERE id = 1 /* nested /* deep */ end */",
        (
            "SELECT /* app:web, action:'x' */ id FROM orders -- trailing 'comment\nWHERE id = $1 /* nested /* deep */ end */",
        ),
    ),
    Seen(
        "/*+ SeqScan(orders) */ SELECT id FROM orders WHERE id = 9",
        (
            "/*+ SeqScan(orders) */ SELECT id FROM orders WHERE id = $1",
            "SELECT id FROM orders WHERE id = $1",
        ),
    ),
    Seen(
        "SELECT * FROM orders WHERE id = 1 UNION SELECT * FROM orders WHERE id = 2",
        ("SELECT * FROM orders WHERE id = $1 UNION SELECT * FROM orders WHERE id = $2",),
    ),
    Seen(
        "SELECT * FROM orders WHERE EXISTS (SELECT 1 FROM customers c WHERE c.id = customer_id AND c.region IN (1,2))",
        (
            "SELECT * FROM orders WHERE EXISTS (SELECT $1 FROM customers c WHERE c.id = customer_id AND c.region IN ($2,$3))",
            "SELECT * FROM orders WHERE EXISTS (SELECT $1 FROM customers c WHERE c.id = customer_id AND c.region IN ($2 /*, ... */))",
        ),
    ),
    Seen(
        "SELECT * FROM generate_series(1, 10, 2) g WHERE g % 2 = 0",
        ("SELECT * FROM generate_series($1, $2, $3) g WHERE g % $4 = $5",),
    ),
    Seen(
        "SELECT * FROM orders TABLESAMPLE BERNOULLI (10) REPEATABLE (3)",
        ("SELECT * FROM orders TABLESAMPLE BERNOULLI ($1) REPEATABLE ($2)",),
    ),
    Seen(
        "SELECT * FROM orders WHERE id = 5 FOR UPDATE SKIP LOCKED",
        ("SELECT * FROM orders WHERE id = $1 FOR UPDATE SKIP LOCKED",),
    ),
    Seen(
        "SELECT string_agg(note, ', ' ORDER BY id) FROM orders GROUP BY GROUPING SETS ((status), (day), ())",
        (
            "SELECT string_agg(note, $1 ORDER BY id) FROM orders GROUP BY GROUPING SETS ((status), (day), ())",
        ),
    ),
    Seen("SELECT row(1, 'a'), (1, 2) = (3, 4)", ("SELECT row($1, $2), ($3, $4) = ($5, $6)",)),
    Seen(
        "SELECT f2(a => 1, b => 2), f2(a := 3, b := 4)",
        ("SELECT f2(a => $1, b => $2), f2(a := $3, b := $4)",),
    ),
    Seen(
        "SELECT x.v FROM unnest('{1,2}'::int[], ARRAY['a','b']) WITH ORDINALITY AS x(v, w, n)",
        (
            "SELECT x.v FROM unnest($1::int[], ARRAY[$2,$3]) WITH ORDINALITY AS x(v, w, n)",
            "SELECT x.v FROM unnest($1::int[], ARRAY[$2 /*, ... */]) WITH ORDINALITY AS x(v, w, n)",
        ),
    ),
    Seen("SELECT 1 AS one, 'a' \"B\", 2 two", ('SELECT $1 AS one, $2 "B", $3 two',)),
    Seen(
        "SELECT id FROM orders WHERE status = 'x' AND id != 3 AND note <> 'y' AND id BETWEEN 1 AND -1",
        (
            "SELECT id FROM orders WHERE status = $1 AND id != $2 AND note <> $3 AND id BETWEEN $4 AND $5",
        ),
    ),
    Seen(
        "SELECT * FROM orders WHERE tags && ARRAY[1] AND tags @> '{2}' AND 3 = ANY(tags)",
        ("SELECT * FROM orders WHERE tags && ARRAY[$1] AND tags @> $2 AND $3 = ANY(tags)",),
    ),
    Seen(
        "SELECT @ -5, |/ 25.0, 5 # 3, ~ 1, 1 << 4, 2 ^ 3, 5 % -3",
        ("SELECT @ $1, |/ $2, $3 # $4, ~ $5, $6 << $7, $8 ^ $9, $10 % $11",),
    ),
    Seen(
        "SELECT count(*), current_date, current_timestamp(3), localtime FROM orders",
        ("SELECT count(*), current_date, current_timestamp(3), localtime FROM orders",),
    ),
    Seen("SELECT xmlelement(name foo, 'x')", ("SELECT xmlelement(name foo, $1)",)),
    Seen(
        "SELECT overlay('abc' placing 'x' from 1 for 2), 'abc' COLLATE \"C\" < 'd'",
        ('SELECT overlay($1 placing $2 from $3 for $4), $5 COLLATE "C" < $6',),
    ),
    Seen("CALL p(1, 'secret')", ("CALL p(1, 'secret')", "CALL p($1, $2)")),
    Seen(
        "EXPLAIN (COSTS OFF) SELECT * FROM orders WHERE id = 3",
        ("EXPLAIN (COSTS OFF) SELECT * FROM orders WHERE id = $1",),
    ),
    Seen(
        "EXPLAIN ANALYZE SELECT * FROM orders WHERE id IN (3,4)",
        (
            "EXPLAIN ANALYZE SELECT * FROM orders WHERE id IN ($1,$2)",
            "EXPLAIN ANALYZE SELECT * FROM orders WHERE id IN ($1 /*, ... */)",
        ),
    ),
    Seen(
        "CREATE TABLE t1 (a int DEFAULT 5, b varchar(20) NOT NULL, c int NULL CHECK (c > 3), d text DEFAULT 'x')",
        (
            "CREATE TABLE t1 (a int DEFAULT 5, b varchar(20) NOT NULL, c int NULL CHECK (c > 3), d text DEFAULT 'x')",
        ),
    ),
    Seen(
        "CREATE INDEX ON orders (customer_id) WHERE status = 'open'",
        ("CREATE INDEX ON orders (customer_id) WHERE status = 'open'",),
    ),
    Seen(
        "CREATE INDEX i1 ON orders (lower(note)) WITH (fillfactor = 70)",
        ("CREATE INDEX i1 ON orders (lower(note)) WITH (fillfactor = 70)",),
    ),
    Seen(
        "ALTER TABLE t1 ADD COLUMN e int DEFAULT 7", ("ALTER TABLE t1 ADD COLUMN e int DEFAULT 7",)
    ),
    Seen(
        "ALTER TABLE t1 ALTER COLUMN a SET STATISTICS 500",
        ("ALTER TABLE t1 ALTER COLUMN a SET STATISTICS 500",),
    ),
    Seen(
        "CREATE VIEW v1 AS SELECT * FROM orders WHERE status = 'open'",
        ("CREATE VIEW v1 AS SELECT * FROM orders WHERE status = 'open'",),
    ),
    Seen(
        "CREATE TABLE t2 AS SELECT * FROM orders WHERE id < 10",
        ("CREATE TABLE t2 AS SELECT * FROM orders WHERE id < $1",),
    ),
    Seen("CREATE ROLE r1 LOGIN PASSWORD 'sEcReT1'", ("CREATE ROLE r1 LOGIN PASSWORD 'sEcReT1'",)),
    Seen(
        "ALTER ROLE r1 PASSWORD 'sEcReT2' VALID UNTIL '2030-01-01'",
        ("ALTER ROLE r1 PASSWORD 'sEcReT2' VALID UNTIL '2030-01-01'",),
    ),
    Seen(
        "ALTER ROLE r1 SET work_mem = '64MB'",
        ("ALTER ROLE r1 SET work_mem = '64MB'", "ALTER ROLE r1 SET work_mem = $1"),
    ),
    Seen(
        "CREATE FUNCTION g() RETURNS int LANGUAGE plpgsql AS $fn$ BEGIN RETURN 'x'::text; END $fn$",
        (
            "CREATE FUNCTION g() RETURNS int LANGUAGE plpgsql AS $fn$ BEGIN RETURN 'x'::text; END $fn$",
        ),
    ),
    Seen("DO $$ BEGIN PERFORM 1; END $$", ("DO $$ BEGIN PERFORM 1; END $$",)),
    Seen("COMMENT ON TABLE orders IS 'all orders'", ("COMMENT ON TABLE orders IS 'all orders'",)),
    Seen("SET work_mem = '64MB'", ("SET work_mem = '64MB'", "SET work_mem = $1")),
    Seen(
        "SET statement_timeout TO 5000",
        ("SET statement_timeout TO 5000", "SET statement_timeout TO $1"),
    ),
    Seen("SET enable_seqscan = off", ("SET enable_seqscan = off", "SET enable_seqscan = $1")),
    Seen(
        "SET search_path TO public, pg_catalog",
        ("SET search_path TO public, pg_catalog", "SET search_path TO $1, pg_catalog"),
    ),
    Seen("SET TIME ZONE 'UTC'", ("SET TIME ZONE 'UTC'",)),
    Seen(
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED",
        ("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED",),
    ),
    Seen(
        "SET application_name TO 'abc'",
        ("SET application_name TO 'abc'", "SET application_name TO $1"),
    ),
    Seen("SHOW work_mem", ("SHOW work_mem",)),
    Seen("RESET work_mem", ("RESET work_mem",)),
    Seen("BEGIN", ("BEGIN",)),
    Seen(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",),
    ),
    Seen("SAVEPOINT sp_17", ("SAVEPOINT sp_17", "SAVEPOINT $1")),
    Seen("RELEASE SAVEPOINT sp_17", ("RELEASE SAVEPOINT sp_17", "RELEASE SAVEPOINT $1")),
    Seen("SAVEPOINT sp_18", ("SAVEPOINT sp_18", "SAVEPOINT $1")),
    Seen(
        "ROLLBACK TO SAVEPOINT sp_18", ("ROLLBACK TO SAVEPOINT sp_18", "ROLLBACK TO SAVEPOINT $1")
    ),
    Seen(
        "DECLARE c1 CURSOR FOR SELECT * FROM orders WHERE id > 3",
        ("DECLARE c1 CURSOR FOR SELECT * FROM orders WHERE id > $1",),
    ),
    Seen("FETCH 10 FROM c1", ("FETCH 10 FROM c1",)),
    Seen("FETCH FORWARD 5 FROM c1", ("FETCH FORWARD 5 FROM c1",)),
    Seen("MOVE 3 IN c1", ("MOVE 3 IN c1",)),
    Seen("CLOSE c1", ("CLOSE c1",)),
    Seen("COMMIT", ("COMMIT",)),
    Seen("VACUUM (ANALYZE, PARALLEL 0) orders", ("VACUUM (ANALYZE, PARALLEL 0) orders",)),
    Seen("ANALYZE orders (id, status)", ("ANALYZE orders (id, status)",)),
    Seen("TRUNCATE line", ("TRUNCATE line",)),
    Seen(
        "COPY (SELECT * FROM orders WHERE id = 12) TO '/dev/null' WITH (FORMAT csv, DELIMITER '|')",
        (
            "COPY (SELECT * FROM orders WHERE id = 12) TO '/dev/null' WITH (FORMAT csv, DELIMITER '|')",
        ),
    ),
    Seen("LISTEN chan", ("LISTEN chan",)),
    Seen("NOTIFY chan, 'payload'", ("NOTIFY chan, 'payload'",)),
    Seen("GRANT SELECT ON orders TO r1", ("GRANT SELECT ON orders TO r1",)),
    Seen("DROP TABLE IF EXISTS t1, t2", ("DROP TABLE IF EXISTS t1, t2",)),
    Seen("REINDEX TABLE orders", ("REINDEX TABLE orders",)),
    Seen("CHECKPOINT", ("CHECKPOINT",)),
    Seen("DISCARD ALL", ("DISCARD ALL",)),
    Seen("DEALLOCATE ps1", ("DEALLOCATE $1",)),
)

MYSQL: Final = (
    Seen("SELECT 1", ("SELECT ?",)),
    Seen("select * from Orders where id = 42", ("SELECT * FROM `Orders` WHERE `id` = ?",)),
    Seen(
        "SELECT o.id FROM lab.orders o WHERE o.status='open' LIMIT 10, 20",
        ("SELECT `o` . `id` FROM `lab` . `orders` `o` WHERE `o` . `status` = ? LIMIT ?, ...",),
    ),
    Seen("SELECT * FROM orders LIMIT 5", ("SELECT * FROM `orders` LIMIT ?",)),
    Seen(
        "SELECT * FROM orders WHERE id IN (1,2,3)", ("SELECT * FROM `orders` WHERE `id` IN (...)",)
    ),
    Seen("SELECT * FROM orders WHERE id IN (1)", ("SELECT * FROM `orders` WHERE `id` IN (...)",)),
    Seen(
        "SELECT * FROM orders WHERE id IN (1,x,3,4)",
        ("SELECT * FROM `orders` WHERE `id` IN ( ? , `x` , ?, ... )",),
    ),
    Seen(
        "SELECT * FROM orders WHERE (a,b) IN ((1,2),(3,4))",
        ("SELECT * FROM `orders` WHERE ( `a` , `b` ) IN ( (...) /* , ... */ )",),
    ),
    Seen(
        "INSERT INTO t (a,b) VALUES (1,'x'),(2,'y')",
        ("INSERT INTO `t` ( `a` , `b` ) VALUES (...) /* , ... */",),
    ),
    Seen("INSERT INTO t (a,b) VALUES (1,'x')", ("INSERT INTO `t` ( `a` , `b` ) VALUES (...)",)),
    Seen("INSERT INTO t (a) VALUES (1),(2)", ("INSERT INTO `t` ( `a` ) VALUES (?) /* , ... */",)),
    Seen(
        "INSERT INTO t VALUES (1, now(), 3, 4),(2, now(), 3, 4)",
        ("INSERT INTO `t` VALUES ( ? , NOW ( ) , ?, ... ) , ( ? , NOW ( ) , ?, ... )",),
    ),
    Seen(
        "INSERT INTO t VALUES (DEFAULT, 1, NULL)", ("INSERT INTO `t` VALUES ( DEFAULT , ?, ... )",)
    ),
    Seen(
        "INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a) + 1",
        ("INSERT INTO `t` ( `a` ) VALUES (?) ON DUPLICATE KEY UPDATE `a` = VALUES ( `a` ) + ?",),
    ),
    Seen("REPLACE INTO t SET a = 1, b = 'x'", ("REPLACE INTO `t` SET `a` = ? , `b` = ?",)),
    Seen(
        "SELECT true, false, NULL, a IS NULL, b IS NOT TRUE, c = NULL FROM t",
        ("SELECT TRUE , FALSE , ? , `a` IS NULL , `b` IS NOT TRUE , `c` = ? FROM `t`",),
    ),
    Seen(
        "SELECT -1, +2, - 3, a -1, a-1, -a, 2 * -3, a = -1 FROM t",
        ("SELECT ?, ... , `a` - ? , `a` - ? , - `a` , ? * ? , `a` = ? FROM `t`",),
    ),
    Seen(
        "SELECT round(1.5, 2), f(a, 1, 2), concat('a', b, 'c'), f(1)",
        ("SELECT `round` (...) , `f` ( `a` , ?, ... ) , `concat` ( ? , `b` , ? ) , `f` (?)",),
    ),
    Seen(
        "SELECT DATE '2024-01-01', TIMESTAMP'2024-01-01 00:00:00', NOW() - INTERVAL 1 DAY, DATE_ADD(a, INTERVAL -5 MINUTE) FROM t",
        (
            "SELECT DATE ? , TIMESTAMP ? , NOW ( ) - INTERVAL ? SQL_TSI_DAY , DATE_ADD ( `a` , INTERVAL ? SQL_TSI_MINUTE ) FROM `t`",
        ),
    ),
    Seen(
        "SELECT /*+ MAX_EXECUTION_TIME(1000) */ * FROM t /* c */ WHERE a = 1 -- x",
        ("SELECT /*+ MAX_EXECUTION_TIME (?) */ * FROM `t` WHERE `a` = ?",),
    ),
    Seen("SELECT /*!80000 STRAIGHT_JOIN */ a FROM t # c", ("SELECT STRAIGHT_JOIN `a` FROM `t`",)),
    Seen("SELECT @a, @@global.sql_mode, @b := 3", ("SELECT @? , @@GLOBAL . `sql_mode` , @? := ?",)),
    Seen(
        "SELECT a != 1, b <> 2, a && b, a || b, !a, NOT a, a <=> NULL, a DIV 2, a MOD 3, a % 4 FROM t",
        (
            "SELECT `a` != ? , `b` != ? , `a` && `b` , `a` || `b` , ! `a` , NOT `a` , `a` <=> ? , `a` DIV ? , `a` MOD ? , `a` % ? FROM `t`",
        ),
    ),
    Seen("SELECT doc->'$.a', doc->>'$.b' FROM t", ("SELECT `doc` -> ? , `doc` ->> ? FROM `t`",)),
    Seen(
        "SELECT substr(a,1,2), substring(a,1), schema(), database(), curdate(), current_date(), now(), current_timestamp, std(a), count(*), count(distinct a), mid(a,1,2), user(), char_length(a), character_length(a) FROM t",
        (
            "SELECT SUBSTRING ( `a` , ?, ... ) , SUBSTRING ( `a` , ? ) , SCHEMA ( ) , SCHEMA ( ) , CURDATE ( ) , CURDATE ( ) , NOW ( ) , NOW , STDDEV_POP ( `a` ) , COUNT ( * ) , COUNT ( DISTINCTROW `a` ) , SUBSTRING ( `a` , ?, ... ) , SYSTEM_USER ( ) , `char_length` ( `a` ) , `character_length` ( `a` ) FROM `t`",
        ),
    ),
    Seen(
        "SELECT `order`, `Status`, status, Name, `weird name` FROM `Orders` WHERE Status = 'x'",
        (
            "SELECT `order` , `Status` , STATUS , NAME , `weird name` FROM `Orders` WHERE STATUS = ?",
        ),
    ),
    Seen(
        "SELECT a FROM t1 x JOIN t2 y USING (id) LEFT OUTER JOIN t3 ON t3.a = 1 CROSS JOIN t4",
        (
            "SELECT `a` FROM `t1` `x` JOIN `t2` `y` USING ( `id` ) LEFT OUTER JOIN `t3` ON `t3` . `a` = ? CROSS JOIN `t4`",
        ),
    ),
    Seen(
        "UPDATE t SET a = 1, b = NULL, c = DEFAULT WHERE id = 5 ORDER BY id LIMIT 1",
        ("UPDATE `t` SET `a` = ? , `b` = ? , `c` = DEFAULT WHERE `id` = ? ORDER BY `id` LIMIT ?",),
    ),
    Seen(
        "DELETE FROM t WHERE a BETWEEN 1 AND 2 OR b LIKE 'x%' ESCAPE '!' OR c REGEXP 'a' OR d RLIKE 'b'",
        (
            "DELETE FROM `t` WHERE `a` BETWEEN ? AND ? OR `b` LIKE ? ESCAPE ? OR `c` RLIKE ? OR `d` RLIKE ?",
        ),
    ),
    Seen(
        "WITH x AS (SELECT 1 a) SELECT * FROM x",
        ("WITH `x` AS ( SELECT ? `a` ) SELECT * FROM `x`",),
    ),
    Seen(
        "SELECT a, rank() OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t",
        (
            "SELECT `a` , RANK ( ) OVER ( PARTITION BY `b` ORDER BY `c` ROWS BETWEEN ? PRECEDING AND CURRENT ROW ) FROM `t`",
        ),
    ),
    Seen(
        "SELECT CASE WHEN a = 1 THEN -1 ELSE 'x' END, IF(a, 1, 2), CAST(a AS SIGNED), CAST('1' AS DECIMAL(10,2)), CONVERT(a, CHAR(10)) FROM t",
        (
            "SELECT CASE WHEN `a` = ? THEN ? ELSE ? END , IF ( `a` , ?, ... ) , CAST ( `a` AS SIGNED ) , CAST ( ? AS DECIMAL (...) ) , CONVERT ( `a` , CHARACTER (?) ) FROM `t`",
        ),
    ),
    Seen("CALL p(1, 'secret')", ("CALL `p` (...)",)),
    Seen("SET autocommit = 0", ("SET `autocommit` = ?",)),
    Seen("SET SESSION sql_mode = 'x', @a = 5", ("SET SESSION `sql_mode` = ? , @? = ?",)),
    Seen("SET NAMES utf8mb4", ("SET NAMES `utf8mb4`",)),
    Seen(
        "CREATE TABLE t9 (id int(11) NOT NULL DEFAULT 0, b varchar(20) COMMENT 'x', c integer, d dec(3,2), e character varying(10))",
        (
            "CREATE TABLE `t9` ( `id` INTEGER (?) NOT NULL DEFAULT ? , `b` VARCHARACTER (?) COMMENT ? , `c` INTEGER , `d` DECIMAL (...) , `e` CHARACTER VARYING (?) )",
        ),
    ),
    Seen("CREATE USER u IDENTIFIED BY 'pw'", ("CREATE SYSTEM_USER `u` IDENTIFIED BY ?",)),
    Seen("ALTER USER u IDENTIFIED BY 'pw'", ("ALTER SYSTEM_USER `u` IDENTIFIED BY ?",)),
    Seen("SHOW TABLES LIKE 'x%'", ("SHOW TABLES LIKE ?",)),
    Seen("EXPLAIN SELECT 1", ("EXPLAIN SELECT ?",)),
    Seen("SAVEPOINT sp1", ("SAVEPOINT `sp1`",)),
    Seen("ROLLBACK TO SAVEPOINT sp1", ("ROLLBACK TO SAVEPOINT `sp1`",)),
    Seen("START TRANSACTION", ("START TRANSACTION",)),
    Seen("SELECT * FROM t FOR UPDATE", ("SELECT * FROM `t` FOR UPDATE",)),
    Seen("SELECT * FROM t LOCK IN SHARE MODE", ("SELECT * FROM `t` LOCK IN SHARE MODE",)),
    Seen("SELECT 1,2,3", ("SELECT ?, ...",)),
    Seen("SELECT (1), (1,2), ((3))", ("SELECT (?) , (...) , ( (?) )",)),
    Seen(
        "SELECT * FROM t WHERE a = 1 GROUP BY 1 HAVING count(*) > 3 ORDER BY 2, 3 DESC",
        ("SELECT * FROM `t` WHERE `a` = ? GROUP BY 1 HAVING COUNT ( * ) > ? ORDER BY 2 , 3 DESC",),
    ),
    Seen("SELECT * FROM t LIMIT 10 OFFSET 5", ("SELECT * FROM `t` LIMIT ? OFFSET ?",)),
    Seen(
        "SELECT GROUP_CONCAT(a ORDER BY b SEPARATOR ',') FROM t",
        ("SELECT GROUP_CONCAT ( `a` ORDER BY `b` SEPARATOR ? ) FROM `t`",),
    ),
    Seen(
        "SELECT EXTRACT(YEAR FROM a), TRIM(BOTH 'x' FROM a), POSITION('a' IN b), DATE_FORMAT(a, '%Y') FROM t",
        (
            "SELECT EXTRACT ( YEAR FROM `a` ) , TRIM ( BOTH ? FROM `a` ) , POSITION ( ? IN `b` ) , `DATE_FORMAT` ( `a` , ? ) FROM `t`",
        ),
    ),
    Seen(
        "SELECT MATCH (a,b) AGAINST ('x' IN BOOLEAN MODE) FROM t",
        ("SELECT MATCH ( `a` , `b` ) AGAINST ( ? IN BOOLEAN MODE ) FROM `t`",),
    ),
    Seen("SELECT * FROM t WHERE a IN (SELECT 1)", ("SELECT * FROM `t` WHERE `a` IN ( SELECT ? )",)),
    Seen(
        "SELECT * FROM t1, t2 AS x WHERE t1.a = x.a AND t1.b COLLATE utf8mb4_bin = 'x'",
        (
            "SELECT * FROM `t1` , `t2` AS `x` WHERE `t1` . `a` = `x` . `a` AND `t1` . `b` COLLATE `utf8mb4_bin` = ?",
        ),
    ),
    Seen("TRUNCATE TABLE t", ("TRUNCATE TABLE `t`",)),
    Seen("LOAD DATA INFILE '/x' INTO TABLE t", ("LOAD DATA INFILE ? INTO TABLE `t`",)),
    Seen("SELECT ROW(1,2) = ROW(3,4)", ("SELECT ROW (...) = ROW (...)",)),
    Seen(
        "SELECT TIMESTAMPDIFF(SECOND, a, NOW()), TIMESTAMPADD(MINUTE, 1, a)",
        (
            "SELECT TIMESTAMPDIFF ( SQL_TSI_SECOND , `a` , NOW ( ) ) , TIMESTAMPADD ( SQL_TSI_MINUTE , ? , `a` )",
        ),
    ),
    Seen("SELECT 1 UNION ALL SELECT 2", ("SELECT ? UNION ALL SELECT ?",)),
    Seen(
        "SELECT * FROM t WHERE a='it''s' OR b='it\\'s' OR c=\"a\\\"b\"",
        ("SELECT * FROM `t` WHERE `a` = ? OR `b` = ? OR `c` = ?",),
    ),
    Seen(
        "SELECT * FROM (VALUES ROW(1,2), ROW(3,4)) v",
        ("SELECT * FROM ( VALUES ROW (...) , ROW (...) ) `v`",),
    ),
    Seen("INSERT INTO t VALUES (1,-2),(-3,4)", ("INSERT INTO `t` VALUES (...) /* , ... */",)),
)

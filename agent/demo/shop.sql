-- A small web shop with mistakes that real shops make.
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    country text NOT NULL
);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
    status text NOT NULL,
    total numeric(10, 2) NOT NULL,
    created_at timestamptz NOT NULL,
    note text NOT NULL DEFAULT ''
);
CREATE TABLE order_items (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    sku text NOT NULL,
    quantity integer NOT NULL
);
CREATE TABLE carts (
    id bigint PRIMARY KEY,
    items integer NOT NULL,
    touched_at timestamptz NOT NULL
) WITH (autovacuum_enabled = false);
CREATE TABLE audit_log (at timestamptz NOT NULL, what text NOT NULL);

INSERT INTO customers (email, country)
SELECT 'customer' || n || '@shop.example', (ARRAY['DE', 'FR', 'IN', 'US', 'BR'])[1 + n % 5]
  FROM generate_series(1, 20000) n;
INSERT INTO orders (customer_id, status, total, created_at, note)
SELECT 1 + n * 7919 % 20000,
       CASE WHEN n % 50 = 0 THEN 'open' ELSE 'done' END,
       n % 500,
       now() - n * interval '1 minute',
       repeat('n', 60)
  FROM generate_series(1, 250000) n;
INSERT INTO order_items (order_id, sku, quantity)
SELECT 1 + n * 3 % 250000, 'sku-' || n % 5000, 1 + n % 4
  FROM generate_series(1, 250000) n;
INSERT INTO carts SELECT n, 0, now() FROM generate_series(1, 30000) n;
INSERT INTO audit_log SELECT now(), 'order ' || n || ' shipped' FROM generate_series(1, 60000) n;

CREATE INDEX order_items_order_id_idx ON order_items (order_id);
CREATE INDEX orders_created_at_idx ON orders (created_at);
CREATE INDEX orders_created_idx ON orders (created_at);
CREATE INDEX customers_country_idx ON customers (country);
CREATE INDEX customers_country_email_idx ON customers (country, email);
SELECT setval(pg_get_serial_sequence('order_items', 'id'), 2040000000);
VACUUM ANALYZE customers, orders, order_items, audit_log;

"""Clients of the shop: each does one thing again and again until told to stop."""

from __future__ import annotations

import contextlib
import logging
import random
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import psycopg

log = logging.getLogger(__name__)

_Connection = psycopg.Connection[Any]
_CUSTOMERS, _CARTS = 20_000, 30_000
# Not for secrets: the same shop each time.
_random = random.Random(7)  # noqa: S311


def latest_orders(shop: _Connection) -> None:
    """The page everybody looks at; nothing helps to find a customer's orders."""
    shop.execute(
        "SELECT id, status, total FROM orders WHERE customer_id = %s AND status = %s "
        "ORDER BY created_at DESC LIMIT 20",
        (_random.randrange(_CUSTOMERS), "done"),
    )


def order_list(shop: _Connection) -> None:
    """One query for the list, then one more for each line of it."""
    listed = shop.execute("SELECT id FROM orders ORDER BY created_at DESC LIMIT 40").fetchall()
    for (order,) in listed:
        shop.execute("SELECT sku, quantity FROM order_items WHERE order_id = %s", (order,))


def report(shop: _Connection) -> None:
    """A sort that does not fit in work_mem."""
    shop.execute(
        "SELECT sku, order_id, row_number() OVER (PARTITION BY sku ORDER BY order_id, quantity) "
        "FROM order_items ORDER BY quantity, sku DESC, order_id OFFSET 249999"
    )


def touch_carts(shop: _Connection) -> None:
    """Updates of a table that autovacuum is told to leave alone."""
    first = _random.randrange(_CARTS - 500)
    shop.execute(
        "UPDATE carts SET items = items + 1, touched_at = now() WHERE id BETWEEN %s AND %s",
        (first, first + 500),
    )


def forget_customer(shop: _Connection) -> None:
    """Each delete looks through all orders for rows of the customer."""
    shop.execute("DELETE FROM customers WHERE id = %s", (_random.randrange(_CUSTOMERS),))


def change_note(shop: _Connection) -> None:
    """A customer's click that meets the row which somebody left locked."""
    shop.execute("UPDATE orders SET note = 'clicked' WHERE id = 1")


def migrate(shop: _Connection) -> None:
    """A migration that queues behind the lock, with every new reader behind it."""
    shop.execute("ALTER TABLE audit_log ADD COLUMN IF NOT EXISTS who text")


def read_log(shop: _Connection) -> None:
    """A reader stuck behind the migration."""
    shop.execute("SELECT count(*) FROM audit_log")


# What runs, how many at once, and the pause between two rounds in seconds.
CLIENTS: tuple[tuple[Callable[[_Connection], None], int, float], ...] = (
    (latest_orders, 2, 0.03),
    (order_list, 1, 0.05),
    (report, 1, 4.0),
    (touch_carts, 1, 0.1),
    (forget_customer, 1, 1.0),
    (change_note, 2, 1.0),
    (migrate, 1, 1.0),
    (read_log, 2, 1.0),
)


class Workload:
    """Runs while its context lasts; every client is ended with it."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._connections: list[_Connection] = []

    def __enter__(self) -> Self:
        self._forget_to_commit()
        for work, count, pause in CLIENTS:
            for _ in range(count):
                shop = self._connect("shop-web", autocommit=True)
                thread = threading.Thread(
                    target=self._client, args=(shop, work, pause), daemon=True
                )
                thread.start()
                self._threads.append(thread)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for shop in self._connections:
            with contextlib.suppress(psycopg.Error):
                shop.cancel_safe(timeout=2)
        for thread in self._threads:
            thread.join(3)
        for shop in self._connections:
            shop.close()

    def _connect(self, application: str, *, autocommit: bool) -> _Connection:
        shop = psycopg.connect(self._dsn, application_name=application, autocommit=autocommit)
        self._connections.append(shop)
        return shop

    def _forget_to_commit(self) -> None:
        """An operator's session: a change, a look at the log, and then lunch."""
        shop = self._connect("psql", autocommit=False)
        shop.execute("UPDATE orders SET note = 'checking' WHERE id = 1")
        shop.execute("SELECT count(*) FROM audit_log")

    def _client(self, shop: _Connection, work: Callable[[_Connection], None], pause: float) -> None:
        while not self._stop.wait(pause):
            try:
                work(shop)
            except psycopg.Error as error:
                if not self._stop.is_set():
                    log.debug("%s: %s", work.__name__, error)
                if shop.closed:
                    return

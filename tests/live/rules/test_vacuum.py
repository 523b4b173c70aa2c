from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import psycopg
import pytest
from psycopg.rows import TupleRow

from agent.demo.server import PostgresServer
from exporters.report import TargetReport
from rules.base import Finding, Severity
from tests.live.database import Database
from tests.live.own_servers import OwnServers
from tests.live.rules.background import waiting_for_lock
from tests.live.triage import found, look

pytestmark = pytest.mark.newest

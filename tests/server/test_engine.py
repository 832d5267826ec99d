"""Connections to PostgreSQL, whoever opens them."""

from __future__ import annotations

import asyncio

from sync.server.store.engine import connect_session, make_engine

NOTICING = {
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}


def test_every_connection_notices_that_the_other_machine_vanished(postgres_url: str) -> None:
    engine = make_engine(postgres_url)

    async def of_its_own() -> dict[str, str]:
        async with await connect_session(engine) as session:
            return session.info.get_parameters()

    with engine.connect() as pooled:
        driver = pooled.connection.driver_connection
        assert driver is not None
        assert driver.info.get_parameters().items() >= NOTICING.items()
    assert asyncio.run(of_its_own()).items() >= NOTICING.items()
    engine.dispose()

"""Joins of tables by columns that are named alike."""

from __future__ import annotations

import sqlalchemy as sa


def outer(left: sa.FromClause, right: sa.FromClause, *names: str) -> sa.FromClause:
    """All rows of `left`, with those of `right` that have the same in these columns."""
    return left.outerjoin(right, sa.and_(*(left.c[name] == right.c[name] for name in names)))

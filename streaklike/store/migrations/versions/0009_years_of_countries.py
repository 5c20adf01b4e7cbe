"""The years of Taiwan's work calendar, so that no process need compute them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from streaklike.instants import now_instant, to_datetime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FIRST_YEAR = 2004  # Gmail has no older mail of its own
COUNTRY = "TW"


def upgrade() -> None:
    table = op.create_table(
        "country_year",
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("days", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("country", "year", name=op.f("pk_country_year")),
    )
    years = range(FIRST_YEAR, to_datetime(now_instant()).year + 4)
    op.bulk_insert(table, [{"country": COUNTRY, "year": year, "days": find_days(year)} for year in years])


def find_days(year: int) -> dict[str, list[str]]:
    from datetime import date, timedelta

    import holidays

    known = holidays.country_holidays(COUNTRY, years=year)
    days = [date(year, 1, 1) + timedelta(days=number) for number in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    odd = [day for day in days if known.is_working_day(day) == (day.weekday() >= 5)]
    return {
        "off": [str(day) for day in odd if day.weekday() < 5],
        "on": [str(day) for day in odd if day.weekday() >= 5],
    }


def downgrade() -> None:
    op.drop_table("country_year")

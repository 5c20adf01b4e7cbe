"""Addresses that the team marked as a website form's sender (R53), stored as a setting."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.store.models import Setting

SETTING: Final = "form_addresses"


def load_form_addresses(session: Session) -> frozenset[str]:
    """Return the keys of the form addresses (R1)."""
    value = session.scalar(select(Setting.value).where(Setting.name == SETTING)) or {}
    return frozenset(value.get("keys", ()))


def save_form_addresses(session: Session, keys: Iterable[str]) -> None:
    """Replace the stored form addresses."""
    session.merge(Setting(name=SETTING, value={"keys": sorted(keys)}))
    session.flush()

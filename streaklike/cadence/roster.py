"""Who of us is who: loaded once per refresh, since a team is small."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.cadence.fetching import fetch
from streaklike.store.models import Address, TeamAddress, User


@dataclass(frozen=True, slots=True)
class Roster:
    """The team: user ids by the id of their addresses, and by their sign-in email; emails by user id."""

    by_address_id: dict[int, int]
    by_email: dict[str, int]
    emails: dict[int, str]


def load_roster(session: Session) -> Roster:
    """The team as it is now."""
    addresses = fetch(
        session, select(Address.id, TeamAddress.user_id).join(TeamAddress, TeamAddress.key == Address.key)
    )
    by_address_id = {address_id: user_id for address_id, user_id in addresses}  # noqa: C416 - rows are no pairs to dict()
    emails = {user_id: email for user_id, email in fetch(session, select(User.id, User.email))}  # noqa: C416 - as above
    return Roster(by_address_id, {email: user_id for user_id, email in emails.items()}, emails)

"""Lookup of team members by address, email and id. Loaded once per refresh: a team is small."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.cadence.loading.fetching import fetch
from streaklike.store.models import Address, TeamAddress, User


@dataclass(frozen=True, slots=True)
class TeamDirectory:
    """The team: user ids by address id and by sign-in email; emails by user id."""

    by_address_id: dict[int, int]
    by_email: dict[str, int]
    emails: dict[int, str]
    disabled: dict[int, int] = field(default_factory=dict)
    """When access was disabled, by user id."""

    def with_access(self, user_id: int | None, now: int) -> int | None:
        """Return the user id if they had access at `now` by today's rows, else None (R58)."""
        if user_id is None or self.disabled.get(user_id, now + 1) <= now:
            return None
        return user_id


def load_team_directory(session: Session) -> TeamDirectory:
    """Load the team as of now."""
    addresses = fetch(
        session, select(Address.id, TeamAddress.user_id).join(TeamAddress, TeamAddress.key == Address.key)
    )
    by_address_id = {address_id: user_id for address_id, user_id in addresses}  # noqa: C416 - rows are no pairs to dict()
    users = fetch(session, select(User.id, User.email, User.disabled_at))
    return TeamDirectory(
        by_address_id,
        {email: user_id for user_id, email, _ in users},
        {user_id: email for user_id, email, _ in users},
        {user_id: disabled_at for user_id, _, disabled_at in users if disabled_at is not None},
    )

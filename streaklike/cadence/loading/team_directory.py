"""Who of us is who: loaded once per refresh, since a team is small."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.cadence.loading.fetching import fetch
from streaklike.store.models import Address, TeamAddress, User


@dataclass(frozen=True, slots=True)
class TeamDirectory:
    """The team: user ids by the id of their addresses, and by their sign-in email; emails by user id."""

    by_address_id: dict[int, int]
    by_email: dict[str, int]
    emails: dict[int, str]
    disabled: dict[int, int] = field(default_factory=dict)
    """Since when somebody has no access any more."""

    def with_access(self, user_id: int | None, now: int) -> int | None:
        """The user, where they had access at that instant as far as today's rows tell; else None (R58)."""
        if user_id is None or self.disabled.get(user_id, now + 1) <= now:
            return None
        return user_id


def load_team_directory(session: Session) -> TeamDirectory:
    """The team as it is now."""
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

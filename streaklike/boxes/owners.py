"""The owners of a box: none, one or several team members."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from streaklike.boxes.errors import OwnerHasLeft
from streaklike.people.events import record_event, user_id
from streaklike.store.models import Box, BoxOwner, Event, User


def set_owners(
    session: Session,
    box: Box,
    owners: Sequence[User],
    *,
    because: Mapping[str, str] | None = None,
    by: User | None,
    now: int,
) -> Event | None:
    """Set the box's owners in this order; the first is responsible (R58). Empty leaves it unowned.

    Returns None if nothing changes. `because` is added to the event's data. Raises OwnerHasLeft.
    """
    was = list_owner_emails(session, box)
    wanted = list(dict.fromkeys(owner.email for owner in owners))
    if wanted == was:
        return None
    # Only new owners are checked: a member who left may stay among the owners of an old box.
    check_owners([owner for owner in owners if owner.email not in was])
    write_owners(session, box, wanted)
    data = {"box": box.uid, "owners": wanted, "was": was, **(because or {})}
    return record_event(session, "owner", at=now, now=now, author_id=user_id(by), box_id=box.id, data=data)


def check_owners(owners: Iterable[User]) -> None:
    """Raise OwnerHasLeft if one of them no longer has access."""
    for owner in owners:
        if owner.disabled_at is not None:
            raise OwnerHasLeft(
                f"{owner.name} has no access any more. Nothing was changed. Choose another colleague."
            )


def list_owner_emails(session: Session, box: Box) -> list[str]:
    """List the owners' emails in order."""
    emails = session.scalars(
        select(User.email)
        .join(BoxOwner, BoxOwner.user_id == User.id)
        .where(BoxOwner.box_id == box.id)
        .order_by(BoxOwner.position, User.email)
    )
    return list(emails)


def write_owners(session: Session, box: Box, emails: Sequence[str]) -> None:
    """Replace the owners by the members with these emails, in this order, without recording an event."""
    session.execute(
        delete(BoxOwner).where(BoxOwner.box_id == box.id).execution_options(synchronize_session="fetch")
    )
    ids = dict(session.execute(select(User.email, User.id).where(User.email.in_(emails))).all())
    session.add_all(
        BoxOwner(box_id=box.id, user_id=ids[email], position=position)
        for position, email in enumerate(emails)
        if email in ids
    )
    session.flush()

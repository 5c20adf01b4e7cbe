"""Who looks after a box: one colleague or several."""

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
    """Have the box owned by exactly these colleagues, the first of whom is responsible (R58); none leaves it unowned.

    None where it is so already.

    `because` goes into the event. Raises OwnerHasLeft.
    """
    was = list_owner_emails(session, box)
    wanted = list(dict.fromkeys(owner.email for owner in owners))
    if wanted == was:
        return None
    check_owners([owner for owner in owners if owner.email not in was])
    write_owners(session, box, wanted)
    data = {"box": box.uid, "owners": wanted, "was": was, **(because or {})}
    return record_event(session, "owner", at=now, now=now, author_id=user_id(by), box_id=box.id, data=data)


def check_owners(owners: Iterable[User]) -> None:
    """Raise OwnerHasLeft where one of them has no access any more."""
    for owner in owners:
        if owner.disabled_at is not None:
            raise OwnerHasLeft(
                f"{owner.name} has no access any more. Nothing was changed. Choose another colleague."
            )


def list_owner_emails(session: Session, box: Box) -> list[str]:
    """The owners' emails, in their order."""
    emails = session.scalars(
        select(User.email)
        .join(BoxOwner, BoxOwner.user_id == User.id)
        .where(BoxOwner.box_id == box.id)
        .order_by(BoxOwner.position, User.email)
    )
    return list(emails)


def write_owners(session: Session, box: Box, emails: Sequence[str]) -> None:
    """Replace the owners by the members with these emails, in this order, without an event."""
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

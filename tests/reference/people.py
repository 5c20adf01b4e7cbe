"""Who is a contact, and since when (R9)."""

from tests.reference.history import ByHand, Mail, Moment


def contact_since(moment: Moment, person: str) -> int | None:
    """Since when the person is a contact; None for a candidate.

    We wrote to them (or invited them), or they were added by hand, or a contact was on the same human mail from outside.
    """
    circle = _circle(moment, person)
    since: dict[str, int] = {}
    for one in circle:
        ours = [mail for mail in moment.of(one, Mail) if mail.is_ours]
        wrote = [mail.at for mail in ours if mail.kind in ("human", "invitation")]
        instants = [*wrote, *(added.at for added in moment.of(one, ByHand))]
        if instants:
            since[one] = min(instants)
    changed = True
    while changed:
        changed = False
        for one in circle:
            for mail in _outside_mail(moment, one):
                for other in _people_on(mail):
                    if other in since:
                        instant = max(mail.at, since[other])
                        if instant < since.get(one, instant + 1):
                            since[one] = instant
                            changed = True
    return since.get(person)


def _outside_mail(moment: Moment, person: str) -> list[Mail]:
    return [mail for mail in moment.of(person, Mail) if not mail.is_ours and mail.kind == "human"]


def _people_on(mail: Mail) -> tuple[str, ...]:
    return (mail.sender, *mail.to, *mail.cc)


def _circle(moment: Moment, person: str) -> list[str]:
    """Everybody who is joined to the person by a chain of shared mail from outside."""
    circle = [person]
    for one in circle:
        for mail in _outside_mail(moment, one):
            circle += [other for other in _people_on(mail) if other not in circle]
    return circle

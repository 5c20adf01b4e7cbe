"""The team from the sync's point of view: members, mailboxes, and which addresses are internal (R12)."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from streaklike.mail.addresses import address_key, is_public_domain, parse_address_list
from streaklike.mail.team import Team
from streaklike.store.models import ExcludedLabel, Mailbox, TeamAddress, TeamDomain, User
from streaklike.store.writing import insert_missing
from streaklike.sync.form_addresses import load_form_addresses


class BadAddress(Exception):
    """An address or domain that cannot be used; the message says why."""


def parse_member_address(text: str) -> str:
    """Parse a member's address and lower-case it. Raises BadAddress if the text is not one address."""
    found = parse_address_list(text)
    if len(found) != 1 or "@" not in found[0].key or "." not in found[0].key.rpartition("@")[2]:
        raise BadAddress(
            f"{text!r} is no mail address. Nothing was changed. Give one such as mei@ngo.example."
        )
    return found[0].shown.strip().lower()


def ensure_user(session: Session, email: str, *, now: int, name: str = "", role: str = "member") -> User:
    """Return the member with this address, created if missing."""
    user = session.scalar(select(User).where(User.email == email))
    if user is None:
        user = User(email=email, name=name or email.partition("@")[0], role=role, created_at=now)
        session.add(user)
        session.flush()
    insert_missing(session, TeamAddress, [{"key": address_key(email), "user_id": user.id}])
    return user


def ensure_mailbox(session: Session, email: str, *, now: int, source: str = "gmail") -> Mailbox:
    """Return the mailbox of this address, created with its member if missing."""
    mailbox = session.scalar(select(Mailbox).where(Mailbox.email == email))
    if mailbox is None:
        user = ensure_user(session, email, now=now)
        mailbox = Mailbox(email=email, user_id=user.id, source=source, created_at=now)
        session.add(mailbox)
        session.flush()
    return mailbox


def list_own_keys(session: Session, mailbox_id: int) -> frozenset[str]:
    """Keys of the addresses that belong to the mailbox's owner: their own and send-as aliases (R12)."""
    mailbox = session.get_one(Mailbox, mailbox_id)
    known = session.scalars(select(TeamAddress.key).where(TeamAddress.user_id == mailbox.user_id))
    return frozenset((address_key(mailbox.email), *known))


def add_aliases(session: Session, mailbox_id: int, aliases: Iterable[str]) -> None:
    """Add addresses of the mailbox's owner. Raises BadAddress if one is invalid or another member's."""
    user_id = session.get_one(Mailbox, mailbox_id).user_id
    keys = {address_key(shown := parse_member_address(alias)): shown for alias in aliases}
    owners = session.execute(
        select(TeamAddress.key, User.email)
        .join(User, User.id == TeamAddress.user_id)
        .where(TeamAddress.key.in_(keys), TeamAddress.user_id != user_id)
    )
    for key, email in owners:
        raise BadAddress(
            f"{keys[key]} is an address of {email} and can be no alias of another member. Nothing was imported. "
            f"Is the file theirs? Then import it with --mailbox {email}."
        )
    insert_missing(session, TeamAddress, [{"key": key, "user_id": user_id} for key in sorted(keys)])


def check_team_domains(domains: Iterable[str]) -> None:
    """Raise BadAddress if a public mail domain is configured as the team's (R12)."""
    for domain in domains:
        if is_public_domain(domain):
            raise BadAddress(
                f"{domain} is a public mail service and can never be the team's domain: everybody there would count as a "
                "colleague. Take it out of STREAKLIKE_TEAM_DOMAINS; members at it are known by their own addresses."
            )


def effective_domains(session: Session, configured: Sequence[str]) -> frozenset[str]:
    """The team's domains: those configured, else the non-public domains of the members' addresses."""
    if configured:
        return frozenset(configured)
    keys = map(address_key, session.scalars(select(User.email)))
    return frozenset(domain for key in keys if not is_public_domain(domain := key.rpartition("@")[2]))


def save_domains(session: Session, domains: frozenset[str]) -> bool:
    """Store these as the team's domains. Returns whether anything changed."""
    kept = frozenset(session.scalars(select(TeamDomain.domain)))
    if kept == domains:
        return False
    session.execute(delete(TeamDomain).where(TeamDomain.domain.in_(kept - domains)))
    insert_missing(session, TeamDomain, [{"domain": domain} for domain in sorted(domains - kept)])
    return True


def load_team(session: Session) -> Team:
    """Load which addresses and domains are internal, as stored."""
    return Team(
        addresses=frozenset(session.scalars(select(TeamAddress.key))),
        domains=frozenset(session.scalars(select(TeamDomain.domain))),
        forms=load_form_addresses(session),
    )


def load_excluded(session: Session, mailbox_id: int) -> frozenset[str]:
    """Return the ids of the labels that the mailbox's member excludes (R11)."""
    return frozenset(
        session.scalars(select(ExcludedLabel.label_id).where(ExcludedLabel.mailbox_id == mailbox_id))
    )

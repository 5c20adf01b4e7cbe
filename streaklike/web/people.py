"""Everybody we know, newest conversation first: a list to search and to page through."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, render_template, request
from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from streaklike.boxes.responsible import responsible_id
from streaklike.store.models import Address, Contact, ContactStatus, User
from streaklike.web.requests import whole_number

PAGE = 50
KINDS = ("all", "contact", "candidate")

blueprint = Blueprint("people", __name__)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of the list. `last_at` is the newest word in either direction, 0 where there is none."""

    id: int
    name: str
    address: str
    kind: str
    tier: str
    owner: str | None
    owner_id: int | None
    reply_state: str
    waiting_since_at: int | None
    awaiting_until_at: int | None
    do_not_contact_until: int | None
    last_at: int


@blueprint.get("/people")
def page() -> str:
    """The list, narrowed by `?q=` and `?kind=`, from the cursor `?after=` on."""
    kind = request.args.get("kind", "all")
    search = request.args.get("q", "").strip()
    rows, cursor = list_people(
        g.session,
        search=search,
        kind=kind if kind in KINDS else "all",
        after=_parse_cursor(request.args.get("after", "")),
    )
    return render_template(
        "people.html",
        rows=rows,
        cursor=cursor,
        search=search,
        kind=kind,
        counts=count_people(g.session),
        is_first=not request.args.get("after"),
    )


def count_people(session: Session) -> dict[str, int]:
    """How many contacts and candidates there are, and all of them together."""
    rows = session.execute(
        select(Contact.kind, func.count()).where(Contact.merged_into_id.is_(None)).group_by(Contact.kind)
    )
    counts = dict(rows.all())
    return {"contact": 0, "candidate": 0, **counts, "all": sum(counts.values())}


def list_people(
    session: Session,
    *,
    search: str = "",
    kind: str = "all",
    after: tuple[int, int] | None = None,
    limit: int = PAGE,
) -> tuple[list[PersonRow], str | None]:
    """People whose name or address holds `search`, newest first, and the cursor of the next page."""
    last_at = _last_at()
    query = _people(last_at)
    if kind != "all":
        query = query.where(Contact.kind == kind)
    if search:
        query = query.where(_matches(search))
    if after is not None:
        query = query.where(or_(last_at < after[0], and_(last_at == after[0], Contact.id > after[1])))
    rows = [
        PersonRow(*row)
        for row in session.execute(query.order_by(last_at.desc(), Contact.id).limit(limit + 1))
    ]
    cursor = f"{rows[limit - 1].last_at}-{rows[limit - 1].id}" if len(rows) > limit else None
    return rows[:limit], cursor


def _last_at() -> ColumnElement[int]:
    inbound, outbound = (
        func.coalesce(ContactStatus.last_inbound_at, 0),
        func.coalesce(ContactStatus.last_outbound_at, 0),
    )
    return case((inbound > outbound, inbound), else_=outbound)


def _people(last_at: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    address = (
        select(func.min(Address.key))
        .where(Address.contact_id == Contact.id)
        .correlate(Contact)
        .scalar_subquery()
    )
    return (
        select(
            Contact.id,
            func.coalesce(Contact.given_name, Contact.name),
            func.coalesce(address, ""),
            Contact.kind,
            func.coalesce(Contact.tier, "none"),
            User.name,
            User.id,
            func.coalesce(ContactStatus.reply_state, "quiet"),
            ContactStatus.waiting_since_at,
            ContactStatus.awaiting_until_at,
            Contact.do_not_contact_until,
            last_at,
        )
        .outerjoin(ContactStatus, ContactStatus.contact_id == Contact.id)
        .outerjoin(User, User.id == responsible_id(ContactStatus.waiting_conversation_id, Contact.id))
        .where(Contact.merged_into_id.is_(None))
    )


def _matches(search: str) -> ColumnElement[bool]:
    """Every word of the search stands in the name, or in an address of the person or of one merged into them."""
    return and_(*(_holds(word) for word in search.split()))


def _holds(word: str) -> ColumnElement[bool]:
    part = aliased(Contact)
    in_address = exists().where(
        Address.contact_id == part.id,
        part.root_id == Contact.id,
        Address.key.contains(word.lower(), autoescape=True),
    )
    return or_(
        Contact.given_name.icontains(word, autoescape=True),
        Contact.name.icontains(word, autoescape=True),
        in_address,
    )


def _parse_cursor(text: str) -> tuple[int, int] | None:
    at, _, contact_id = text.partition("-")
    last_at, last_id = whole_number(at), whole_number(contact_id)
    return None if last_at is None or last_id is None else (last_at, last_id)

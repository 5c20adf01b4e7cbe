"""R21: whatever the order in which copies arrive, go to the trash, come back or are deleted, the result is the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.instants import MINUTE
from streaklike.mail.team import Team
from streaklike.people.contacts import add_contact
from streaklike.people.linking.team_membership import relink_addresses
from streaklike.people.merging import merge, unmerge
from streaklike.store.database import Database
from streaklike.store.models import Address, MailboxMessage
from tests.factories import AN, BO, CHU, DAEMON, MEI, ROBOT, T0, WEI, PostOffice, key_of, scratch
from tests.unit.people.picture import draw

CROWD = [f"crowd{n}@many.example" for n in range(12)]
FEW, REST = CROWD[:6], CROWD[6:]
OURS = (MEI, WEI)
AN_ZH = "陳安 <an@donor.example>"


@dataclass(frozen=True)
class Letter:
    number: int
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    at: int
    subject: str
    refs: tuple[int, ...]
    thread: str
    kind: str
    text: str
    is_automatic: bool
    seen_by: tuple[str, ...]


@dataclass(frozen=True)
class Focus:
    """What an example is about: who writes, to how many, in which words; so that rare meetings happen often."""

    senders: tuple[str, ...] = (AN, AN_ZH, BO, CHU, MEI, MEI, WEI, ROBOT, DAEMON)
    others: tuple[str, ...] = (AN, BO, CHU, MEI, WEI)
    crowds: tuple[tuple[str, ...], ...] = ((), (), (), tuple(CROWD))
    kinds: tuple[str, ...] = ("human", "human", "human", "human", "bulk", "receipt", "calendar")
    texts: tuple[str, ...] = ("", "words {}")
    subjects: tuple[str, ...] = ("Apples", "Re: Apples", "Pears", "Plums", "")
    automatic: tuple[bool, ...] = (False,)


FOCUSES = (
    Focus(),
    Focus(senders=(AN, MEI), others=(AN, MEI), kinds=("human",), automatic=(True, False)),
    Focus(senders=(MEI,), others=(), crowds=(tuple(FEW), tuple(REST)), kinds=("human",), texts=("same",)),
    Focus(senders=(AN, AN_ZH, DAEMON), others=(MEI,), kinds=("human", "receipt")),
    Focus(senders=(AN, BO, CHU, MEI), others=(AN, BO, CHU), kinds=("human", "human", "bulk"), crowds=((),)),
    Focus(
        senders=(AN, BO, CHU), others=(MEI, AN, BO), kinds=("human",), subjects=("Apples", "Pears", "Plums")
    ),
)


@st.composite
def letters(draw_from: st.DrawFn, number: int, focus: Focus) -> Letter:
    def some(values: Sequence[Any]) -> Any:
        return draw_from(st.sampled_from(values))

    sender = some(focus.senders)
    people = st.lists(st.sampled_from(focus.others), max_size=2, unique=True) if focus.others else st.just([])
    crowd = some(focus.crowds) if sender in OURS else ()
    return Letter(
        number=number,
        sender=sender,
        to=tuple(dict.fromkeys([*draw_from(people), *crowd])) or (AN if sender in OURS else MEI,),
        cc=tuple(draw_from(people)),
        bcc=some(((), (), (BO,))) if sender in OURS else (),
        at=T0 + draw_from(st.integers(0, 8)) * 20 * MINUTE + number,
        subject=some(focus.subjects),
        refs=tuple(draw_from(st.lists(st.integers(0, 9), max_size=2))),
        thread=some(("t1", "t2", "t3", f"own{number}", f"own{number}")),
        kind="bounce" if sender == DAEMON else some(focus.kinds),
        text=some(focus.texts).format(number),
        is_automatic=some(focus.automatic),
        seen_by=(sender,)
        if sender in OURS and draw_from(st.booleans())
        else tuple(draw_from(st.lists(st.sampled_from(OURS), min_size=1, unique=True))),
    )


Arrival = tuple[Letter, str]


def post(office: PostOffice, letter: Letter, witness: str) -> int:
    is_bounce = letter.kind == "bounce"
    late = 7 * MINUTE if witness == WEI else 0
    return office.post(
        letter.sender,
        letter.to,
        cc=letter.cc,
        bcc=letter.bcc,
        at=letter.at + late,
        subject=letter.subject,
        refs=[f"{ref}@any.example" for ref in letter.refs],
        rfc_id=f"{letter.number}@any.example",
        thread=letter.thread,
        kind=letter.kind,
        text=letter.text,
        fingerprint="f",
        is_subject_automatic=letter.is_automatic,
        seen_by=[witness],
        failed=[AN] if is_bounce else [],
        bounce_status="5.1.1" if is_bounce else None,
    )


def leave_out(office: PostOffice, letter: Letter, witness: str) -> None:
    """A copy of internal mail, as a sync keeps it: not stored, its ids known (R13)."""
    refs = " ".join(f"{ref}@any.example" for ref in letter.refs)
    facts = {"state": "left_out", "reason": "internal", "at": letter.at, "label_ids": "INBOX"}
    ids = {"rfc_id": f"{letter.number}@any.example", "refs": refs, "thread_id": letter.thread}
    gmail_id = f"internal-{letter.number}"
    office.session.add(MailboxMessage(mailbox_id=office.mailbox(witness), gmail_id=gmail_id, **facts, **ids))
    office.session.flush()


def link_at_once(
    database: Database,
    arrivals: list[Arrival],
    domains: Sequence[str] = ("ngo.example",),
    internal: Sequence[Arrival] = (),
) -> dict[str, Any]:
    with scratch(database) as session:
        office = PostOffice(session, domains=domains)
        office.mailbox(MEI), office.mailbox(WEI)
        for letter, witness in internal:
            leave_out(office, letter, witness)
        for letter, witness in sorted(arrivals, key=lambda one: (one[0].number, one[1])):
            post(office, letter, witness)
        office.link()
        return draw(session)


@st.composite
def mails(draw_from: st.DrawFn) -> list[Arrival]:
    focus = draw_from(st.sampled_from(FOCUSES))
    drawn = [draw_from(letters(number, focus)) for number in range(draw_from(st.integers(2, 7)))]
    return [(letter, witness) for letter in drawn for witness in letter.seen_by]


RELAXED = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@RELAXED
@given(data=st.data())
def test_R21_any_order_of_arrival_gives_the_same(database: Database, data: st.DataObject) -> None:
    arrivals = data.draw(mails())
    order = data.draw(st.permutations(arrivals))
    cuts = data.draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
    expected = link_at_once(database, arrivals)
    with scratch(database) as session:
        office = PostOffice(session)
        office.mailbox(MEI), office.mailbox(WEI)
        for (letter, witness), is_cut in zip(order, cuts, strict=True):
            post(office, letter, witness)
            if is_cut:
                office.link()
        office.link()
        assert draw(session) == expected


@RELAXED
@given(data=st.data())
def test_R21_what_went_or_came_back_leaves_what_a_fresh_sync_gives(
    database: Database, data: st.DataObject
) -> None:
    arrivals = [(replace(letter, bcc=()), witness) for letter, witness in data.draw(mails())]
    order = data.draw(st.permutations(arrivals))
    fates = data.draw(
        st.lists(
            st.sampled_from(["stays", "trash", "trash and back", "delete"]),
            min_size=len(order),
            max_size=len(order),
        )
    )
    cuts = data.draw(st.lists(st.booleans(), min_size=3 * len(order), max_size=3 * len(order)))
    actions = data.draw(st.permutations([index for index, fate in enumerate(fates) if fate != "stays"]))
    left = [one for one, fate in zip(order, fates, strict=True) if fate in {"stays", "trash and back"}]
    expected = link_at_once(database, left)
    with scratch(database) as session:
        office = PostOffice(session)
        office.mailbox(MEI), office.mailbox(WEI)
        cut = iter(cuts)
        ids = []
        for letter, witness in order:
            ids.append(post(office, letter, witness))
            if next(cut):
                office.link()
        office.link()
        for index in actions:
            witness = order[index][1]
            if fates[index] == "delete":
                office.delete(ids[index], witness)
            else:
                office.trash(ids[index], witness)
            if next(cut):
                office.link()
        for index in actions:
            if fates[index] == "trash and back":
                office.untrash(ids[index], order[index][1])
                if next(cut):
                    office.link()
        office.link()
        assert draw(session) == expected


def has_outsider(letter: Letter, team: Team) -> bool:
    people = (letter.sender, *letter.to, *letter.cc, *letter.bcc)
    return any(not team.is_inside(key_of(person)) for person in people)


@RELAXED
@given(data=st.data())
def test_R11_a_domain_found_late_gives_what_it_would_have_from_the_start(
    database: Database, data: st.DataObject
) -> None:
    ngo = Team(frozenset(), frozenset({"ngo.example"}))
    drawn = [(replace(letter, bcc=()), witness) for letter, witness in data.draw(mails())]
    arrivals = [(letter, witness) for letter, witness in drawn if has_outsider(letter, ngo)]
    domain = data.draw(st.sampled_from(["donor.example", "volunteer.example", "many.example"]))
    domains = ("ngo.example", domain)
    team = Team(frozenset(), frozenset(domains))
    stored = [(letter, witness) for letter, witness in arrivals if has_outsider(letter, team)]
    internal = [arrival for arrival in arrivals if arrival not in stored]
    expected = link_at_once(database, stored, domains, internal)
    with scratch(database) as session:
        office = PostOffice(session)
        office.mailbox(MEI), office.mailbox(WEI)
        for letter, witness in arrivals:
            post(office, letter, witness)
        office.link()
        relink_addresses(session, team, now=T0)
        assert draw(session) == expected


def merge_an_and_bo(session: Session) -> None:
    an = add_contact(session, key_of(AN), by=None, now=T0)
    bo = add_contact(session, key_of(BO), by=None, now=T0)
    merge(session, an, bo, by=None, now=T0)


def part_an_and_bo(session: Session) -> None:
    unmerge(session, session.scalars(select(Address).where(Address.key == key_of(BO))).one(), by=None, now=T0)


@RELAXED
@given(data=st.data())
def test_R4_a_merge_before_or_after_the_mail_is_the_same_and_can_be_taken_back(
    database: Database, data: st.DataObject
) -> None:
    arrivals = data.draw(mails())
    merged_at = data.draw(st.integers(0, len(arrivals)))
    trashed = data.draw(st.sets(st.integers(0, len(arrivals) - 1), max_size=2))
    with scratch(database) as session:
        office = PostOffice(session)
        add_contact(session, key_of(AN), by=None, now=T0)
        add_contact(session, key_of(BO), by=None, now=T0)
        ids = [post(office, letter, witness) for letter, witness in arrivals]
        for index in trashed:
            office.trash(ids[index], arrivals[index][1])
        office.link()
        apart = draw(session)
        merge_an_and_bo(session)
        together = draw(session)
    with scratch(database) as session:
        office = PostOffice(session)
        add_contact(session, key_of(AN), by=None, now=T0)
        add_contact(session, key_of(BO), by=None, now=T0)
        ids = []
        for index, (letter, witness) in enumerate(arrivals):
            if index == merged_at:
                merge_an_and_bo(session)
            ids.append(post(office, letter, witness))
            office.link()
        if merged_at == len(arrivals):
            merge_an_and_bo(session)
        for index in trashed:
            office.trash(ids[index], arrivals[index][1])
            office.link()
        assert draw(session) == together
        part_an_and_bo(session)
        assert draw(session) == apart

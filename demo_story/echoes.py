"""What programs send in answer to people: calendar answers, read receipts, automatic replies."""

from datetime import date, timedelta
from typing import Final

from demo_story.cast import COLLEAGUES, GROUP
from demo_story.hours import start_of_ours
from demo_story.instants import DAY, HOUR
from demo_story.machines import send_away_note, send_calendar, send_read_receipt
from demo_story.model import Letter, Person
from demo_story.stage import Scenario, build_stranger

_INSIDE: Final = frozenset(colleague.email for colleague in COLLEAGUES)


def send_echoes(stage: Scenario, people: tuple[Person, ...], *, start: date) -> None:
    """Calendar mail, receipts and automatic replies to the letters written so far."""
    _send_calendars(stage, people, start)
    _send_receipts(stage)
    _send_away_notes(stage, people)


def _send_calendars(stage: Scenario, people: tuple[Person, ...], start: date) -> None:
    """Invitations of ours with their answers, and some from outside."""
    fit = [
        person
        for person in people
        if person.segment in {"company", "partner", "school"} and person.tier is None
    ]
    for number, person in enumerate(fit[:20]):
        day = max(start, person.since) + timedelta(days=30 + number)
        if (stage.today - day).days < 45:
            continue
        colleague = COLLEAGUES[number % len(COLLEAGUES)]
        at = start_of_ours(day, stage.rng)
        title = "合作會議" if person.language == "zh" else "Planning call"
        thread = f"calendar-{number}"
        letter = send_calendar(
            stage.post,
            colleague,
            person.party,
            at=at,
            method="REQUEST",
            title=title,
            starts_at=at + 5 * DAY,
            thread=thread,
        )
        if letter is not None and number % 4:
            send_calendar(
                stage.post, person, colleague.party, at=at + 3 * HOUR, method="REPLY", title=title, starts_at=at + 5 * DAY,
                thread=thread, parent=letter,
            )  # fmt: skip
    for number, person in enumerate(fit[20:24]):
        at = stage.day(160 - number * 9, 10)
        send_calendar(
            stage.post, person, COLLEAGUES[number].party, at=at, method="REQUEST", title="線上會議", starts_at=at + 3 * DAY,
            thread=f"calendar-in-{number}",
        )  # fmt: skip


def _send_receipts(stage: Scenario) -> None:
    """Read receipts for letters of ours to people whose program sends them."""
    ours = [letter for letter in stage.post.letters if letter.kind == "human" and _goes_out(letter)]
    for number, letter in enumerate(ours):
        if number and not stage.post.is_chosen(letter, one_in=130, lot="receipt"):
            continue
        person = build_stranger(letter.to[0].name, letter.to[0].address)
        send_read_receipt(stage.post, letter, person)


def _send_away_notes(stage: Scenario, people: tuple[Person, ...]) -> None:
    """Automatic replies to ordinary letters of ours, half of them known by subject and haste alone."""
    by_party = {person.party: person for person in people}
    ours = [
        letter
        for letter in stage.post.letters
        if letter.kind == "human" and _goes_out(letter) and not letter.parent
    ]
    known = [letter for letter in ours if letter.to[0] in by_party]
    drawn = [letter for letter in known if stage.post.is_chosen(letter, one_in=14, lot="away")]
    for number, letter in enumerate(drawn or known[:1]):
        has_header = number > 0 and stage.post.is_chosen(letter, one_in=2, lot="header")
        send_away_note(stage.post, letter, by_party[letter.to[0]], has_header=has_header)


def _goes_out(letter: Letter) -> bool:
    return letter.author.address in _INSIDE and letter.to[0].address not in _INSIDE and letter.to[0] != GROUP

"""Instants as people read them: in words where they are near, as a date in the reader's zone where they are not."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from streaklike.instants import DAY, HOUR, MINUTE, to_datetime
from streaklike.wording.texts import Catalogue

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def local(instant: int, zone: ZoneInfo) -> datetime:
    """The instant on the reader's clock."""
    return to_datetime(instant).astimezone(zone)


def ago(t: Catalogue, instant: int, now: int, zone: ZoneInfo) -> str:
    """How long ago, in words: `3 min ago`, `yesterday`, `5 d ago`; a date beyond two weeks or in the future."""
    span = now - instant
    days = (local(now, zone).date() - local(instant, zone).date()).days
    if span < 0 or days > 14:
        return day(t, instant, now, zone)
    if span < MINUTE:
        return t("time.now")
    if span < HOUR:
        return t("time.minutes_ago", n=span // MINUTE)
    if days == 0 or span < 6 * HOUR:
        return t("time.hours_ago", n=span // HOUR)
    return t("time.yesterday") if days == 1 else t("time.days_ago", n=days)


def waited(t: Catalogue, instant: int, now: int, zone: ZoneInfo) -> str:
    """How long it has lasted, in step with `ago`: hours within a day, then days of the reader's calendar."""
    days = (local(now, zone).date() - local(instant, zone).date()).days
    length = max(0, now - instant)
    return span(t, length) if days < 1 or length < 6 * HOUR else t("time.days", n=days)


def span(t: Catalogue, milliseconds: int) -> str:
    """A length of time in its largest unit: `40 min`, `5 h`, `3 d`."""
    if milliseconds < HOUR:
        return t("time.minutes", n=max(1, milliseconds // MINUTE))
    if milliseconds < DAY:
        return t("time.hours", n=milliseconds // HOUR)
    return t("time.days", n=milliseconds // DAY)


def date_words(t: Catalogue, named: date, today: date) -> str:
    """A date of the calendar: `30 Nov`, 11月30日; with its year where that is not this year."""
    key = "time.date" if named.year == today.year else "time.date_with_year"
    return t(key, year=named.year, month=named.month, day=named.day, name=MONTHS[named.month - 1])


def day(t: Catalogue, instant: int, now: int, zone: ZoneInfo) -> str:
    """The date of an instant in the reader's zone, as `date_words` says it."""
    return date_words(t, local(instant, zone).date(), local(now, zone).date())


def full(t: Catalogue, instant: int, now: int, zone: ZoneInfo) -> str:
    """Date and time to the minute, in the reader's zone."""
    there = local(instant, zone)
    return t("time.at", date=day(t, instant, now, zone), clock=f"{there:%H:%M}")

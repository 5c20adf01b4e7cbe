"""Members' digest preferences: hour, language, pause."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.digest.schedule import DEFAULT_HOUR, HOURS
from streaklike.store.models import DigestSetting, User
from streaklike.wording.texts import LOCALES


class BadPreference(ValueError):
    """An hour or a language that cannot be had; the sentence says which can."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A member as the digest knows them: `locale` is the language of their digest, `zone` their own."""

    user_id: int
    email: str
    name: str
    role: str
    locale: str
    zone: ZoneInfo
    hour: int
    paused_at: int | None


def list_readers(session: Session, *, team_zone: str) -> list[Reader]:
    """Every member who has not left, by their address."""
    rows = session.execute(
        select(User, DigestSetting)
        .outerjoin(DigestSetting, DigestSetting.user_id == User.id)
        .where(User.disabled_at.is_(None))
        .order_by(User.email)
    )
    return [_build(user, preference, team_zone) for user, preference in rows]


def find_reader(session: Session, email: str, *, team_zone: str) -> Reader | None:
    """The member with this address, unless they have left."""
    wanted = email.strip().lower()
    return next((each for each in list_readers(session, team_zone=team_zone) if each.email == wanted), None)


def get_reader(session: Session, user_id: int, *, team_zone: str) -> Reader:
    """The member with this id."""
    return _build(session.get_one(User, user_id), session.get(DigestSetting, user_id), team_zone)


def _build(user: User, preference: DigestSetting | None, team_zone: str) -> Reader:
    language = preference.language if preference else None
    return Reader(
        user.id,
        user.email,
        user.name,
        user.role,
        language or (user.locale if user.locale in LOCALES else LOCALES[0]),
        ZoneInfo(user.timezone or team_zone),
        preference.hour if preference else DEFAULT_HOUR,
        preference.paused_at if preference else None,
    )


def save_preference(
    session: Session, user_id: int, *, hour: int, language: str | None, is_paused: bool, now: int
) -> None:
    """Save a member's preferences. `language` None follows that of their pages. Raises BadPreference, with nothing changed."""
    if hour not in HOURS:
        raise BadPreference(
            f"The digest comes between {HOURS[0]} and {HOURS[-1]} o'clock. Nothing was changed."
        )
    if language is not None and language not in LOCALES:
        raise BadPreference(f"The digest speaks {' and '.join(LOCALES)}. Nothing was changed.")
    preference = _ensure(session, user_id)
    preference.hour, preference.language = hour, language
    _pause(preference, now=now, is_paused=is_paused)
    session.flush()


def set_pause(session: Session, user_id: int, *, is_paused: bool, now: int) -> None:
    """Pause a member's digest, or let it come again; saying so twice changes nothing."""
    _pause(_ensure(session, user_id), now=now, is_paused=is_paused)
    session.flush()


def _ensure(session: Session, user_id: int) -> DigestSetting:
    preference = session.get(DigestSetting, user_id)
    if preference is None:
        preference = DigestSetting(user_id=user_id, hour=DEFAULT_HOUR)
        session.add(preference)
    return preference


def _pause(preference: DigestSetting, *, now: int, is_paused: bool) -> None:
    if is_paused != (preference.paused_at is not None):
        preference.paused_at = now if is_paused else None

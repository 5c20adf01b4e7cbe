"""The texts of the pages, and which language a reader gets."""

from streaklike.wording.texts import LOCALES, TAGS, Catalogue, load_texts

__all__ = ["LOCALES", "TAGS", "Catalogue", "choose_locale", "load_catalogue"]


def load_catalogue(locale: str) -> Catalogue:
    """The catalogue of `zh` or `en`: what pages say, and what they share with mail."""
    return load_texts(locale, "streaklike.web")


def choose_locale(accepted: list[str]) -> str:
    """The locale for the languages a browser accepts, best first: any `zh` is zh, the rest English."""
    for tag in accepted:
        language = tag.lower().partition("-")[0]
        if language in LOCALES:
            return language
    return "en"

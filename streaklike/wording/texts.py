"""Texts that people read, in Traditional Chinese and English: catalogues with the same keys, a folder `texts/` a part."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

LOCALES = ("zh", "en")
TAGS = {"zh": "zh-Hant-TW", "en": "en"}
"""The language tag for `lang=` of each locale."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language by dotted key. A text is a string, or its plural forms `one` and `other`."""

    locale: str
    entries: Mapping[str, str | Mapping[str, str]]

    def __call__(self, key: str, /, **values: Any) -> str:
        """The text of `key` with its values put in; `n` chooses the plural. Raises KeyError for an unknown key."""
        entry = self.entries[key]
        if not isinstance(entry, str):
            entry = entry["one"] if "one" in entry and values.get("n") == 1 else entry["other"]
        return entry.format(**{name: _plain(value) for name, value in values.items()})


def _plain(value: Any) -> Any:
    """Whole numbers without a fraction: 3.0 reads 3."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 1)
    return value


@cache
def load_texts(locale: str, *packages: str) -> Catalogue:
    """The catalogue of `zh` or `en`, out of `texts/` of the wording that all share, and of these packages."""
    entries: dict[str, str | Mapping[str, str]] = {}
    for package in ("streaklike.wording", *packages):
        source = resources.files(package) / "texts" / f"{locale}.toml"
        entries.update(_flatten(tomllib.loads(source.read_text(encoding="utf-8"))))
    return Catalogue(locale, entries)


def _flatten(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str | Mapping[str, str]]]:
    found: list[tuple[str, str | Mapping[str, str]]] = []
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, str) or set(value) <= {"one", "other"}:
            found.append((key, value))
        else:
            found.extend(_flatten(value, f"{key}."))
    return found

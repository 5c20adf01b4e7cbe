"""The threads that people write: texts beside this file, read into scripts.

A file holds scripts, each under `=== key`; then lines `name: value` (who, by, language, weight, months, is, subject);
then turns under `--- them` or `--- us` with their words: `thanks` (a short thanks, often left away), `maybe` (often
nobody answers), `+6d` (not before six days), `cc=key` (that colleague in Cc), `file=name` (an attachment).
In a text `{word}` is filled in, and `[[one|two]]` leaves one of its choices: in the mails of one thread the first goes
with the first where they have equally many.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

LANGUAGES: Final = ("zh", "en", "ja")


@dataclass(frozen=True, slots=True)
class Turn:
    """One mail of a script."""

    is_ours: bool
    text: str
    words: frozenset[str]
    cc: str = ""
    file: str = ""
    wait_days: int = 0


@dataclass(frozen=True, slots=True)
class Script:
    """A thread to be played. `marks` are ask, gift, touch, group (written to the group) and pair (a second outsider)."""

    key: str
    language: str
    segments: tuple[str, ...]
    by: str
    weight: int
    months: tuple[int, ...]
    marks: frozenset[str]
    subjects: tuple[str, ...]
    turns: tuple[Turn, ...]

    @property
    def is_ours(self) -> bool:
        """Whether a colleague opens it."""
        return self.turns[0].is_ours


@cache
def all_scripts() -> tuple[Script, ...]:
    """Every script of every file, in the order of the files' names."""
    folder = resources.files("demo_story") / "scripts"
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".txt")), key=lambda entry: entry.name
    )
    return tuple(script for entry in files for script in parse_scripts(entry.read_text(encoding="utf-8")))


def parse_scripts(text: str) -> list[Script]:
    """The scripts of one file. Raises ValueError where a script names nobody or has no turn."""
    return [_parse_script(chunk) for chunk in text.split("=== ")[1:]]


def _parse_script(chunk: str) -> Script:
    head, *turns = ("\n" + chunk).split("\n--- ")
    key, *lines = head.strip().splitlines()
    facts = dict(line.split(": ", 1) for line in lines if line.strip())
    if not turns or "who" not in facts:
        raise ValueError(f"The script {key} lacks its turns or says not whom it is for.")
    return Script(
        key=key.strip(),
        language=facts.get("language", "zh"),
        segments=tuple(facts["who"].split()),
        by=facts["by"].strip(),
        weight=int(facts.get("weight", "2")),
        months=tuple(int(month) for month in facts.get("months", "").split()),
        marks=frozenset(facts.get("is", "").split()),
        subjects=tuple(subject.strip() for subject in facts["subject"].split(" | ")),
        turns=tuple(_parse_turn(turn) for turn in turns),
    )


def _parse_turn(chunk: str) -> Turn:
    head, _, text = chunk.partition("\n")
    side, *words = head.split()
    named = dict(word.split("=", 1) for word in words if "=" in word)
    waits = [int(word[1:-1]) for word in words if word.startswith("+") and word.endswith("d")]
    return Turn(
        is_ours=side == "us",
        text=text.strip(),
        words=frozenset(words),
        cc=named.get("cc", ""),
        file=named.get("file", ""),
        wait_days=waits[0] if waits else 0,
    )

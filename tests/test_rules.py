"""docs/rules.md, the code and the tests hold together: no rule without its place and its proof."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/rules.md").read_text("utf-8")
RULES = range(1, 61)
SECTIONS = {
    int(number): body
    for number, body in re.findall(r"^### R(\d+) [^\n]+\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
}
PLACE = re.compile(r"\[[^\]]+\]\(\.\./(streaklike/[\w/]+\.py)\)((?: `\w+`)*)")


def list_tests() -> set[str]:
    return {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }


def rules_of(test: str) -> set[int]:
    """The rules that a test is named after; `R44_to_R47` names all between."""
    named = [int(number) for number in re.findall(r"(?:^test|_to|(?<=\d))_R(\d+)(?=_|$)", test)]
    return set(range(named[0], named[1] + 1)) if "_to_R" in test else set(named)


def test_every_rule_has_its_section_and_nothing_else_has():
    assert sorted(SECTIONS) == list(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_names_its_place_and_tests_that_exist(rule: int):
    places = PLACE.findall(SECTIONS[rule])
    assert places
    for file, names in places:
        code = (ROOT / file).read_text("utf-8")
        for name in re.findall(r"\w+", names):
            assert re.search(rf"^(?:def|class) {name}\b", code, re.MULTILINE), f"{file} has no {name}"
    listed = re.findall(r"^- `(test_\w+)`$", SECTIONS[rule], re.MULTILINE)
    assert listed
    assert set(listed) <= list_tests()
    assert all(rule in rules_of(test) for test in listed)


def test_no_test_is_named_after_a_rule_that_does_not_exist():
    strangers = {test: rules_of(test) - set(RULES) for test in list_tests() if rules_of(test) - set(RULES)}
    assert strangers == {}


def test_every_rule_is_proven_through_the_commands():
    proven = set()
    for path in (ROOT / "tests/rules").glob("test_*.py"):
        for test in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE):
            proven |= rules_of(test)
    assert set(RULES) - proven == set()


PROMISES = dict(
    re.findall(r"^\| (Q\d+) (\|.*)$", (ROOT / "docs/quality.md").read_text("utf-8"), re.MULTILINE)
)


def test_every_promise_names_tests_that_exist_or_says_that_it_is_not_built():
    assert set(PROMISES) == {f"Q{number}" for number in (*range(1, 13), *range(20, 35))}
    tests = list_tests()
    for number, row in PROMISES.items():
        stands, shown, missing = (cell.strip() for cell in row[1:-1].split("|"))
        assert bool(stands) == bool(shown), number
        assert stands or missing, number
        assert set(re.findall(r"`(test_\w+)`", shown)) <= tests, number


def test_no_test_is_named_after_a_promise_that_does_not_exist():
    named = {
        number for test in list_tests() for number in re.findall(r"(?:^test|(?<=\d))_(Q\d+)(?=_|$)", test)
    }
    assert named <= set(PROMISES)

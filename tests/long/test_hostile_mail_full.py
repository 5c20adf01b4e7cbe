"""Q10 at full size: a megabyte of whatever slows a reader of mail most, and a mail of a gigabyte in a mail file."""

from pathlib import Path

import pytest

from tests.integration.test_faults_import import INBOX, SMALL, TAKEOUT, measure, write_sparse
from tests.unit.mail.hostile_functions import TARGETS, slowest
from tests.unit.mail.test_linear_patterns import PROBES, assert_pattern_is_linear

MEGABYTE = 1 << 20
MOST_SECONDS = 30.0
"""Against hanging alone: a linear function takes far less, and how long is printed."""


@pytest.mark.parametrize("name", TARGETS)
def test_Q10_a_megabyte_of_the_worst(name: str):
    spent, piece, _ = slowest(name, MEGABYTE, most=1)[0]
    print(f"\nQ10: {name}: at most {spent * 1000:.0f} ms for 1 MB, of {piece[:40]!r} over and over")
    assert spent < MOST_SECONDS


@pytest.mark.parametrize("name", PROBES)
def test_Q10_every_pattern_is_linear_at_four_times_the_size(name: str):
    assert_pattern_is_linear(PROBES[name], size=6_000)


def test_Q10_a_mail_of_a_gigabyte(tmp_path: Path):
    head = TAKEOUT + INBOX + b"From: a@b.example\n\n"
    write_sparse(tmp_path / "a.mbox", SMALL + head, 1 << 30, b"\n\n" + SMALL)
    found, megabytes, problem = measure(tmp_path / "a.mbox")
    print(f"\nQ10: a mail of 1 GB in a mail file: {megabytes} MB of memory taken; {found}")
    assert found == [[None, True], ["too_large", False], [None, True]]
    assert problem == ""

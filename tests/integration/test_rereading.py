"""R21, Q1: mail that an older version read is read anew; then all is as if this version had read it from the start."""

from collections.abc import Callable
from pathlib import Path

import pytest

from streaklike.demo.gmail_server import GmailServer
from streaklike.store.database import open_database
from tests.integration.rereading import fill, read_all_again, use_older
from tests.integration.teamwork import MEI, WEI, Team


class Two:
    """A team whose mail an older version reads, and what a fresh sync by this one makes of the same mailboxes."""

    def __init__(self, make_url: Callable[..., str], folder: Path, server: GmailServer, threads: int) -> None:
        self.make_url, self.folder, self.server = make_url, folder, server
        self.empty = make_url()
        team = self.open(self.empty)
        self.mei, self.wei = team.connect(MEI), team.connect(WEI)
        team.database.close()
        fill(self.mei, self.wei, threads)

    def open(self, url: str) -> Team:
        return Team(open_database(url), url, self.folder, self.server)

    def sync(self, team: Team) -> list[str]:
        for report in team.sync():
            assert (report.error, report.complete) == (None, True), report
        return team.dump()

    def fresh(self) -> list[str]:
        team = self.open(self.make_url(self.empty))
        dump = self.sync(team)
        team.database.close()
        return dump

    def older(self, seed: int) -> Team:
        team = self.open(self.make_url(self.empty))
        with pytest.MonkeyPatch.context() as patch:
            use_older(patch, seed)
            self.sync(team)
        return team


def show_difference(found: list[str], wanted: list[str]) -> str:
    """What two dumps do not share; empty where they are equal."""
    lines = [f"+ {line}" for line in found if line not in set(wanted)]
    lines += [f"- {line}" for line in wanted if line not in set(found)]
    return "\n".join(sorted(lines, key=lambda line: line[2:])) or ("" if found == wanted else "another order")


@pytest.fixture
def two(new_database_url: Callable[..., str], tmp_path: Path, server: GmailServer) -> Two:
    return Two(new_database_url, tmp_path / "data", server, threads=10)


def test_R21_read_anew_all_is_as_a_fresh_sync_makes_it(two: Two):
    fresh = two.fresh()
    for seed in range(3):
        team = two.older(seed)
        before = team.dump()
        assert before != fresh
        assert read_all_again(team) > 0
        found = two.sync(team)
        assert show_difference(found, fresh) == ""
        team.database.close()

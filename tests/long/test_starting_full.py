"""Two hundred starts of three processes on an empty folder: how often they did not agree on the secret key."""

from pathlib import Path

from tests.integration.starting import start_on_empty_folders

STARTS = 200


def test_two_hundred_starts_agree_on_the_key(tmp_path: Path):
    differing = start_on_empty_folders(tmp_path, starts=STARTS)
    print(f"\n{STARTS} starts of three processes, {differing} of which did not agree on the key")
    assert differing == 0

"""Files and folders that only the account running the program can read: mail and keys lie in them."""

import logging
import os
import secrets
import stat
from pathlib import Path
from typing import Final

PRIVATE_UMASK: Final = 0o077
FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600

log = logging.getLogger(__name__)


def make_private_folder(folder: Path, *, own_names: frozenset[str] = frozenset()) -> None:
    """Make the folder with mode 700, its missing parents by the umask. Raises OSError where that is not possible.

    One that exists is tightened where it is ours alone: it belongs to this account and holds nothing but `own_names`,
    SQLite's companions of these included. Any other is left as it is, and named in a warning where others may open it; the
    files of those names are tightened in either.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=FOLDER_MODE)
    except FileExistsError:
        if not folder.is_dir():
            raise
        _tighten_folder(folder, own_names)


def _tighten_folder(folder: Path, own_names: frozenset[str]) -> None:
    found, entries = folder.stat(), list(folder.iterdir())
    ours = [entry for entry in entries if _is_ours(entry.name, own_names)]
    for entry in ours:
        tighten_file(entry)
    if not found.st_mode & PRIVATE_UMASK:
        return
    if found.st_uid == os.geteuid() and ours == entries:
        folder.chmod(FOLDER_MODE)
        return
    log.warning(
        "The data folder %s can be opened by other accounts of this machine, and is left so because other things lie in "
        "it or it belongs to somebody else. The program's own files in it are private. "
        "Better give it a folder of its own: STREAKLIKE_DATA_DIR.",
        folder,
    )


def _is_ours(name: str, own_names: frozenset[str]) -> bool:
    """Whether it is one of `own_names`, or a companion file named after one: `streaklike.db-wal`, `.secret.key.….new`."""
    return any(name.removeprefix(".").startswith(own) for own in own_names)


def make_private_file(path: Path) -> None:
    """Make an empty file of mode 600, or tighten the one that is there. Raises OSError where it cannot be made.

    A file of another account is left alone: it is that account's to share.
    """
    os.close(os.open(path, os.O_CREAT | os.O_RDONLY | os.O_CLOEXEC, FILE_MODE))
    tighten_file(path)


def tighten_file(path: Path) -> None:
    """Set mode 600 on a regular file owned by this account; do nothing if it does not exist."""
    try:
        found = path.stat()
        if found.st_mode & PRIVATE_UMASK and found.st_uid == os.geteuid() and stat.S_ISREG(found.st_mode):
            path.chmod(FILE_MODE)
    except FileNotFoundError:
        return


def write_once(path: Path, content: str) -> None:
    """Write a new private file, whole or not at all; where there is one already, or another process is first, that stays.

    The content is written aside, synced to the disk and then linked under its name, which fails where the name is taken:
    no reader ever sees a part, and a crash leaves nothing under that name.
    """
    if path.exists():
        return
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        descriptor = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            return
        _sync_folder(path.parent)
    finally:
        aside.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""A progress bar with an honest time left, on a terminal only."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from streaklike.jobs.sync import OnProgress, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


def _silent(_progress: Progress) -> None:
    """No terminal, no bar."""


def _make_bars() -> "Bars":
    """Bars on stderr. The time left comes from the pace of the last half minute."""
    from rich.console import Console  # noqa: PLC0415 - only where there is a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
    )
    return Bars(*columns, console=Console(stderr=True), speed_estimate_period=30)


@contextmanager
def sync_progress() -> Iterator[OnProgress]:
    """Show one bar a mailbox on stderr while a sync runs."""
    if not sys.stderr.isatty():
        yield _silent
        return
    with _make_bars() as bars:
        tasks: dict[str, TaskID] = {}

        def show(progress: Progress) -> None:
            if progress.mailbox not in tasks:
                tasks[progress.mailbox] = bars.add_task(progress.mailbox, total=None)
            bars.update(tasks[progress.mailbox], completed=progress.done, total=progress.total or None)

        yield show


@contextmanager
def counted_progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show one bar on stderr; the function takes how many of how many are done."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    with _make_bars() as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


@contextmanager
def import_progress() -> Iterator[Callable[[int], None]]:
    """Count on stderr how many mails of a file or a pipe were read: how many there are is not known before."""
    if not sys.stderr.isatty():
        yield lambda _count: None
        return
    from rich.console import Console  # noqa: PLC0415 - only where there is a terminal

    with Console(stderr=True).status("reading …") as status:
        yield lambda count: status.update(f"{count} mails read")

"""A progress bar with an honest time left, on a terminal only."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from streaklike.jobs.sync import OnProgress, Progress


def _silent(_progress: Progress) -> None:
    """No terminal, no bar."""


@contextmanager
def sync_progress() -> Iterator[OnProgress]:
    """Show one bar a mailbox on stderr while a sync runs. The time left comes from the pace of the last half minute."""
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console  # noqa: PLC0415 - only where there is a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Bars(*columns, console=Console(stderr=True), speed_estimate_period=30) as bars:
        tasks: dict[str, TaskID] = {}

        def show(progress: Progress) -> None:
            if progress.mailbox not in tasks:
                tasks[progress.mailbox] = bars.add_task(progress.mailbox, total=None)
            bars.update(tasks[progress.mailbox], completed=progress.done, total=progress.total or None)

        yield show


@contextmanager
def import_progress() -> Iterator[Callable[[int], None]]:
    """Count on stderr how many mails of a file or a pipe were read: how many there are is not known before."""
    if not sys.stderr.isatty():
        yield lambda _count: None
        return
    from rich.console import Console  # noqa: PLC0415 - only where there is a terminal

    with Console(stderr=True).status("reading …") as status:
        yield lambda count: status.update(f"{count} mails read")

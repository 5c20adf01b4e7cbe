"""Format tracebacks without exception messages or values, which may quote mail."""

import traceback


def format_places(error: BaseException) -> str:
    """Return the stack entries and exception type of `error` and of each exception in its cause or context chain."""
    parts = []
    current: BaseException | None = error
    while current is not None:
        places = traceback.format_list(traceback.extract_tb(current.__traceback__))
        parts.append("".join(places) + type(current).__name__)
        current = current.__cause__ or current.__context__
    return "\nafter\n".join(parts)

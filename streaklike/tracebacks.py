"""Where in the code an error came from, said without any of its words: those may quote mail."""

import traceback


def format_places(error: BaseException) -> str:
    """The files, lines and functions that the error and those before it came through, with the kind of each."""
    parts = []
    current: BaseException | None = error
    while current is not None:
        places = traceback.format_list(traceback.extract_tb(current.__traceback__))
        parts.append("".join(places) + type(current).__name__)
        current = current.__cause__ or current.__context__
    return "\nafter\n".join(parts)

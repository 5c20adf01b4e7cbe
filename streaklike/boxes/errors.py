"""Errors of actions on boxes. Each message says what happened, what is safe and what to do."""


class BoxError(Exception):
    """Base class: the requested change is not possible, and nothing was changed."""


class PipelineNotFound(BoxError):
    """No pipeline or stage has this key."""


class BoxNotFound(BoxError):
    """No box has this uid."""


class BoxClosed(BoxError):
    """A closed box cannot be moved until it is reopened."""


class BadPosition(BoxError):
    """The stage belongs to another pipeline, or the neighbour is not in the stage."""


class BadText(BoxError):
    """A name, text or amount is missing or cannot be parsed."""


class BadTime(BoxError):
    """A timestamp is on the wrong side of now: a logged event in the future, or a due date in the past."""


class OwnerHasLeft(BoxError):
    """A member without access cannot become an owner."""


class WrongTaskState(BoxError):
    """The item is done already, or is not done yet."""


class CannotUndo(BoxError):
    """The event was undone before, a newer event depends on it, or its kind cannot be undone."""

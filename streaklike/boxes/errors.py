"""What can go wrong with a box, each a fact with a whole sentence: what happened, what is safe, what to do."""


class BoxError(Exception):
    """The parent of all: the asked change cannot be made, and nothing was changed."""


class PipelineNotFound(BoxError):
    """No pipeline or stage has this key."""


class BoxNotFound(BoxError):
    """No box has this uid."""


class BoxClosed(BoxError):
    """A closed box stands still until it is opened again."""


class BadPlace(BoxError):
    """A stage of another pipeline, or a neighbour that is not in the stage."""


class BadText(BoxError):
    """A name, a text or an amount is missing or cannot be read."""


class BadTime(BoxError):
    """Something that happened cannot lie in the future."""


class OwnerHasLeft(BoxError):
    """A member without access cannot own anything new."""


class TaskStands(BoxError):
    """The task is done already, or is not done yet."""


class CannotUndo(BoxError):
    """It was undone before, something newer stands on top of it, or it is of a kind that has no way back."""

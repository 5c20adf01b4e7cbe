"""Errors about people. Each message says what happened, what is safe, and what to do."""


class PeopleError(Exception):
    """Base class: the requested change cannot be made, and nothing was changed."""


class BadAddressText(PeopleError):
    """The text is not a mail address."""


class ContactNotFound(PeopleError):
    """No known person has this address."""


class NotAPerson(PeopleError):
    """The address is a machine's, a list's or a team member's, and never becomes a contact (R10, R12)."""


class AddressTaken(PeopleError):
    """The address already belongs to another contact."""


class BadValue(PeopleError):
    """An unusable tier, date or reason."""


class UserHasLeft(PeopleError):
    """A member without access cannot become an owner."""


class MembersAddress(PeopleError):
    """The address is a member's own, and cannot be a form's (R53)."""


class OfferNotFound(PeopleError):
    """No forwarded mail has this id, or it is not accepted (R17)."""


class MergeRefused(PeopleError):
    """The two cannot be merged: they are merged already, or the merge would be circular."""


class NotMerged(PeopleError):
    """The contact is not part of a merge."""


class UnknownKind(PeopleError):
    """No rule exists for this event kind, so nobody may do it."""


class NotAllowed(PeopleError):
    """The event rules do not let this member do, or undo, this."""


class NotAnAdmin(NotAllowed):
    """Only admins may do this."""


class LastAdmin(PeopleError):
    """The last admin must keep access and role: nobody else could grant access."""


class AlreadyUndone(PeopleError):
    """The event has already been undone."""

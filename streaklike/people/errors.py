"""What can go wrong with people, each a fact with a whole sentence: what happened, what is safe, what to do."""


class PeopleError(Exception):
    """The parent of all: the asked change cannot be made, and nothing was changed."""


class BadAddressText(PeopleError):
    """The text is no mail address."""


class ContactNotFound(PeopleError):
    """Nobody with this address is known."""


class NotAPerson(PeopleError):
    """The address is a machine's, a list's or one of ours, and never becomes a contact (R10, R12)."""


class AddressTaken(PeopleError):
    """The address belongs to another contact already."""


class BadValue(PeopleError):
    """A tier, a date or a reason that cannot be used."""


class UserHasLeft(PeopleError):
    """A member without access cannot own anything new."""


class MembersAddress(PeopleError):
    """The address is a member's own, and cannot be a form's (R53)."""


class OfferNotFound(PeopleError):
    """No forwarded mail has this id, or it is not accepted (R17)."""


class MergeRefused(PeopleError):
    """The two cannot be merged: they are one already, or the merge would go in a circle."""


class NotMerged(PeopleError):
    """The contact is part of no merge, so there is nothing to take apart."""


class UnknownKind(PeopleError):
    """No rule says who may do an event of this kind, so nobody may."""


class NotAllowed(PeopleError):
    """The table of event kinds does not let this member do, or undo, this."""


class NotAnAdmin(NotAllowed):
    """Only admins may do this."""


class LastAdmin(PeopleError):
    """The last admin keeps access and role: nobody else could let anybody in."""


class AlreadyUndone(PeopleError):
    """The event was taken back before."""

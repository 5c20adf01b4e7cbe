"""Why no digest can be sent: facts about the settings, each a sentence for people."""


class BadSender(ValueError):
    """The address that digests come from cannot be used; the sentence says which setting to mend."""


class BadServer(ValueError):
    """The address of the mail server cannot be used; the sentence says what to mend, without the password."""


class CannotSend(Exception):
    """No way of sending mail is set up; the sentence says how to."""

"""Which addresses are internal (R12). Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Team:
    """The team's addresses (keys of members and send-as aliases) and domains; sub-domains are listed
    separately.

    `forms` are addresses marked as a website form's sender (R53).
    """

    addresses: frozenset[str]
    domains: frozenset[str]
    forms: frozenset[str] = frozenset()

    def is_inside(self, key: str) -> bool:
        """Whether the address with this key (R1 to R3) is internal."""
        return key in self.addresses or key.rpartition("@")[2] in self.domains

    def is_form(self, key: str, *, is_known_elsewhere: bool) -> bool:
        """Whether mail from this address, with one external person in Reply-To, is that person's (R53).

        `is_known_elsewhere`: a third party's machine whose mail is a form's by itself
        (`mail.forms.is_foreign_form`).
        """
        is_own = self.is_inside(key) and key not in self.addresses
        return key in self.forms or is_own or is_known_elsewhere

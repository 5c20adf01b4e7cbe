"""Who is inside (R12): a pure question about an address key."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Team:
    """The team's addresses (keys: members and send-as aliases) and its domains, each sub-domain named by itself.

    `forms` are the addresses that it named as a website's form (R53).
    """

    addresses: frozenset[str]
    domains: frozenset[str]
    forms: frozenset[str] = frozenset()

    def is_inside(self, key: str) -> bool:
        """Whether the address with this key (R1 to R3) is one of ours."""
        return key in self.addresses or key.rpartition("@")[2] in self.domains

    def is_form(self, key: str, *, is_known_elsewhere: bool) -> bool:
        """Whether mail from this address, with one outside person in Reply-To, is that person's (R53).

        `is_known_elsewhere`: it is somebody else's machine, whose mail says enough by itself (`mail.forms.is_foreign_form`).
        """
        is_own = self.is_inside(key) and key not in self.addresses
        return key in self.forms or is_own or is_known_elsewhere

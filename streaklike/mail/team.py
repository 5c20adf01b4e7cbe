"""Who is inside (R12): a pure question about an address key."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Team:
    """The team's addresses (keys: members and send-as aliases) and its domains, each sub-domain named by itself."""

    addresses: frozenset[str]
    domains: frozenset[str]

    def is_inside(self, key: str) -> bool:
        """Whether the address with this key (R1 to R3) is one of ours."""
        return key in self.addresses or key.rpartition("@")[2] in self.domains

"""What has been planned with each person, so that the everyday is unremarkable: no rush, no gap, no ask after a gift."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Final

ASK_GAP_DAYS: Final = 60
GIFT_GAP_DAYS: Final = 40
SEND_GAP_DAYS: Final = 5


@dataclass(slots=True)
class GiverTotals:
    """One person's asks, gifts, mass mailings and the day after which mail to them fails or stops."""

    asks: list[date] = field(default_factory=list)
    gifts: list[date] = field(default_factory=list)
    mailings: list[date] = field(default_factory=list)
    until: date = date.max

    def may_ask(self, day: date) -> bool:
        """Whether an ask on that day is far from other asks and from a gift before it."""
        return all(abs((day - ask).days) > ASK_GAP_DAYS for ask in self.asks) and not any(
            -1 <= (day - gift).days <= GIFT_GAP_DAYS for gift in self.gifts
        )

    def may_give(self, day: date) -> bool:
        """Whether a gift on that day has no ask in the weeks after it."""
        return not any(-1 <= (ask - day).days <= GIFT_GAP_DAYS for ask in self.asks)

    def may_write(self, day: date) -> bool:
        """Whether a new mail of ours on that day keeps away from mass mailings."""
        return all(abs((day - sent).days) > SEND_GAP_DAYS for sent in self.mailings)


@dataclass(slots=True)
class Totals:
    """Each person's account, by key."""

    accounts: dict[str, GiverTotals] = field(default_factory=lambda: defaultdict(GiverTotals))

    def of(self, key: str) -> GiverTotals:
        """The account of the person with that key."""
        return self.accounts[key]

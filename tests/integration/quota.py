"""Mail in threads as a team's mailbox holds them, and what it must cost."""

import random

from gmail_emulator import Account, Delivery
from tests.integration.sync_helpers import AN, MEI, at, mime

SIZES = (1,) * 12 + (2,) * 3 + (6,) * 5
"""Of twenty threads: 60 % ones, 15 % twos, 25 % sixes."""


def fill_threads(account: Account, messages: int) -> list[int]:
    """At least so many messages; the sizes of their threads."""
    rng = random.Random(7)
    sizes: list[int] = []
    mails: list[Delivery] = []
    while len(mails) < messages:
        size = rng.choice(SIZES)
        thread_id = f"{len(sizes) + 1:x}"
        for turn in range(size):
            minute, is_ours = len(mails), turn % 2 == 1
            source = mime(
                MEI if is_ours else AN,
                [AN if is_ours else MEI],
                f"Matter {len(sizes)}",
                f"Text {minute}",
                minute=minute,
            )
            label = "SENT" if is_ours else "INBOX"
            mails.append(Delivery(source, (label,), at(minute), thread_id))
        sizes.append(size)
    account.deliver_many(mails)
    return sizes

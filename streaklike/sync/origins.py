"""The origin of a mailbox message, encoded as a prefix of its id. Gmail's own ids contain no dash."""

from typing import Final

FROM_FILE: Final = "mbox-"
"""Id prefix of messages imported from a file. They do not appear in Gmail's listing."""

FROM_OFFER: Final = "offer-"
"""Id prefix of an accepted forwarded original (R17). It belongs to no mailbox."""

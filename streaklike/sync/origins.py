"""Where a copy came from, as its id tells: Gmail's own ids have no dash."""

from typing import Final

FROM_FILE: Final = "mbox-"
"""The ids of copies that an imported mail file brought begin so: a listing says nothing of them."""

FROM_OFFER: Final = "offer-"
"""The ids of copies of a forwarded original that was accepted (R17) begin so: no mailbox's own mail."""

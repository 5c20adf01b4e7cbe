"""Telling the story: every copy into its mailbox on the demo's Gmail server."""

from collections import defaultdict

from streaklike.demo.gmail_server import Delivery as Laid
from streaklike.demo.gmail_server import GmailServer
from streaklike.demo.story.model import Story


def tell(server: GmailServer, story: Story) -> None:
    """Add an account for each colleague and lay every copy into it, oldest first; Gmail's threads form by themselves."""
    laid: dict[str, list[Laid]] = defaultdict(list)
    for delivery in story.deliveries:
        laid[delivery.mailbox].append(Laid(delivery.mime, delivery.label_ids, delivery.at))
    for colleague in story.colleagues:
        server.add_account(colleague.email).deliver_many(laid[colleague.email])

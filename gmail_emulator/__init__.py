"""A Gmail API server on loopback: strict, metered, and with faults on order. The demo and the tests live on it."""

from gmail_emulator.account import Account, Delivery
from gmail_emulator.faults import Fault
from gmail_emulator.server import GmailServer

__all__ = ["Account", "Delivery", "Fault", "GmailServer"]

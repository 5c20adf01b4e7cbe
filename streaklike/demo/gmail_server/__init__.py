"""A Gmail API server on loopback: strict, metered, and with faults on order. The demo and the tests live on it."""

from streaklike.demo.gmail_server.account import Account, Delivery
from streaklike.demo.gmail_server.faults import Fault
from streaklike.demo.gmail_server.server import GmailServer

__all__ = ["Account", "Delivery", "Fault", "GmailServer"]

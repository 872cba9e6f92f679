"""Reads a support mailbox, opens and follows tickets, answers, and watches the promised times."""

__version__ = "0.1.0"

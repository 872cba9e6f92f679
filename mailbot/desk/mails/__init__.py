"""Mails that are written for what was decided or asked for, or is due: to our own people, and to customers."""

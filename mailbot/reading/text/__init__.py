"""Octets and markup become text, as a person reads it; nothing here knows of messages."""

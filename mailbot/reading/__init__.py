"""Bytes become a Message: pure, never trusting, never raising more than MessageError."""

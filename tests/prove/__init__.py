"""Proofs from outside: what must hold whatever is done to the daemon."""

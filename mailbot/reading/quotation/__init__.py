"""Whose words they are: newly written, quoted, passed on from somebody else, or a signature."""

"""Octets that find new ways through the code: `make fuzz`. A target is what is done with them, and what must hold."""

"""The header section (RFC 5322, 2045, 2047): fields, and the values that stand in them."""

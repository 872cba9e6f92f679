"""Mail comes in: accepted, committed as it is, and only then acknowledged."""

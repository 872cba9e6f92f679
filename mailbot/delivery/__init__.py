"""Mail goes out: claimed, submitted to the relay, and marked with what the relay said."""

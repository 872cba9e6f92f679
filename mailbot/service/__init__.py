"""The desk in operation: an operator's folder, the daemon in it, and past mail on a virtual clock."""

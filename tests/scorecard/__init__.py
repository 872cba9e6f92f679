"""The scorecard: how well mail that nobody here wrote is understood, figure by figure."""

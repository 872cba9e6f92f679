"""What agents and operators have done: each request, by mail or on the command line, in one transaction."""

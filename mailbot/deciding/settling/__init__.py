"""What ends a ticket by the words of its customer: thanks, that all is well again, that an article has solved it."""

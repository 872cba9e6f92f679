"""Articles in answers: which of them answer a message, and what an answer brings besides the receipt."""

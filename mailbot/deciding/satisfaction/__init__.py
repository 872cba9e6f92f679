"""How satisfied customers are: who is asked when, what they answer, and what becomes of it."""

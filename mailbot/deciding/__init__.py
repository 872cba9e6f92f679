"""A Message and its Context become a Decision: pure values, with the reasons for each step."""

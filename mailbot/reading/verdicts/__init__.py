"""What is concluded about a message: a machine sent it, it is a bounce or spam, its sender is proven."""

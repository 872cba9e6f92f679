"""What is said in a conversation about a fault: for vendors, who ask for it, and for customers, who are asked."""

"""What our own people do by mail: who may, what they wrote, and what follows from it."""

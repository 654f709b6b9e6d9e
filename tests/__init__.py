"""The tests, their harnesses and what they share."""

"""Ways to tell somebody what happened."""

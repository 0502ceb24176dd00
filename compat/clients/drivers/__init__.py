"""What each client is made to do, by scripts that run in its own environment."""

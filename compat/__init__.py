"""Evidence: emulators, recordings and real clients that judge the daemon from outside."""

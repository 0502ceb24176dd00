"""The rules of the domain: pure, synchronous, free of I/O."""

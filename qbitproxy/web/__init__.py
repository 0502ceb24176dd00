"""The HTTP edge: shows what the library holds, records what clients ask."""

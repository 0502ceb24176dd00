"""The page for people; it talks to `/api` alone."""

"""Client libraries of the Arrs that others wrote, let loose on our emulators."""

from pathlib import Path


def talk_script() -> Path:
    """What runs in their environment."""
    return Path(__file__).parent / "talk.py"

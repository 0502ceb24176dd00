"""Writes down how a real service speaks, without anything that is somebody's."""

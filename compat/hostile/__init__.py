"""Requests that no honest client sends, with a way to send them."""

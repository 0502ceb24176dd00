"""Strict stand-ins for the services qbitproxy talks to; they know published facts only."""

"""The whole idea on one machine: an Arr, a debrid service, the real daemon between them."""

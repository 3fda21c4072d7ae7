"""Connections to the tools that run the cells of a matrix, and what all of them do there."""

"""A change in words, as pages and the admin show it: its plan, votes, checks and timeline. Pure."""

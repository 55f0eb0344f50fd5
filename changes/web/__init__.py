"""The pages of changes: an edge reads the request, makes one call, shows the answer."""

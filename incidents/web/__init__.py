"""The pages of incidents: an edge reads the request, makes one call, shows the answer."""

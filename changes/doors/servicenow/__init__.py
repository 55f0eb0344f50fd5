"""ServiceNow's doors: what its DevOps action calls, and what Octopus Deploy calls."""

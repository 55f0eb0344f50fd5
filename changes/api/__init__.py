"""Changes over REST: `/api/v1/`."""

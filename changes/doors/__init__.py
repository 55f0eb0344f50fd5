"""Doors that speak other tools' formats: `/compat/<vendor>/…` and `/hooks/<source>`."""

"""Incidents and error budgets over REST."""

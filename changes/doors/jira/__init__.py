"""Jira's door: deployments that are submitted, and whether they are gated."""

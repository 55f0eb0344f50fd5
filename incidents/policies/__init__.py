"""Who may say what of an incident, and when: facts in, a Decision out. Pure."""

from incidents.policies.verbs import STAYS, Standing, may

__all__ = ["STAYS", "Standing", "may"]

"""Writing rules: approval rules, and the policy rules of one's own."""

from changes.rulebook.approval import EDITABLE, check, save

__all__ = ["EDITABLE", "check", "save"]

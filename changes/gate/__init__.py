"""The question CI asks before it deploys, the answer, and the record of it."""

from changes.gate.asking import ask, explain
from changes.gate.words import Answer, Question

__all__ = ["Answer", "Question", "ask", "explain"]

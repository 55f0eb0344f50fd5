"""Tokens of pipelines: issuers' keys, what a token proves, and its exchange for one of ours."""

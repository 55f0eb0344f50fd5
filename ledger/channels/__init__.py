"""Outbound channels: one module each; every failure is marked permanent or not."""

"""The floor: plain Django and raw SQL, no middleware, no rules, served like Tidegate."""

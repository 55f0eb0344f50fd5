"""What comes in from monitoring tools: reading it, and the rows that say how and from whom."""

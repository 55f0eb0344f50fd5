"""`./run bench`: how fast Tidegate is, against a floor measured in the same run."""

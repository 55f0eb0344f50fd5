"""The stories of the demo, by how they stand when it is loaded."""

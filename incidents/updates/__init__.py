"""Updates: what those affected by an incident are told, inside the house and for everybody."""

"""The pages of incidents, part by part."""

"""Doors that take alerts in other tools' formats: kept first, read as signals soon after."""

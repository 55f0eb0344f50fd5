"""The refusal to start: a setting that is missing or wrong."""


class SettingWrong(Exception):
    """A variable that is missing or wrong; its text is one line that says what to set."""

    def __init__(self, name: str, what: str, remedy: str) -> None:
        self.name = name
        super().__init__(f"{name} {what}. {remedy}")

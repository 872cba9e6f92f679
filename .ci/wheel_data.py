"""Puts the shipped templates, starters and rules into the wheel, as mailbot/data; an editable install reads them in place."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelData(BuildHookInterface):  # type: ignore[type-arg]
    """Adds templates/, starters/ and rules.toml to every wheel that is not editable; a missing one ends the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Extend what hatchling is about to write."""
        if version == "standard":
            build_data["force_include"]["templates"] = "mailbot/data/templates"
            build_data["force_include"]["starters"] = "mailbot/data/starters"
            build_data["force_include"]["rules.toml"] = "mailbot/data/rules.toml"

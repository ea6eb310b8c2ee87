"""What the wheel has beside the package: of each assignment what students have, never its solution or hidden tests."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssignmentsHook(BuildHookInterface):
    """Collects the folders `public` of all numbered assignments."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add them to the files of a wheel; an editable install finds them in the repository."""
        if version == "standard":
            for folder in sorted(Path(self.root).glob("assignments/[1-9]*_*/public")):
                build_data["force_include"][str(folder)] = f"lecturelib/_assignments/{folder.parent.name}/public"

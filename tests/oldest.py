"""Print the oldest versions that pyproject.toml allows, as constraints for pip.

    python tests/oldest.py > oldest.txt
    python -m pip install --editable ".[test]" --constraint oldest.txt

Names given as arguments are left out: PyTorch, for example, where a machine has one build only.
"""

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement


def main() -> None:
    """Pin each direct dependency to its lower bound."""
    text = Path(__file__).parent.with_name("pyproject.toml").read_text("utf-8")
    project = tomllib.loads(text)["project"]
    groups = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for group in groups for line in group)]
    for requirement in map(Requirement, lines):
        bounds = [s.version for s in requirement.specifier if s.operator == ">="]
        if bounds and requirement.name not in sys.argv[1:]:
            print(f"{requirement.name}=={bounds[0]}")


if __name__ == "__main__":
    main()

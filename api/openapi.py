"""Writes the contract to docs/openapi.json: `python -m api.openapi`."""

import json
import sys
from pathlib import Path

from api.app import contract, routes

FILE = Path(__file__).parent.parent / "docs" / "openapi.json"


def document() -> str:
    """The contract as text, the same for the same code."""
    return json.dumps(contract(routes()), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the file named on the command line, docs/openapi.json by default."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    target.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()

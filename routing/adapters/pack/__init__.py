"""Packs as folders of TOML: read, checked, and live."""

from routing.adapters.pack.errors import PackError, PackErrors
from routing.adapters.pack.folder import PackFolder
from routing.adapters.pack.loading import STARTER_FOLDER, CheckResult, check_path, load_pack

__all__ = ["STARTER_FOLDER", "CheckResult", "PackError", "PackErrors", "PackFolder", "check_path", "load_pack"]

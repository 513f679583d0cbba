"""A model folder on disk: written whole or not at all, and read only if every byte is what the manifest says."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from secrets import token_hex
from typing import Any

from encoders.errors import ArtifactDamaged, ArtifactForeign, ArtifactMissing

FORMAT = "pointsman-model"
FORMAT_VERSION = 3
MANIFEST = "manifest.json"
_EXECUTABLE = frozenset(
    {".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth", ".bin", ".ckpt", ".npy", ".npz", ".h5", ".keras"}
    | {".onnx", ".so", ".py", ".pyc", ".dll", ".dylib"}
)


@dataclass(frozen=True, slots=True)
class Artifact:
    """A folder that passed every check: its manifest and the bytes of its files by name."""

    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]


def write_artifact(folder: Path, files: Mapping[str, bytes], about: Mapping[str, Any]) -> None:
    """Write to a sibling folder, then rename: a reader sees the old model or the new one.

    `about` joins the manifest. Raises `ArtifactForeign` if `folder` holds something else than a model.
    """
    _refuse_to_replace_anything_else(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f".{folder.name}.new-{token_hex(4)}")
    try:
        fresh.mkdir()
        for name, content in files.items():
            (fresh / name).write_bytes(content)
        (fresh / MANIFEST).write_text(_manifest(files, about), encoding="utf-8")
        _swap(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def read_artifact(folder: Path) -> Artifact:
    """Check and read a model folder; raises an `ArtifactError` naming the file and why."""
    if not folder.is_dir():
        raise ArtifactMissing(folder, "no such model folder; make one with `pointsman train --out`")
    manifest = _read_manifest(folder / MANIFEST)
    _refuse_strangers(folder, manifest["files"])
    return Artifact(manifest, {name: _read_checked(folder / name, sha) for name, sha in manifest["files"].items()})


def sha256(content: bytes) -> str:
    """Hexadecimal digest."""
    return hashlib.sha256(content).hexdigest()


def _manifest(files: Mapping[str, bytes], about: Mapping[str, Any]) -> str:
    body: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "created_by": f"pointsman {_product_version()}",
        **about,
        "files": {name: sha256(content) for name, content in sorted(files.items())},
    }
    return json.dumps(body | {"checksum": _checksum(body)}, indent=2, ensure_ascii=False) + "\n"


def _checksum(body: Mapping[str, Any]) -> str:
    kept = {key: value for key, value in body.items() if key != "checksum"}
    return sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False).encode())


def _product_version() -> str:
    try:
        return version("pointsman")
    except PackageNotFoundError:
        return "(not installed)"


def _refuse_to_replace_anything_else(folder: Path) -> None:
    if folder.exists() and not (folder.is_dir() and ((folder / MANIFEST).exists() or not any(folder.iterdir()))):
        raise ArtifactForeign(folder, "holds something else than a model and is not replaced; choose another folder")


def _swap(fresh: Path, folder: Path) -> None:
    """Two renames, since a folder cannot be renamed over another; the older model goes last."""
    old = folder.with_name(f".{folder.name}.old-{token_hex(4)}")
    if folder.exists():
        folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _read_manifest(path: Path) -> Mapping[str, Any]:
    try:
        manifest = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ArtifactMissing(path, "a model folder has one, and this has none") from None
    except (ValueError, RecursionError) as error:
        raise ArtifactDamaged(path, f"is not readable as JSON ({type(error).__name__})") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else type(manifest).__name__
        raise ArtifactForeign(path, f"format is {found!r}; only {FORMAT!r} is read")
    if manifest.get("format_version") != FORMAT_VERSION:
        raise ArtifactForeign(path, _other_version(manifest.get("format_version")))
    if manifest.get("checksum") != _checksum(manifest):
        raise ArtifactDamaged(path, "its checksum does not fit its content; it was changed after training")
    return manifest


def _other_version(found: Any) -> str:
    said = f"format_version is {found!r}; this version of the product reads {FORMAT_VERSION}"
    older = isinstance(found, int) and found < FORMAT_VERSION
    return f"{said}. The model was made by an older version; train again" if older else said


def _refuse_strangers(folder: Path, expected: Mapping[str, str]) -> None:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name in expected or name == MANIFEST:
            continue
        if path.suffix.lower() in _EXECUTABLE:
            raise ArtifactForeign(path, f"{path.suffix} files can carry code and have no place in a model folder")
        if path.suffix.lower() in (".safetensors", ".json"):
            raise ArtifactForeign(path, "is not in the manifest; the folder mixes two models")


def _read_checked(path: Path, digest: str) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ArtifactMissing(path, "the manifest lists it, and it is not there") from None
    if sha256(content) != digest:
        raise ArtifactDamaged(path, "its SHA-256 is not the manifest's; copy the folder again or train again")
    return content

"""Keycloak's distribution: fetched once from Maven Central, checksums verified, into a cache folder."""

import shutil
import subprocess
import zipfile
from pathlib import Path

from servers.kafka.jars import cache_folder

VERSION = "26.4.0"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"


class DistributionUnavailable(Exception):
    """Keycloak cannot be had on this machine; the text says why."""


def keycloak_folder() -> Path:
    """The unpacked distribution, fetched with Maven when it is not in the cache yet."""
    missing = [program for program in ("java", "mvn") if shutil.which(program) is None]
    folder = cache_folder() / "keycloak" / f"keycloak-{VERSION}"
    if "java" in missing or (missing and not folder.is_dir()):
        raise DistributionUnavailable(f"not on the PATH: {', '.join(missing)}")
    if not folder.is_dir():
        _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    partial = folder.with_name(f".{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    goal = ["mvn", "-q", "-B", COPY, f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={partial}"]
    done = subprocess.run(goal, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DistributionUnavailable(f"Maven could not fetch Keycloak:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    (archive,) = partial.glob("*.zip")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(partial)
    for script in (partial / folder.name / "bin").glob("*.sh"):
        script.chmod(0o755)  # which unpacking forgets
    (partial / folder.name).rename(folder)
    shutil.rmtree(partial)

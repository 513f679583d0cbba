"""The broker's jars: fetched once from Maven Central into a cache folder."""

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
REPOSITORY_ROOT = Path(__file__).resolve().parents[3]
COPY_DEPENDENCIES = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


class JarsUnavailable(Exception):
    """The broker cannot be had on this machine; the text says why."""


def broker_jars() -> Path:
    """The folder with the broker's jars, fetched with Maven when it is not in the cache yet."""
    folder = cache_folder() / "kafka" / kafka_version()
    if shutil.which("java") is None:
        raise JarsUnavailable("no `java` on the PATH")
    if not folder.is_dir():
        _fetch(folder)
    return folder


def cache_folder() -> Path:
    """POINTSMAN_CACHE, else `.cache` in the repository."""
    return Path(os.environ.get("POINTSMAN_CACHE") or REPOSITORY_ROOT / ".cache")


def kafka_version() -> str:
    """The version that pom.xml names."""
    version = ET.parse(POM).findtext(".//{*}kafka.version")
    if version is None:
        raise JarsUnavailable(f"{POM} names no kafka.version")
    return version


def _fetch(folder: Path) -> None:
    if shutil.which("mvn") is None:
        raise JarsUnavailable(f"no `mvn` on the PATH and no jars in {folder}")
    # Into a folder of our own first: a fetch that breaks off leaves no half-filled cache.
    partial = folder.with_name(f".{folder.name}.{os.getpid()}")
    goal = [COPY_DEPENDENCIES, f"-DoutputDirectory={partial}", "-DincludeScope=runtime"]
    done = subprocess.run(["mvn", "-q", "-B", "-f", str(POM), *goal], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(partial, ignore_errors=True)
        raise JarsUnavailable(f"Maven could not fetch the broker:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    partial.rename(folder)


if __name__ == "__main__":
    try:
        print(broker_jars())
    except JarsUnavailable as reason:
        sys.exit(f"Apache Kafka's jars are not available: {reason}")

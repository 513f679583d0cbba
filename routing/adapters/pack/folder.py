"""The live pack of a service: reloading swaps it only for one that is whole."""

from pathlib import Path
from threading import Lock

from routing.adapters.pack.errors import PackError, PackErrors
from routing.adapters.pack.loading import STARTER_FOLDER, load_pack, pack_of
from routing.adapters.pack.overlay import NO_EDITS, Overlay, idle_in, with_edits
from routing.adapters.pack.reading import Reading, pack_files, read_folder
from routing.domain.pack import Pack

_Signature = tuple[tuple[str, int, int], ...]


class PackFolder:
    """Serves the pack of a folder; None means the starter pack. Raises PackErrors when the first one is broken."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or STARTER_FOLDER
        self._lock = Lock()
        self._seen = _signature(self._folder)
        self._edits = NO_EDITS
        self._pack = load_pack(self._folder)
        self._problems: tuple[PackError, ...] = ()
        self._misfits: tuple[PackError, ...] = ()
        self._idle: tuple[str, ...] = ()
        self._kept: tuple[_Signature, Reading] | None = None

    @property
    def problems(self) -> list[PackError]:
        """What was wrong at the last reload; empty when it went well."""
        return list(self._problems)

    @property
    def misfits(self) -> list[PackError]:
        """Why the edits do not fit the files, so that these serve alone; empty while they do."""
        return list(self._misfits)

    @property
    def idle(self) -> tuple[str, ...]:
        """What is edited and no longer in the files: left aside."""
        return self._idle

    def reading(self) -> Reading:
        """The files as they are now, without edits; read again only when one changed."""
        signature = _signature(self._folder)
        if self._kept is None or self._kept[0] != signature:
            self._kept = (signature, read_folder(self._folder))
        return self._kept[1]

    def faults(self, edits: Overlay) -> list[PackError]:
        """Everything that is wrong with the files and these edits over them; nothing is taken over."""
        try:
            pack_of(with_edits(self.reading(), edits))
        except PackErrors as broken:
            return broken.errors
        return []

    def lay(self, edits: Overlay) -> bool:
        """Go by these edits from now on; True when another pack is live. Where they do not fit the files serve."""
        with self._lock:
            before, self._edits = self._pack.version, edits
            self._read()
            return self._pack.version != before

    def current(self) -> Pack:
        """The newest pack that was whole."""
        return self._pack

    def reload(self) -> list[PackError]:
        """Read the folder again. Returns what is wrong with it; the working pack stays unless nothing is."""
        with self._lock:
            # Taken before reading, so that a write in the middle is seen the next time.
            self._seen = _signature(self._folder)
            return self._read()

    def reload_if_changed(self) -> bool:
        """Reload when a file's time or size changed since the last reading; True when another pack is live now.

        Cheap enough for every few seconds, and never raises: what goes wrong is in `problems`.
        """
        with self._lock:
            signature = _signature(self._folder)
            if signature == self._seen:
                return False
            self._seen, before = signature, self._pack.version
            self._read()
            return self._pack.version != before

    def _read(self) -> list[PackError]:
        try:
            plain = load_pack(self._folder)
            self._problems, self._misfits, self._idle = (), (), ()
            self._pack = self._edited(plain)
        except PackErrors as broken:
            self._problems = tuple(broken.errors)
        except OSError as error:
            self._problems = (PackError(str(self._folder), "", f"({error.strerror})", "a folder that can be read"),)
        return list(self._problems)

    def _edited(self, plain: Pack) -> Pack:
        if self._edits.is_empty:
            return plain
        try:
            reading = self.reading()
            self._idle = idle_in(reading, self._edits)
            return pack_of(with_edits(reading, self._edits))
        except PackErrors as broken:
            self._misfits = tuple(broken.errors)
            return plain


def _signature(folder: Path) -> _Signature:
    """Name, time and size of each file; one that is gone or unreadable counts as such."""
    try:
        paths = [path for path, _ in pack_files(folder)]
    except OSError:
        paths = [folder]
    return tuple(_facts(path) for path in paths)


def _facts(path: Path) -> tuple[str, int, int]:
    try:
        facts = path.stat()
    except OSError:
        return str(path), -1, -1
    return str(path), facts.st_mtime_ns, facts.st_size

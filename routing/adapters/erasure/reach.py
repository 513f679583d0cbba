"""How far erasure reaches in an installation, by its settings."""

from datetime import timedelta

from routing.adapters.erasure.files import ExportedFiles, ModelReports, RefusedRows
from routing.adapters.erasure.pseudonyms import KeyedPseudonyms
from routing.adapters.erasure.recorded import ErasureRecordFile
from routing.adapters.kafka.erased_letters import DeadLetterBox
from routing.ports import Place, Store
from routing.services.erasure import Reach
from routing.settings import Settings


def reach_of(settings: Settings, store: Store) -> Reach:
    """Every place of this installation. The dead letters come first: only they can be out of reach."""
    folders = (settings.data_dir, settings.models_dir)
    files: list[Place] = [
        ExportedFiles(store),
        RefusedRows(tuple(dict.fromkeys(folders))),
        ModelReports(store, settings.models_dir),
    ]
    letters: list[Place] = [DeadLetterBox(settings)] if settings.kafka_bootstrap is not None else []
    days = settings.backups_kept_days
    kept = None if days is None else timedelta(days=days)
    records = ErasureRecordFile(settings.erasure_record_file)
    return Reach(KeyedPseudonyms(settings.erasure_key_file), (*letters, *files), kept, records)

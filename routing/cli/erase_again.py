"""Asking recorded erasures again for `pointsman restore` and `pointsman erasures --again`."""

from routing.cli import configuration
from routing.cli.caller import who
from routing.settings import Settings

NOT_ALL_ERASED = 1


def erase_again(settings: Settings, *, everyone: bool = False) -> bool:
    """Say what came of it; True where something still stands against an erasure."""
    from routing.adapters.erasure.recorded import ErasureRecordFile
    from routing.services.erasing_again import ask_again

    path = settings.erasure_record_file
    if not ErasureRecordFile(path).all():
        print(f"{path} records no erasures: whoever was erased since the back-up, and is not recorded there, is back")
        return False
    service = configuration.service(settings)
    found = ask_again(service.context, service.erasing, who(None), everyone=everyone)
    back = sum(each.total > 0 for each in found.done)
    print(f"{len(found.done)} recorded erasures were unknown to the database, {back} of them had something to erase")
    for id, why in found.refused.items():
        print(f"NOT ERASED AGAIN: {id}: {why}")
    return bool(found.refused)

"""What erasure reaches outside the database: files that were written from it, reports of models, the dead letters."""

from routing.adapters.erasure.reach import reach_of

__all__ = ["reach_of"]

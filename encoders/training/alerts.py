"""The alert detector of a model: fitted to the encoder as it comes, also where a tuned one stands beside it."""

from dataclasses import replace

import numpy as np

from encoders.encoder import Encoder
from encoders.joined import JoinedEncoder
from encoders.vigilance import Detector, fit_detector
from encoders.vigilance.features import View


def detector_of(encoder: Encoder, seed: int) -> Detector:
    """For all that `encoder` tells of a message; of a joined one it hears the first part alone.

    What makes a message alarming has nothing to do with the issue types that the others were tuned to, and what the
    first part makes of the lessons is in the cache: thousands of them would have to be encoded by each tuned encoder.
    """
    if not isinstance(encoder, JoinedEncoder):
        return fit_detector(encoder, seed)
    found = fit_detector(encoder.first, seed)
    return replace(found, model=replace(found.model, view=_beside_others(found.model.view, encoder)))


def _beside_others(view: View, encoder: JoinedEncoder) -> View:
    """The same view of the first part's depths where they stand, scaled, among those of the others."""
    own, others = encoder.first.dimension, encoder.dimension - encoder.first.dimension
    scale = np.float32(encoder.first_length)
    centre = np.concatenate([scale * view.centre[:own], np.zeros(others, np.float32), view.centre[own:]])
    unheard = np.zeros((others, view.across.shape[1]), np.float32)
    across = np.vstack([view.across[:own] / scale, unheard, view.across[own:]])
    return View(centre, np.ascontiguousarray(across))

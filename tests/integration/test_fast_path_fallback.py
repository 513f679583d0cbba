"""The fast path follows changed weights, and the reference serves where it cannot be had."""

import sys

import numpy as np
import pytest

from encoders.encoder import SentenceEncoder, load_encoder
from encoders.errors import EncoderUnavailable
from encoders.fast_forward import Precision

TEXTS = ["I lost my card"]


@pytest.fixture(scope="module")
def fast() -> SentenceEncoder:
    return load_encoder(precision=Precision.FAST)


def test_changed_weights_change_what_the_fast_path_computes(fast: SentenceEncoder) -> None:
    name = "0.auto_model.encoder.layer.5.output.LayerNorm.bias"
    parameters = dict(fast.copy_of_model().named_parameters())
    found = next(key for key in parameters if key.endswith(name.removeprefix("0.auto_model.")))
    change = parameters[found].detach().numpy().astype(np.float16) + np.float16(0.5)
    changed = fast.with_weights({found: change})
    assert changed.path is Precision.FAST
    assert not np.allclose(changed.encode(TEXTS[:1]), fast.encode(TEXTS[:1]), atol=1e-3)


def test_without_its_runtime_the_reference_serves_and_the_log_says_why(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    encoder = SentenceEncoder()
    assert encoder.path is Precision.REFERENCE
    assert "onnxruntime is not installed" in caplog.text
    with pytest.raises(EncoderUnavailable, match="onnxruntime is not installed"):
        SentenceEncoder(precision="fast")

"""A classifier for the small bank, trained once."""

import pytest
from small_bank import WordEncoder, make_examples

from encoders.classifier import IntentClassifier
from encoders.training import train


@pytest.fixture(scope="session")
def word_encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture(scope="session")
def classifier(word_encoder: WordEncoder) -> IntentClassifier:
    return train(make_examples(40), encoder=word_encoder, seed=1, threads=1)

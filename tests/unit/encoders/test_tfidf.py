import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from encoders.tfidf import MINIMUM_MESSAGES, TermWeights, Unit, count_terms, fit_term_weights

TEXTS = [
    "I lost my card",
    "my card is lost",
    "The ÉCLAIR costs [CARD]",
    "a ab abc",
    "",
    "top-up failed; top up!",
    "I I I",
]
PEERS = {
    Unit.WORDS: {"ngram_range": (1, 2)},
    Unit.CHARACTERS: {"analyzer": "char_wb", "ngram_range": (2, 5)},
}


def _peer(unit: Unit, texts: list[str]) -> TfidfVectorizer:
    return TfidfVectorizer(sublinear_tf=True, min_df=MINIMUM_MESSAGES, **PEERS[unit]).fit(texts)


@pytest.mark.parametrize("unit", list(Unit))
def test_the_transform_equals_scikit_learns(unit: Unit) -> None:
    weights, weighted = fit_term_weights(count_terms(unit, TEXTS))
    peer = _peer(unit, TEXTS)
    assert list(weights.vocabulary) == list(peer.get_feature_names_out())
    assert np.allclose(weighted.toarray(), peer.transform(TEXTS).toarray(), atol=1e-12)


@pytest.mark.parametrize("unit", list(Unit))
@given(texts=st.lists(st.text(max_size=40), max_size=6))
def test_it_equals_scikit_learns_on_texts_it_was_not_fitted_on(unit: Unit, texts: list[str]) -> None:
    weights, _ = fit_term_weights(count_terms(unit, TEXTS))
    found = weights.transform([*texts, "my card"]).toarray()
    assert np.allclose(found, _peer(unit, TEXTS).transform([*texts, "my card"]).toarray(), atol=1e-12)


def test_a_term_of_one_message_only_never_enters_the_vocabulary() -> None:
    weights, _ = fit_term_weights(count_terms(Unit.WORDS, ["lost card featherstonehaugh", "lost card"]))
    assert set(weights.vocabulary) == {"lost", "card", "lost card"}


def test_an_empty_vocabulary_gives_rows_without_columns() -> None:
    weights, weighted = fit_term_weights(count_terms(Unit.WORDS, ["one", "two"]))
    assert weighted.shape == (2, 0)
    assert isinstance(weights, TermWeights)
    assert weights.transform(["one"]).shape == (1, 0)

"""What people in need write when they write it plainly raises an alert, by the encoder that the product ships with."""

import pytest

from encoders.encoder import SentenceEncoder, encode_depths, load_encoder
from encoders.errors import EncoderUnavailable
from encoders.text import prepare
from encoders.vigilance import Alert, Detector, Kind, fit_detector

HARM = {Kind.RISK_OF_HARM, Kind.MENTAL_HEALTH}
HOME = {Kind.DOMESTIC_ABUSE, Kind.COERCION}
MONEY = {Kind.FINANCIAL_HARDSHIP, Kind.HOMELESSNESS}
THEFT = {Kind.MONEY_LEAVING, Kind.ACCOUNT_TAKEOVER}
SCAM = {Kind.SCAM_PAID, Kind.SCAM_IN_PROGRESS}
CRIES = {
    "I don't want to live anymore": HARM,
    "I want to end it all": HARM,
    "I am going to kill myself": HARM,
    "I am so depressed I can't get out of bed": HARM,
    "my husband hits me": HOME,
    "my boyfriend controls all my money": HOME,
    "he will hurt me if I don't send him the money": HOME,
    "my son is forcing me to give him my pension": HOME,
    "my mum died last week": {Kind.BEREAVEMENT},
    "my wife passed away": {Kind.BEREAVEMENT},
    "I have cancer": {Kind.SERIOUS_ILLNESS},
    "I am blind and can't read your letters": {Kind.DISABILITY},
    "I keep forgetting things since my dementia diagnosis": {Kind.COGNITIVE_DECLINE},
    "I can't stop gambling": {Kind.GAMBLING_HARM},
    "I gambled away all my wages": {Kind.GAMBLING_HARM},
    "we are sleeping in our car": MONEY,
    "I am homeless": MONEY,
    "I have no money left for food": MONEY,
    "I can't pay my rent and we will be evicted": MONEY,
    "I lost my job and I can't pay my bills": MONEY,
    "someone is emptying my account right now": THEFT,
    "someone has hacked my account": THEFT,
    "someone else is logged in to my account": THEFT,
    "my card was stolen and it is being used": THEFT,
    "I have been scammed": SCAM,
    "I sent money to a fraudster": SCAM,
    "a man on the phone says he is from your bank and wants me to move my money": SCAM,
}


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    try:
        return load_encoder()
    except EncoderUnavailable as error:
        pytest.skip(f"the packaged encoder's weights are not here: {error}")


@pytest.fixture(scope="session")
def detector(encoder: SentenceEncoder) -> Detector:
    return fit_detector(encoder)


@pytest.fixture(scope="session")
def heard(encoder: SentenceEncoder, detector: Detector) -> dict[str, Alert | None]:
    texts = [prepare(cry) for cry in CRIES]
    alerts = detector.judge(texts, encode_depths(encoder, texts), lambda more: encode_depths(encoder, more))
    return dict(zip(CRIES, alerts, strict=True))


@pytest.mark.parametrize("cry", CRIES)
def test_a_plain_cry_raises_an_alert_of_its_kind(heard: dict[str, Alert | None], cry: str) -> None:
    alert = heard[cry]
    assert alert is not None
    assert CRIES[cry] & set(alert.kinds)

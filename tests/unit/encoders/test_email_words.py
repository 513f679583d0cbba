"""What the sender of an e-mail wrote themselves: nothing else is understood, and never nothing at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.email import own_words

NEED = "My card has not arrived yet, and I ordered\nit two weeks ago."


def test_greeting_signature_disclaimer_and_thread_are_left_out() -> None:
    mail = f"""Dear Sir or Madam,

{NEED}

Many thanks and kind regards,
John Smith
Senior Buyer | ACME Ltd
Tel: [PHONE]

This e-mail and any attachments are confidential and intended solely for the addressee.

On Mon, 3 May 2021 at 10:11, Support <[EMAIL]>
wrote:

> Dear John,
> your card was declined
"""
    assert own_words(mail) == NEED


@pytest.mark.parametrize(
    "closing",
    [
        "Kind regards,\nJo Bloggs",
        "Thanks\njo",
        "Cheers, Jo",
        "--\nJo Bloggs\n1 High Street",
        "Mit freundlichen Grüßen\nJo Bloggs",
        "Cordialement,\nJo Bloggs",
        "Un saludo,\nJo",
        "Cordiali saluti\nJo Bloggs",
        "Com os melhores cumprimentos,\nJo Bloggs",
        "Met vriendelijke groet,\nJo van den Berg",
        "Z poważaniem\nJo Bloggs",
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Verzonden vanaf mijn iPhone",
    ],
)
def test_a_signature_is_known_in_the_languages_of_the_markets(closing: str) -> None:
    assert own_words(f"{NEED}\n\n{closing}") == NEED


@pytest.mark.parametrize(
    "head",
    [
        "On Mon, 3 May 2021 at 10:11, Support <[EMAIL]> wrote:",
        "Am Mo., 3. Mai 2021 um 10:11 Uhr schrieb Support <[EMAIL]>:",
        "Le lun. 3 mai 2021 à 10:11, Support <[EMAIL]> a écrit :",
        "El lun, 3 may 2021 a las 10:11, Support (<[EMAIL]>) escribió:",
        "Il giorno lun 3 mag 2021 alle ore 10:11 Support <[EMAIL]> ha scritto:",
        "Em seg., 3 de mai. de 2021 às 10:11, Support <[EMAIL]> escreveu:",
        "Op ma 3 mei 2021 om 10:11 schreef Support <[EMAIL]>:",
        "W dniu pon., 3.05.2021 o 10:11 Support <[EMAIL]> napisał(a):",
        "-----Original Message-----",
        "-----Ursprüngliche Nachricht-----",
        "________________________________\nFrom: Support\nSent: Monday\nTo: Jo\nSubject: Declined",
        "Von: Support\nGesendet: Montag\nAn: Jo\nBetreff: Abgelehnt",
        "De : Support\nEnvoyé : lundi\nÀ : Jo\nObjet : Refus",
        "De: Support\nEnviado el: lunes\nPara: Jo\nAsunto: Rechazado",
        "Da: Support\nInviato: lunedì\nA: Jo\nOggetto: Rifiutata",
        "De: Support\nEnviada em: segunda\nPara: Jo\nAssunto: Recusado",
        "Van: Support\nVerzonden: maandag\nAan: Jo\nOnderwerp: Geweigerd",
        "Od: Support\nWysłano: poniedziałek\nDo: Jo\nTemat: Odrzucona",
    ],
)
def test_what_was_answered_to_is_left_out_in_every_language(head: str) -> None:
    assert own_words(f"{NEED}\n\n{head}\n\nYour card was declined.") == NEED


def test_answers_between_quoted_lines_stay() -> None:
    mail = "On 3 May 2021 Support wrote:\n> Which card?\nThe blue one.\n> Since when?\nSince Monday."
    assert own_words(mail) == "The blue one.\nSince Monday."


def test_a_forwarded_message_is_read_where_the_sender_adds_nothing_to_it() -> None:
    mail = "FYI\n\n---------- Forwarded message ---------\nFrom: Bob\nDate: 3 May\nTo: me\n\nMy top up failed"
    assert own_words(mail) == "FYI\nMy top up failed"


def test_a_forwarded_message_is_left_out_where_the_sender_says_what_it_is_about() -> None:
    mail = f"{NEED}\n\n---------- Forwarded message ---------\nFrom: Bob\nDate: 3 May\nTo: me\n\nYour order"
    assert own_words(mail) == NEED


def test_a_postscript_behind_the_signature_stays() -> None:
    mail = f"{NEED}\n\nRegards,\nJo Bloggs\n\nPS: how do I change my PIN?"
    assert own_words(mail) == f"{NEED}\n\nPS: how do I change my PIN?"


@pytest.mark.parametrize(
    "text",
    [
        "Thanks John,\nbut my card is still missing",
        "Hello my card is broken\nplease send another",
        "From Monday on I am away\nTo whom do I write?",
        "I want to pay this:\nrent 500\nfood 200",
        "best\nway to top up?",
        "5 < 6 and 7 > 3\nis that right?",
    ],
)
def test_words_that_only_look_like_an_e_mails_frame_stay(text: str) -> None:
    assert own_words(text) == text


@pytest.mark.parametrize(
    "text", ["> where is my card", "Hello,\n\nKind regards,\nJo", "-----Original Message-----\n\n"]
)
def test_something_is_always_left(text: str) -> None:
    assert own_words(text).strip()


def test_html_becomes_the_lines_a_browser_shows() -> None:
    html = (
        "<html><head><style>p{color:red}</style><title>x</title></head><body><p>Hello,</p><p>my card is <b>gone</b>"
        "</p><!-- tracking <p>no</p> --><script>alert(1)</script><blockquote>older words</blockquote></body></html>"
    )
    assert own_words(html) == "my card is gone"


@given(st.text(alphabet="<>/!-ab \nOn:wrote>Regards,PS@[]\u202e\u200b😀", max_size=400))
def test_no_text_makes_it_fail_and_no_words_are_lost_altogether(text: str) -> None:
    found = own_words(text)
    assert bool(found) == bool(text.strip())

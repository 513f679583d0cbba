"""Problems, as RFC 9457 has them."""

from pydantic import BaseModel, ConfigDict, Field


class WrongValue(BaseModel):
    """One value of a request that is not allowed."""

    place: str = Field(examples=["body.channel"])
    value: str | None = Field(description="clipped; the words of a message are never repeated", examples=["pigeon"])
    allowed: str = Field(examples=["Input should be 'chat', 'email', 'social' or 'callback'"])


class ProblemReply(BaseModel):
    """Why a request was not carried out."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(examples=["urn:pointsman:problem:offer_expired"])
    title: str
    status: int
    detail: str
    request_id: str = Field(description="also in the X-Request-ID header and the log")
    errors: list[WrongValue] | None = Field(default=None, description="each wrong value, when values are wrong")

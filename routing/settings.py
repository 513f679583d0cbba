"""The sole reader of the environment: where things are, and which policy is in force."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from encoders.modes import Mode
from routing.domain.policy import Policy


class Settings(BaseSettings):
    """Everything that differs between installations, from POINTSMAN_* variables. Times are in seconds."""

    model_config = SettingsConfigDict(env_prefix="POINTSMAN_", extra="ignore", frozen=True)

    data_dir: Path = Field(default=Path("pointsman-data"), description="where the database, models and rejects live")
    database_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy URL; unset means SQLite in the data directory"
    )
    pack: Path | None = Field(default=None, description="folder of the pack; unset means the starter pack")
    models: Path | None = Field(default=None, description="folder of trained models; unset means data_dir/models")
    host: str = Field(
        default="127.0.0.1", description="address to listen on; beyond loopback needs tokens_file or oidc_file"
    )
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    probe_port: Annotated[int, Field(ge=0, le=65535)] | None = Field(
        default=None, description="port of `consume` and `relay` for probes and metrics; unset opens none"
    )
    tokens_file: Path | None = Field(default=None, description="TOML file of token digests, roles, markets and COps")
    oidc_file: Path | None = Field(default=None, description="TOML file of the identity provider whose tokens count")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s]+$",
        description="where browsers find the console; https makes it strict",
    )
    requests_per_second: Annotated[float, Field(gt=0, le=100_000, description="of one caller, in the long run")] = 100
    requests_burst: Annotated[float, Field(ge=1, le=1_000_000, description="of one caller, at once")] = 200
    webhooks_file: Path | None = Field(default=None, description="TOML file of receivers of assignment events")
    kafka_bootstrap: str | None = Field(default=None, description="host:port, comma separated; unset means no Kafka")
    kafka_prefix: str = Field(default="pointsman", description="prefix of every topic")
    kafka_group: str = Field(default="pointsman", description="consumer group")
    encoder: str = Field(default="all-MiniLM-L6-v2", description="sentence encoder by name or path")
    mode: Mode = Field(default=Mode.AUTO, description="how models are trained; auto goes by the data")
    threads: Annotated[int, Field(ge=1, le=64, description="torch's threads while serving")] = 1
    target_error: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    confidence: Annotated[
        float, Field(gt=0, lt=1, description="how sure it is that no more automatic decisions are wrong")
    ] = 0.95
    outside_share: Annotated[
        float, Field(ge=0, lt=1, description="share of the traffic taken to be outside the taxonomy; 0 counts none")
    ] = 0.0
    review_deadline_seconds: float = Policy().review_deadline_seconds
    claim_lease_seconds: float = Policy().claim_lease_seconds
    urgent_probability: float = Policy().urgent_probability
    offer_ttl_seconds: float = Policy().offer_ttl_seconds
    most_excluded: int = Policy().most_excluded
    tick_seconds: float = Policy().tick_seconds
    review_routing_weight: float = Policy().review_routing_weight
    review_teaching_weight: float = Policy().review_teaching_weight
    review_urgency_weight: float = Policy().review_urgency_weight
    blind_share: float = Policy().blind_share
    individual_performance: bool = Field(
        default=True, description="whether COps' own handle times are learned and used; some laws forbid it"
    )
    matching: Path | None = Field(default=None, description="TOML file of matching parameters")
    audit_anchor: Path | None = Field(
        default=None, description="file of the audit trail's anchors; unset means data_dir/audit-anchors.jsonl"
    )
    audit_anchor_to: Literal["file", "log", "both"] = Field(default="both", description="where anchors are put")
    audit_anchor_seconds: Annotated[float, Field(ge=1, le=86_400)] = 60
    erasure_key: Path | None = Field(
        default=None, description="file of the key of erased customers' digests; unset means data_dir/erasure.key"
    )
    erasure_record: Path | None = Field(
        default=None, description="file of which erasures were asked; unset means data_dir/erasures.jsonl"
    )
    backups_kept_days: Annotated[float, Field(ge=0, le=36_500)] | None = Field(
        default=None, description="how long you keep back-ups; receipts of erasures tell until when one holds somebody"
    )
    what_if_seconds: Annotated[
        float, Field(ge=10, le=86_400, description="how long one what-if question of the console may take")
    ] = 1_800.0
    traces: str | None = Field(
        default=None, pattern=r"^https?://\S+$", description="OTLP receiver of traces over HTTP; unset sends none"
    )
    log_format: Literal["text", "json"] = Field(default="text", description="text for people, JSON lines for machines")
    log_level: str = "INFO"

    @field_validator("*", mode="before")
    @classmethod
    def _is_said(cls, value: object, info: ValidationInfo) -> object:
        """An empty variable is a slip, not a wish: read as the current folder, or as unset, it could open a door."""
        if isinstance(value, str) and not value.strip():
            wanted = cls.model_fields[str(info.field_name)].description or "a value"
            raise PydanticCustomError("empty", "is empty; allowed: {wanted}; or leave it out", {"wanted": wanted})
        return value

    @property
    def policy(self) -> Policy:
        """The domain's view of the times and limits; Invalid names one out of range."""
        return Policy(
            review_deadline_seconds=self.review_deadline_seconds,
            claim_lease_seconds=self.claim_lease_seconds,
            urgent_probability=self.urgent_probability,
            offer_ttl_seconds=self.offer_ttl_seconds,
            most_excluded=self.most_excluded,
            tick_seconds=self.tick_seconds,
            review_routing_weight=self.review_routing_weight,
            review_teaching_weight=self.review_teaching_weight,
            review_urgency_weight=self.review_urgency_weight,
            blind_share=self.blind_share,
            individual_performance=self.individual_performance,
        )

    @property
    def sqlalchemy_url(self) -> str:
        """The database's URL, by default SQLite in the data directory."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.data_dir / 'pointsman.db').resolve()}"

    @property
    def anchors_file(self) -> Path:
        """Where copies of the audit trail's newest seal are kept."""
        return self.audit_anchor or self.data_dir / "audit-anchors.jsonl"

    @property
    def erasure_key_file(self) -> Path:
        """Where the key of erased customers' digests is kept: outside the database and its back-ups."""
        return self.erasure_key or self.data_dir / "erasure.key"

    @property
    def erasure_record_file(self) -> Path:
        """Where it is kept which erasures were asked: outside the database and its back-ups."""
        return self.erasure_record or self.data_dir / "erasures.jsonl"

    @property
    def models_dir(self) -> Path:
        """Where models are kept."""
        return self.models or self.data_dir / "models"

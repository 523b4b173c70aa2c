"""What config.toml may say about Amazon RDS and Aurora."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from agent.config_values import File, Seconds, label
from agent.targets.mysql_address import Tls

Region = Annotated[str, Field(pattern=r"^[a-z]{2,}(-[a-z]+)+-\d+$")]
Role = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$")]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Account(Section):
    """Whose AWS account, and where; without a profile and a role boto3's own chain decides."""

    region: Region
    profile: str | None = None
    role_arn: Role | None = None
    external_id: str | None = None


class TargetAws(Account):
    # RDS keeps identifiers in lower case.
    instance: Annotated[str, Field(min_length=1), AfterValidator(str.lower)]


class Aws(Section):
    """`calls_per_minute` is of all targets; `discover_every` how often they are looked for."""

    calls_per_minute: int = Field(default=1000, ge=10)
    discover_every: Seconds = Field(default=60.0, ge=0.1)


class DiscoverRds(Account):
    """Instances to watch, looked for each minute. Patterns are those of a shell.

    With a `user`, each is connected to as well, under its own endpoint.
    """

    names: list[str] = []
    clusters: list[str] = []
    tags: dict[str, str] = {}
    exclude: list[str] = []
    user: str | None = None
    iam: bool = False
    password_secret: str | None = None
    password_file: File | None = None
    password_env: str | None = None
    database: str | None = None
    tls: Tls = "verify-full"
    tls_ca: File | None = None
    labels: dict[Annotated[str, AfterValidator(label)], str] = {}

    @model_validator(mode="after")
    def _something_to_look_for(self) -> DiscoverRds:
        if not (self.names or self.clusters or self.tags):
            raise ValueError('needs names, clusters or tags; names = ["*"] finds every instance')
        ways = (self.iam, self.password_secret, self.password_file, self.password_env)
        if self.user is None and any(ways):
            raise ValueError("a way to log in needs user; without one only AWS is asked")
        return self

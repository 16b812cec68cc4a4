"""Every setting of the process, read from the environment and `.env` here and nowhere else."""

from pathlib import Path
from typing import Annotated, Literal, Self

from platformdirs import user_cache_path, user_data_path
from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from receptionist.errors import ConfigurationError

Folder = Annotated[Path, AfterValidator(Path.expanduser)]
"""A folder; `~` is the user's home also where no shell has replaced it, as in `.env`."""


class Settings(BaseSettings):
    """Settings of the process; each is an environment variable `RECEPTIONIST_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix="RECEPTIONIST_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    host: str = Field(default="127.0.0.1", description="Address the web page is served on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=7800, description="Port the web page is served on; 0 picks a free one."
    )
    sip: bool = Field(
        default=True,
        description="Take calls over SIP too. Where only the defaults ask for it, a port that is"
        " taken is a warning.",
    )
    sip_host: str = Field(
        default="127.0.0.1",
        description="IP address SIP is taken on, UDP and TCP; one that others reach needs"
        " `RECEPTIONIST_SIP_BEHIND_EDGE`.",
    )
    sip_port: Annotated[int, Field(ge=1, le=65535)] = Field(
        default=5060, description="Port SIP is taken on, UDP and TCP."
    )
    sip_behind_edge: bool = Field(
        default=False,
        description="Nobody reaches the SIP address but an edge that checks every message"
        " (docs/edge.md).",
    )
    sip_outbound: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:\[\]-]*$")] = Field(
        default="",
        description="Where numbers are dialled through, as `host:port`: the edge or a PBX; empty"
        " is nowhere.",
    )
    sip_registrar: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:\[\]-]*$")] = Field(
        default="",
        description="PBX or provider to register with, as `host:port`; empty is none.",
    )
    sip_user: Annotated[str, Field(pattern=r"^[A-Za-z0-9.+*_-]*$")] = Field(
        default="", description="Name to register, for which calls come from there."
    )
    sip_password: str = Field(
        default="",
        description="Reference to its password, such as env:SIP_PASSWORD; empty is none.",
    )
    rtp_ports: Annotated[str, Field(pattern=r"^[0-9]{4,5}-[0-9]{4,5}$")] = Field(
        default="30000-39998", description="First and last UDP port for the audio of SIP calls."
    )
    tenant_dir: Folder | None = Field(
        default=None, description="Bundle of the tenant that answers; empty is the demo tenant."
    )
    tenant: Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9-]{0,62})?$")] = Field(
        default="",
        description="Tenant whose version labelled `live` answers (docs/versions.md);"
        " RECEPTIONIST_TENANT_DIR goes before it.",
    )
    data_dir: Folder = Field(
        default_factory=lambda: user_data_path("receptionist"),
        description="Where calls and messages are kept.",
    )
    models_dir: Folder = Field(
        default_factory=lambda: user_cache_path("receptionist") / "models",
        description="Where model weights are kept once pulled.",
    )
    phrase_cache_dir: Folder = Field(
        default_factory=lambda: user_cache_path("receptionist") / "phrases",
        description="Where synthesised phrases are kept between runs.",
    )
    phrase_cache_mb: Annotated[int, Field(ge=0)] = Field(
        default=64, description="Memory for synthesised phrases, in megabytes."
    )
    index_cache_dir: Folder = Field(
        default_factory=lambda: user_cache_path("receptionist") / "index",
        description="Where what a tenant knows is kept once it has been indexed.",
    )
    documents_cache_dir: Folder = Field(
        default_factory=lambda: user_cache_path("receptionist") / "documents",
        description="Where the text of a tenant's documents is kept once read.",
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy URL of the database; empty is SQLite in the data folder.",
    )
    secret_key: str = Field(
        default="",
        description="Reference to the secret that encrypts second factors in the database, such as"
        " env:RECEPTIONIST_KEY; empty is a file in the data folder. Processes of one database need"
        " the same.",
    )
    audit_days: Annotated[int, Field(ge=184)] = Field(
        default=400, description="How long rows of the audit log are kept; six months at least."
    )
    audit_text_days: Annotated[int, Field(ge=1)] = Field(
        default=90, description="How long the audit log keeps the texts its rows are about."
    )
    alarm_url: str = Field(
        default="",
        description="Where alarms are posted when a caller may be in danger or nothing can be"
        " proved: https, or http to this machine; empty logs them only.",
    )
    public_url: str = Field(
        default="",
        description="Address at which carriers and other sites reach this process, such as"
        " https://calls.example.com; empty is none.",
    )
    carriers: dict[str, dict[str, str]] = Field(
        default_factory=dict[str, dict[str, str]],
        description="Accounts with carriers whose WebSockets bring calls (docs/carriers.md), as"
        ' JSON: {"twilio": {"account_sid": "AC…", "auth_token": "env:TWILIO_AUTH_TOKEN"}}.',
    )
    stun_urls: list[str] = Field(
        default_factory=list[str],
        description='STUN servers for calls from browsers, as JSON: ["stun:turn.example.com"].',
    )
    turn_urls: list[str] = Field(
        default_factory=list[str],
        description="TURN servers for browsers behind strict firewalls, as JSON:"
        ' ["turn:turn.example.com:3478?transport=udp"]; they need turn_secret.',
    )
    turn_secret: str = Field(
        default="",
        description="Reference to the secret shared with the TURN servers, such as"
        " env:TURN_SECRET: credentials of an hour are made of it (docs/webrtc.md).",
    )
    widget_origins: list[str] = Field(
        default_factory=list[str],
        description="Sites that may show the call button, as JSON:"
        ' ["https://www.example.com"]; empty is none.',
    )
    widget_secret: str = Field(
        default="",
        description="Reference to the secret that tokens of the call button are signed with;"
        " empty is a new one in each process, which is enough for one.",
    )
    guard_judge: Literal["off", "llm"] = Field(
        default="off",
        description="`llm` asks the tenant's language model (openai:…) about what the guardrails"
        " doubt; it may object and never clears (docs/guardrails.md).",
    )
    callback_countries: list[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]] = Field(
        default_factory=list[str],
        description="Countries callers may be rung back in, as JSON: "
        '["GB", "IE"]; empty is any. Premium, shared-cost and satellite numbers never are.',
    )
    engine_threads: Annotated[int, Field(ge=1, le=64)] = Field(
        default=2, description="CPU threads one engine may use for one request."
    )
    max_calls: Annotated[int, Field(ge=1)] = Field(
        default=4, description="Calls answered at the same time; further callers hear it is busy."
    )
    workers: Annotated[int, Field(ge=1, le=64)] = Field(
        default=1,
        description="Processes that answer, one for each core; more than one are looked after by"
        " one more, and have the ports from RECEPTIONIST_PORT and RECEPTIONIST_SIP_PORT on.",
    )
    drain_minutes: Annotated[float, Field(ge=0, le=240)] = Field(
        default=5,
        description="How long calls may go on when the process is told to end (SIGTERM); then who"
        " is left is put through to a person. Ctrl-C says goodbye at once.",
    )
    max_lag_ms: Annotated[int, Field(ge=10)] = Field(
        default=200,
        description="An event loop that is later than this, in milliseconds, takes no further"
        " call: those it has are answered well first.",
    )
    max_memory_mb: Annotated[int, Field(ge=0)] = Field(
        default=0,
        description="A process that holds more memory than this takes no further call; 0 is nine"
        " tenths of the machine or container.",
    )
    tool_hosts: list[str] = Field(
        default_factory=list[str],
        description="Hosts and networks of your own that tenants' tools may reach, as JSON: "
        '["crm.local:8080", "10.0.5.0/24"].',
    )
    mcp_commands: dict[str, list[str]] = Field(
        default_factory=dict[str, list[str]],
        description="MCP servers that may be started, by the name tenants call them, as JSON: "
        '{"crm": ["/opt/crm/server", "--stdio"]}.',
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="WARNING", description="Least severe message that is logged."
    )

    @classmethod
    def read(cls) -> Self:
        """Returns the settings of this process.

        Raises:
            ConfigurationError: one is wrong; every wrong one is named with its value.
        """
        try:
            return cls()
        except ValidationError as error:
            prefix = str(cls.model_config.get("env_prefix", ""))
            wrong = "; ".join(
                f"{prefix}{fault['loc'][0]}".upper() + f" is {fault['input']!r}: {fault['msg']}"
                for fault in error.errors()
            )
            raise ConfigurationError(
                f"{wrong}. docs/configuration.md lists the settings."
            ) from None

"""Every setting and every limit: what it is called, what it may be, what it is if nobody says otherwise.

Frozen; made once by `config_sources.load` and handed on. What is secret is never shown.
"""

from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

import msgspec

SECRET = "<secret>"  # noqa: S105 - it is what stands in place of one

Meta = msgspec.Meta
_secret = {"secret": True}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings, each from `watchroom.toml` or, as `WATCHROOM_NAME`, from the environment; some are flags too."""

    host: Annotated[str, Meta(min_length=1, description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535, description="The port to listen on; 0 picks a free one.")] = 8710
    public_url: Annotated[
        str,
        Meta(
            description="How others reach this install, such as `https://watchroom.example.com`; empty: host and port."
        ),
    ] = ""
    data: Annotated[
        str, Meta(description="The folder that holds everything of an embedded install; empty: the user's data folder.")
    ] = ""
    database: Annotated[
        str, Meta(description="A `postgresql://` URL: the record is then there, not in the data folder.", extra=_secret)
    ] = ""
    database_readers_max: Annotated[
        int, Meta(ge=1, le=100, description="Connections for reading, beside the two that write and listen.")
    ] = 4
    database_connect_s: Annotated[float, Meta(gt=0, description="How long a connection may take to be made.")] = 5.0
    database_statement_s: Annotated[float, Meta(ge=1, description="How long one statement may take.")] = 30.0
    database_lock_s: Annotated[
        float, Meta(ge=1, description="How long a process waits for another's group, and may hold others up in turn.")
    ] = 10.0
    database_resolve_s: Annotated[float, Meta(ge=1, description="How long a commit with no answer is sought.")] = 15.0
    database_look_s: Annotated[
        float, Meta(gt=0, description="Time between two looks whether the log has moved on without a notification.")
    ] = 5.0
    database_retry_s_max: Annotated[
        float, Meta(gt=0, description="The longest pause between two tries to connect to a database that is away.")
    ] = 5.0
    signing_key_file: Annotated[
        str,
        Meta(
            description="The private key that signs exported heads (Ed25519, PEM), made if missing; empty:"
            " `signing.key` in the data folder or, with a database, a row of it."
        ),
    ] = ""
    organisation: Annotated[
        str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="The organisation whose record this is.")
    ] = "main"
    demo: Annotated[bool, Meta(description="Show a demo company, and print a sign-in link at each start.")] = False

    body_bytes_max: Annotated[int, Meta(ge=1_024, description="The longest body of a request.")] = 4 * 2**20
    image_bytes_max: Annotated[int, Meta(ge=1_024, description="The longest image of a message.")] = 5 * 2**20
    image_pixels_max: Annotated[int, Meta(ge=1, description="The most pixels of an image.")] = 40_000_000
    images_per_room_max: Annotated[int, Meta(ge=0, description="How many images a room keeps.")] = 500
    images_per_room_bytes_max: Annotated[int, Meta(ge=0, description="The same in bytes, together.")] = 256 * 2**20
    image_wait_s: Annotated[int, Meta(ge=60, description="How long an image waits for its message.")] = 86_400
    kept_body_bytes_max: Annotated[
        int, Meta(ge=0, description="How much is kept of an authenticated body that cannot be read.")
    ] = 64 * 2**10
    unknown_sender_body_bytes_max: Annotated[
        int, Meta(ge=1_024, description="The longest body read to find out who sends it, by PagerDuty's key inside it.")
    ] = 512 * 2**10
    kept_per_source_day_max: Annotated[
        int, Meta(ge=0, description="Unreadable bodies of one source that are kept in a day; more are only counted.")
    ] = 500
    kept_per_source_max: Annotated[
        int, Meta(ge=1, description="Unreadable bodies of one source that are kept in all; beyond, the oldest go.")
    ] = 1_000
    kept_per_source_bytes_max: Annotated[
        int, Meta(ge=64 * 2**10, description="The same in bytes, as the record holds them; beyond, the oldest go.")
    ] = 16 * 2**20
    body_values_max: Annotated[
        int, Meta(ge=1_000, description="The most values in one body with signals: fields, labels, entries of lists.")
    ] = 150_000
    body_depth_max: Annotated[
        int, Meta(ge=8, le=500, description="The most levels of objects and lists in one body with signals.")
    ] = 100
    alerts_per_delivery_max: Annotated[int, Meta(ge=1, description="The most alerts in one request.")] = 5_000
    labels_per_signal_max: Annotated[int, Meta(ge=1, description="The most labels of one signal.")] = 256
    label_value_bytes_max: Annotated[int, Meta(ge=64, description="The longest value of a label.")] = 16 * 2**10
    annotation_bytes_max: Annotated[int, Meta(ge=64, description="The longest annotation.")] = 64 * 2**10
    ingest_queue_max: Annotated[
        int, Meta(ge=1, description="Requests with signals that may wait for the record; more are asked to come back.")
    ] = 2_000
    group_by: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description="The labels that group API v2 alerts; in the environment, with commas between."),
    ] = ("alertname", "cluster", "namespace", "service")
    year_earliest: Annotated[int, Meta(ge=1, le=9_999, description="The earliest year that a sender can mean.")] = 2000
    year_latest: Annotated[
        int, Meta(ge=1, le=9_999, description="Times before this year are taken, of senders and of people.")
    ] = 2100

    away_after_s: Annotated[
        float,
        Meta(
            ge=20,
            description="Seconds without any server after which a stability watch is told that nobody listened. "
            "Another process takes over within 16.",
        ),
    ] = 30.0

    grouping_rules_max: Annotated[
        int, Meta(ge=1, le=500, description="The most grouping rules; each recorded signal may meet all of them.")
    ] = 100
    categories_max: Annotated[int, Meta(ge=1, description="The most categories of incidents.")] = 500
    services_max: Annotated[int, Meta(ge=1, description="The most services with what they depend on.")] = 2_000
    grouping_preview_signals_max: Annotated[
        int, Meta(ge=1, description="The most signals that a preview of grouping rules replays; the newest are taken.")
    ] = 20_000
    grouping_preview_events_max: Annotated[
        int, Meta(ge=1_000, description="The most events of the record that a preview of grouping rules reads.")
    ] = 200_000
    grouping_preview_s: Annotated[
        float, Meta(gt=0, description="How long a preview of grouping rules reads; it then shows what it has.")
    ] = 10.0
    mail_port: Annotated[
        int, Meta(ge=-1, le=65_535, description="The port of the mail listener; -1: no mails are taken, 0: a free one.")
    ] = -1
    mail_host: Annotated[
        str, Meta(min_length=1, description="The address that the mail listener listens on; it speaks no TLS.")
    ] = "127.0.0.1"
    mail_domain: Annotated[
        str,
        Meta(description="The host name in the sources' mail addresses; empty: that of `public_url`, or localhost."),
    ] = ""
    mail_bytes_max: Annotated[int, Meta(ge=1_024, description="The longest mail, with its attachments.")] = 10 * 2**20
    reports_per_minute_max: Annotated[
        int, Meta(ge=1, description="Reports that one public link may bring in a minute; more are asked to come back.")
    ] = 30
    report_bytes_max: Annotated[int, Meta(ge=1_024, description="The longest report, as a form sends it.")] = 32 * 2**10

    facts_per_incident_max: Annotated[
        int, Meta(ge=1_000, description="The most facts of one incident; beyond it, commands are refused.")
    ] = 1_000_000
    import_bytes_max: Annotated[
        int, Meta(ge=1_024, description="The longest exported record, in bytes, that is taken in.")
    ] = 512 * 2**20
    timeline_entries_max: Annotated[
        int, Meta(ge=1, description="The most entries of a timeline that is entered afterwards.")
    ] = 2_000
    pdf_s: Annotated[float, Meta(gt=0, description="How long the making of one PDF may take.")] = 120.0
    pdf_parallel_max: Annotated[int, Meta(ge=1, description="How many PDFs the server makes at once.")] = 1
    idempotency_s: Annotated[
        int, Meta(ge=60, description="How long an Idempotency-Key is remembered at least; at most twice as long.")
    ] = 86_400
    rooms_cached_max: Annotated[int, Meta(ge=1, description="The most rooms kept folded in memory.")] = 500
    rooms_cached_bytes_max: Annotated[
        int, Meta(ge=2**20, description="About how much the rooms kept folded in memory may take.")
    ] = 256 * 2**20
    slow_burn_look_again_s: Annotated[float, Meta(ge=60, description="When to look again at a slow burn.")] = 3_600
    page_items_max: Annotated[int, Meta(ge=1, le=10_000, description="The most items of one answer of a list.")] = 1_000

    profile: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
            description="The shipped profile that the house goes by until another is chosen: `sre-3`, `sre-15`, "
            "`sre-50`, `itil-3`, `itil-15` or `itil-50`; docs/profiles.md says what each is for.",
        ),
    ] = "sre-15"
    page_deadline_s: Annotated[
        int, Meta(ge=1, description="How long delivering a page is tried, and how long it rings in open browsers.")
    ] = 3_600
    page_retry_s: Annotated[
        int, Meta(ge=1, description="Time to the second attempt to deliver a page; it doubles with each further one.")
    ] = 5
    page_retry_s_max: Annotated[int, Meta(ge=1, description="The longest time between two attempts.")] = 300
    time_zone: Annotated[
        str, Meta(description="The IANA time zone of whoever has not set their own, such as `Europe/Berlin`.")
    ] = "UTC"
    night_begins_h: Annotated[int, Meta(ge=0, le=23, description="The local hour at which night begins.")] = 22
    night_ends_h: Annotated[int, Meta(ge=0, le=23, description="The hour of the local clock at which night ends.")] = 6
    recovery_long_min: Annotated[
        int, Meta(ge=1, description="Minutes of work in one incident beyond which the review says so, calmly.")
    ] = 480
    recovery_night_min: Annotated[
        int, Meta(ge=1, description="Minutes of work at night beyond which the review says so, calmly.")
    ] = 60
    evidence_kept_days: Annotated[
        int, Meta(ge=1, description="How long graphs last where links lead, if nobody says; 15 is Prometheus' own.")
    ] = 15
    smtp_host: Annotated[str, Meta(description="The mail server that pages go through; empty: no mail is sent.")] = ""
    smtp_port: Annotated[int, Meta(ge=1, le=65_535, description="The mail server's port.")] = 587
    smtp_user: Annotated[str, Meta(description="The name to log in with; empty: no login.")] = ""
    smtp_password: Annotated[str, Meta(description="The password to log in with.", extra=_secret)] = ""
    smtp_tls: Annotated[
        Literal["starttls", "tls", "none"],
        Meta(description="`starttls` (usual with port 587), `tls` (with 465), or `none` (a server on this machine)."),
    ] = "starttls"
    smtp_from: Annotated[str, Meta(description="Who mail is from; empty: watchroom at the mail server's name.")] = ""
    smtp_timeout_s: Annotated[float, Meta(gt=0, description="How long one attempt to send a mail may take.")] = 10.0
    lists_wait_s: Annotated[
        float, Meta(gt=0, description="How long a list waits until it has all that is recorded; then it answers 503.")
    ] = 10.0
    search_words_max: Annotated[int, Meta(ge=1, description="The most words of one search.")] = 32
    search_chars_max: Annotated[int, Meta(ge=100, description="How much of one entry can be searched.")] = 20_000
    search_wait_s: Annotated[float, Meta(gt=0, description="How long a search waits for the newest entries.")] = 2.0
    status_max_age_s: Annotated[
        int, Meta(ge=0, le=3_600, description="For how many seconds browsers and caches may keep a page of `/status`.")
    ] = 5
    changes_listed_max: Annotated[
        int, Meta(ge=1, description="The most changes in the list; older ones stay in the record.")
    ] = 10_000

    viewers_max: Annotated[int, Meta(ge=1, description="The most live streams that are open at once.")] = 10_000
    viewer_queue_frames_max: Annotated[
        int, Meta(ge=2, description="Frames that may wait for a slow viewer before it is told to catch up.")
    ] = 256
    streams_per_session_max: Annotated[
        int, Meta(ge=1, description="Live streams that one session may hold; a browser allows 6 connections a host.")
    ] = 4
    heartbeat_s: Annotated[float, Meta(gt=0, description="Time between two signs of life of a quiet stream.")] = 15.0
    shutdown_s: Annotated[float, Meta(ge=0, description="How long open requests are waited for at the end.")] = 5.0

    connections_max: Annotated[
        int, Meta(ge=10, description="The most connections at once; fewer if the system allows fewer open files.")
    ] = 12_000
    header_bytes_max: Annotated[
        int, Meta(ge=1_024, description="The longest a request's line and headers may be together.")
    ] = 64 * 2**10
    header_s: Annotated[float, Meta(gt=0, description="How long a request's headers may take to arrive.")] = 15.0
    body_s: Annotated[float, Meta(gt=0, description="How long a request's body may take to arrive.")] = 60.0
    unread_s: Annotated[
        float, Meta(gt=0, description="How long a client may leave unread what it was sent before it is cut off.")
    ] = 60.0
    bodies_bytes_max: Annotated[
        int, Meta(ge=2**20, description="What the bodies of all open requests may take; more are asked to come back.")
    ] = 128 * 2**20

    log_format: Annotated[Literal["text", "json"], Meta(description="Log lines for people, or for programs.")] = "text"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="The least weighty lines that are logged.")
    ] = "warning"
    slow_request_s: Annotated[float, Meta(gt=0, description="A request that takes longer is logged.")] = 5.0
    probe_every_s: Annotated[float, Meta(gt=0, description="How often it is tried to write to the record.")] = 5.0
    probe_late_s: Annotated[float, Meta(gt=0, description="Not ready after so long without a good write.")] = 20.0
    disk_free_bytes_min: Annotated[
        int, Meta(ge=0, description="With less free space on the record's disk, the server is not ready.")
    ] = 64 * 2**20
    projection_behind_max: Annotated[
        int, Meta(ge=1, description="With its lists more positions behind the record, the server is not ready.")
    ] = 20_000

    sign_in_link_s: Annotated[int, Meta(ge=60, description="How long a one-time sign-in link is good for.")] = 86_400
    sign_in_links_per_person_max: Annotated[
        int, Meta(ge=1, description="Unused sign-in links of one person; a further one spoils the oldest.")
    ] = 20
    sign_in_links_max: Annotated[
        int, Meta(ge=10, description="Unused sign-in links of all people; a further one spoils the oldest.")
    ] = 2_000
    sign_ins_per_address_minute_max: Annotated[
        int, Meta(ge=1, description="Tries to sign in from one address in a minute; more are asked to come back.")
    ] = 30
    sign_ins_per_person_minute_max: Annotated[
        int, Meta(ge=1, description="Times that one person may sign in in a minute; more are asked to come back.")
    ] = 10
    session_s: Annotated[int, Meta(ge=60, description="How long a session lasts.")] = 30 * 86_400
    sessions_per_person_max: Annotated[int, Meta(ge=1, description="Sessions a person; one more ends the oldest.")] = 50
    password_tries_minute_max: Annotated[int, Meta(ge=1, description="Tries for one e-mail from one address.")] = 10
    password_tries_elsewhere_minute_max: Annotated[int, Meta(ge=1, description="All from where they are new.")] = 20
    password_chars_min: Annotated[int, Meta(ge=8, le=64, description="The least characters of a password.")] = 12
    password_memory_kib: Annotated[int, Meta(ge=8_192, description="Memory of one check (Argon2id), in KiB.")] = 65_536
    password_passes: Annotated[int, Meta(ge=1, le=100, description="Passes of one check of a password.")] = 3
    password_checks_parallel_max: Annotated[int, Meta(ge=1, description="Checks of passwords at once.")] = 2
    password_checks_max: Annotated[int, Meta(ge=1, description="Checks that run or wait; more come back.")] = 20
    invitation_days: Annotated[int, Meta(ge=1, le=30, description="How many days an invitation is good for.")] = 7
    invitations_max: Annotated[int, Meta(ge=1, description="The most invitations that wait at once.")] = 500
    audit_listed_max: Annotated[int, Meta(ge=100, description="The most acts that the audit log lists.")] = 20_000
    source_key_overlap_s: Annotated[
        int, Meta(ge=0, description="How long a source's previous key still works after it was renewed.")
    ] = 7 * 86_400

    query_workers_max: Annotated[
        int, Meta(ge=1, le=64, description="Telemetry queries that are worked on at once, each in a thread.")
    ] = 2
    query_waiting_max: Annotated[
        int, Meta(ge=0, description="Telemetry queries that may wait for a thread; one more is answered with 503.")
    ] = 500
    query_samples_max: Annotated[int, Meta(ge=1, description="Samples that one telemetry query may read or make.")] = (
        50_000_000
    )
    query_seconds_max: Annotated[float, Meta(gt=0, description="Seconds that one telemetry query may take.")] = 30.0
    rule_turns_max: Annotated[
        int,
        Meta(
            ge=1, description="Times at which rules are evaluated over recorded series; of a longer one, the last ones."
        ),
    ] = 20_000
    recorded_logs_bytes_max: Annotated[
        int, Meta(ge=1 << 20, description="Memory (bytes) of recorded log lines; more are refused, none are dropped.")
    ] = 4 << 30
    log_streams_max: Annotated[int, Meta(ge=1, description="Different sets of labels that log lines may have.")] = (
        10_000
    )
    log_line_bytes_max: Annotated[int, Meta(ge=1, description="Bytes of a log line; longer is refused.")] = 262_144

    @property
    def folder(self) -> Path:
        """The data folder."""
        return Path(self.data)

    @property
    def record_path(self) -> Path:
        """The embedded record."""
        return self.folder / "record.sqlite"

    @property
    def signing_key_path(self) -> Path | None:
        """The file of the key that signs heads; None when it stands in the database."""
        if self.signing_key_file:
            return Path(self.signing_key_file)
        return None if self.database else self.folder / "signing.key"

    @property
    def control_path(self) -> Path:
        """The private socket of the running server."""
        return self.folder / "control.sock"

    def shown(self) -> dict[str, Any]:
        """The settings by name, for people to see: what is secret reads `<secret>`."""
        values = msgspec.structs.asdict(self)
        return {name: SECRET if value and name in SECRETS else value for name, value in values.items()}

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.shown().items())
        return f"Settings({fields})"

    def __rich_repr__(self) -> Any:
        yield from self.shown().items()


def _is_secret(field: msgspec.structs.FieldInfo) -> bool:
    extras = (getattr(extra, "extra", None) or {} for extra in getattr(field.type, "__metadata__", ()))
    return any(extra.get("secret") for extra in extras)


FIELDS: Final = {field.name: field for field in msgspec.structs.fields(Settings)}
SECRETS: Final = frozenset(name for name, field in FIELDS.items() if _is_secret(field))


def is_postgresql(text: str) -> bool:
    """Whether it is the URL of a PostgreSQL database (source: PostgreSQL, libpq connection URIs)."""
    return text.startswith(("postgresql://", "postgres://"))


def domain_of_mail(settings: Settings) -> str:
    """The host name in mail addresses of the sources."""
    return settings.mail_domain or urlsplit(settings.public_url).hostname or "localhost"


def base_url(settings: Settings, port: int | None = None) -> str:
    """How others reach this install, without a slash at the end; `port` is the one really listened on."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port if port is None else port}"

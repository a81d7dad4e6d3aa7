"""A delivery: one request of a sender, read into signals, with what could not be read said once.

Each sender's file offers `read(body, source, limits, now) -> Reading`. Called by the web's ingest handlers, which
hand the signals to `intake`. Pure.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args

import msgspec

from watchroom.base import shape
from watchroom.base.errors import Malformed, TooLarge
from watchroom.detection.change import ChangeReported
from watchroom.detection.signal import Remark, Signal


class Limits(msgspec.Struct, frozen=True):
    """What a delivery may hold."""

    alerts_max: int = 5_000
    labels_max: int = 256
    label_bytes_max: int = 16 * 1024
    annotation_bytes_max: int = 64 * 1024
    values_max: int = 150_000
    """Values in one body: fields, labels, and entries of lists."""
    depth_max: int = 100
    """Levels of objects and lists in one body."""
    group_by: tuple[str, ...] = ("alertname", "cluster", "namespace", "service")
    """Labels by which alerts that come without a group of their own are put together."""
    year_earliest: int = 2000
    year_latest: int = 2100
    """Times outside these years are a wrong clock's."""


class Fault(msgspec.Struct, frozen=True):
    """Why one signal of a delivery, or one field of it, could not be taken."""

    index: int
    code: str
    message: str


NoticeCode = Literal["confirm_subscription", "unsubscribed", "installation"]
NOTICES: tuple[NoticeCode, ...] = get_args(NoticeCode)


class Notice(msgspec.Struct, frozen=True):
    """A body that was understood and holds no signal, but something that a person must see or do."""

    code: NoticeCode
    message: str


class Reading(msgspec.Struct):
    """What a body says: signals in its order, and the faults of those that it could not say."""

    signals: list[Signal]
    faults: list[Fault] = []
    truncated: Annotated[int, msgspec.Meta(description="How many more there were, as the sender says.")] = 0
    doubts: list[Fault] = []
    """What was taken in, but with a field that could not be read."""
    remarks: list[Remark] = []
    changes: list[ChangeReported] = []
    notice: Notice | None = None
    fallback: Annotated[
        str, msgspec.Meta(description="Why the source's mapping did not fit, where it was read automatically instead.")
    ] = ""


Read = Callable[[bytes, str, Limits, datetime], Reading]

Headers = Mapping[str, str]
"""A request's headers by their small names. Readers that need them are made by `reading(headers) -> Read`."""


def decode(decoder: "msgspec.json.Decoder[Any]", body: bytes, what: str) -> Any:
    """Decode a body. Raises Malformed, saying where it goes wrong."""
    if not body.strip():
        raise Malformed("The body is empty.", hint=f"Send {what} as JSON.")
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Malformed(
            f"The body is JSON, but not {what}: {shape.wrong(error, decoder.type, body)}.",
            hint=f"{shape.right(error, decoder.type, body)} Compare it with docs/senders.md.".strip(),
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(
            f"The body is not JSON: {shape.wrong(error, decoder.type, body)}.", hint=f"Send {what} as JSON in UTF-8."
        ) from error
    except RecursionError as error:
        raise Malformed("The body is nested too deeply.", hint=f"Send {what} as JSON.") from error


def check_count(count: int, limits: Limits) -> None:
    """Raises TooLarge when one delivery holds more signals than the limit."""
    if count > limits.alerts_max:
        raise TooLarge(
            f"The body holds {count} alerts; at most {limits.alerts_max} are taken at once.",
            hint="Send them in several requests (Alertmanager: max_alerts, or group_by more labels).",
            code="too_many_alerts",
        )


def too_many_labels(count: int, labels_max: int) -> TooLarge:
    """What is said of a signal with more labels than the limit."""
    says = f"{count} labels; at most {labels_max} are taken (labels_per_signal_max)."
    return TooLarge(says, hint="Send fewer labels with each alert.", code="too_many_labels")


def check_sizes(labels: dict[str, str], annotations: dict[str, str], limits: Limits) -> None:
    """Raises TooLarge, naming the label or annotation that is over its limit."""
    if len(labels) > limits.labels_max:
        raise too_many_labels(len(labels), limits.labels_max)
    for name, value in labels.items():
        if len(value) > limits.label_bytes_max or len(name) > limits.label_bytes_max:
            raise TooLarge(
                f"Label {name[:60]!r} has {max(len(value), len(name))} characters; "
                f"at most {limits.label_bytes_max} are taken.",
                code="label_too_long",
            )
    for name, value in annotations.items():
        if len(value) > limits.annotation_bytes_max:
            raise TooLarge(
                f"Annotation {name[:60]!r} has {len(value)} characters; "
                f"at most {limits.annotation_bytes_max} are taken.",
                code="annotation_too_long",
            )


def plausible(at: datetime | None, field: str, limits: Limits) -> datetime | None:
    """A sender's time in UTC. Year 1 is how Go writes "none". Raises Malformed outside the limits."""
    if at is None or at.year == 1:
        return None
    if not limits.year_earliest <= at.year < limits.year_latest:
        raise Malformed(
            f"{field} lies in the year {at.year}; "
            f"times from {limits.year_earliest} to {limits.year_latest - 1} are taken.",
            hint="Check the sender's clock.",
            code="implausible_time",
        )
    if at.tzinfo is UTC:
        # As almost every sender writes it, and as it is decoded then.
        return at
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

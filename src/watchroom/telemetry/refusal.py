"""What a query is refused with: Prometheus's kinds of error, and the HTTP status that each goes with.

Source: Prometheus HTTP API v1, "errorType". Raised anywhere below, turned into an answer by the API modules.
"""


class QueryError(Exception):
    """A query that has no answer; `str()` is the sentence for the one who asked."""

    kind = "internal"
    status = 500


class BadData(QueryError):
    """A parameter or an expression that cannot be read."""

    kind, status = "bad_data", 400


class Unanswerable(QueryError):
    """An expression that can be read and not be evaluated on these series, or only beyond a limit."""

    kind, status = "execution", 422


class TimedOut(QueryError):
    """The time that a query may take has passed."""

    kind, status = "timeout", 503


class Canceled(QueryError):
    """Whoever asked went away, or the server is stopping."""

    kind, status = "canceled", 503


class Missing(QueryError):
    """Nothing is there by that name."""

    kind, status = "not_found", 404

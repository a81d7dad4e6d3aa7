"""Operations: is it alive, is it ready, what does it count, which addresses are there.

Called by `routes`. `/healthz` and `/readyz` need no token; `/metrics` and `/openapi.json` neither, and say nothing
of incidents.
"""

from litestar import HttpMethod, Response, get, route

from watchroom.record.observer import Queued
from watchroom.web.api.openapi import document
from watchroom.web.house import House, house_of
from watchroom.web.http.errors import RETRY_AFTER_S
from watchroom.web.http.reading import AnyRequest, answer


@route("/healthz", http_method=[HttpMethod.GET, HttpMethod.HEAD], opt={"public": True})
async def healthz(request: AnyRequest) -> Response[bytes]:
    """The process answers."""
    return answer({"status": "ok"})


@route("/readyz", http_method=[HttpMethod.GET, HttpMethod.HEAD], opt={"public": True})
async def readyz(request: AnyRequest) -> Response[bytes]:
    """Whether work should be sent here: 503 with all that is wrong while not, 200 again once it is mended."""
    house = house_of(request)
    found = house.health.troubles()
    ready = not any(trouble.blocks for trouble in found)
    told = {
        "status": "unavailable" if not ready else "degraded" if found else "ok",
        "troubles": found,
        "position": house.projector.position + house.projector.behind,
        "behind": house.projector.behind,
    }
    return answer(told, 200 if ready else 503, None if ready else {"Retry-After": RETRY_AFTER_S.decode()})


@get("/metrics", opt={"public": True})
async def metrics(request: AnyRequest) -> Response[bytes]:
    """The server's own metrics in Prometheus' text format."""
    house = house_of(request)
    look(house)
    return Response(house.metrics.text(), media_type="text/plain; version=0.0.4")


def look(house: House) -> None:
    """Put what only needs looking at into the metrics."""
    shown, seen, health = house.metrics, house.health.seen(), house.health
    shown.viewers.set(house.hub.viewers)
    shown.viewers_behind.set(house.hub.behind)
    shown.viewers_parked.set(house.hub.parked)
    shown.position.set(house.projector.position + seen.behind)
    shown.queue.set(seen.queued)
    if isinstance(house.log, Queued):
        shown.queue_bytes.set(house.log.queued_bytes)
    shown.deliveries_waiting.set(seen.deliveries_waiting)
    shown.probe_age.set(seen.probe_age_s)
    if seen.disk_free_bytes is not None:
        shown.disk_free.set(seen.disk_free_bytes)
    shown.lag.set(seen.behind)
    shown.lag_seconds.set(house.projector.lag_s)
    for projection in house.projector.projections:
        shown.projection_faults.labels(projection.name).set(projection.faults)
    shown.ready.set(not any(trouble.blocks for trouble in health.troubles()))
    shown.loop_delay.set(health.loop_delay_s)
    for lease in health.leases:
        shown.leases.labels(lease.name).set(lease.held)
    if health.timers is not None:
        shown.timers.set(health.timers.written)
    shown.kept.set(len(house.inbox.kept))
    shown.bodies.set(house.bodies.bytes)
    shown.rooms.set(house.folds.rooms)
    shown.rooms_bytes.set(house.folds.rooms_bytes)
    shown.sessions.set(house.credentials.sessions.open_count)


@get("/openapi.json", opt={"public": True})
async def openapi(request: AnyRequest) -> Response[bytes]:
    """Every address of the API (source: OpenAPI 3.1), from the same types that decode and encode."""
    return answer(document(request.app.routes, house_of(request).base_url))

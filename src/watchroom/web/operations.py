"""Operations: is it alive, is it ready, what does it count, which addresses are there.

Called by `routes`. `/healthz` and `/readyz` need no token; `/metrics` and `/openapi.json` neither, and say nothing
of incidents.
"""

from litestar import HttpMethod, Response, get, route

from watchroom.base.errors import WatchroomError
from watchroom.web.house import house_of
from watchroom.web.openapi import document
from watchroom.web.reading import AnyRequest, answer


@route("/healthz", http_method=[HttpMethod.GET, HttpMethod.HEAD], opt={"public": True})
async def healthz(request: AnyRequest) -> Response[bytes]:
    """The process answers."""
    return answer({"status": "ok"})


@route("/readyz", http_method=[HttpMethod.GET, HttpMethod.HEAD], opt={"public": True})
async def readyz(request: AnyRequest) -> Response[bytes]:
    """The record can be read and the lists follow it; 503 with the reason when not."""
    house = house_of(request)
    try:
        position = await house.log.position()
    except WatchroomError as error:
        return answer({"status": "unavailable", "reason": error.message}, 503)
    faults = [projection.name for projection in house.projector.projections if projection.fault is not None]
    if faults:
        return answer({"status": "unavailable", "reason": f"Faulty projections: {', '.join(faults)}."}, 503)
    return answer({"status": "ok", "position": position, "behind": max(0, position - house.projector.position)})


@get("/metrics", opt={"public": True})
async def metrics(request: AnyRequest) -> Response[bytes]:
    """The server's own metrics in Prometheus' text format."""
    house = house_of(request)
    position = await house.log.position()
    house.metrics.viewers.set(house.hub.viewers)
    house.metrics.position.set(position)
    house.metrics.lag.set(max(0, position - house.projector.position))
    return Response(house.metrics.text(), media_type="text/plain; version=0.0.4")


@get("/openapi.json", opt={"public": True})
async def openapi(request: AnyRequest) -> Response[bytes]:
    """Every address of the API (source: OpenAPI 3.1), from the same types that decode and encode."""
    return answer(document(request.app.routes, house_of(request).base_url))

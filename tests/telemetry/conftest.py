"""One real Prometheus over the tests' own series, started once for all tests of this folder that ask it."""

import subprocess
from collections.abc import Iterator

import httpx
import pytest

from tests.peer_alerting import Peer
from tests.peers import require_peer
from tests.telemetry.samples import made, openmetrics


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of the real Prometheus's `/api/v1/`."""
    require_peer("prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    text, config = folder / "samples.om", folder / "prometheus.yml"
    text.write_text(openmetrics(made()), encoding="utf-8")
    config.write_text("global: {}\n", encoding="utf-8")
    data = folder / "data"
    subprocess.run(
        [require_peer("promtool"), "tsdb", "create-blocks-from", "openmetrics", text, data],
        check=True,
        capture_output=True,
    )

    def arguments(port: int) -> list[str]:
        return [
            f"--config.file={config}",
            f"--storage.tsdb.path={data}",
            "--storage.tsdb.retention.time=100y",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ]

    with (
        Peer("prometheus", folder, arguments) as peer,
        httpx.Client(base_url=f"{peer.url}/api/v1/", trust_env=False, timeout=60) as client,
    ):
        yield client

"""How the local node is started: its JVM options, its settings, and when it is ready."""

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.engine.config import NodeConfig
from app.engine.errors import EngineError
from app.engine.health import cluster_status
from app.engine.node import NodeParameters
from app.engine.provision import Installation
from app.engine.report import Report
from app.engine.supervisor import Service

_CONFIG_DIR = Path(__file__).parent / "node_config"

#: Seconds after which a node with an unreadable index counts as started all the same.
_RED_FOR = 30.0

#: Small regions and an early, roomy collection keep a small heap from refusing requests; the
#: same values that Elasticsearch gives itself below 8 GiB.
_SMALL_HEAP = (
    "-XX:+UseG1GC",
    "-XX:G1HeapRegionSize=4m",
    "-XX:InitiatingHeapOccupancyPercent=30",
    "-XX:G1ReservePercent=15",
)


def node_service(installation: Installation, config: NodeConfig, report: Report) -> Service:
    """The node as a service to supervise; makes its folders.

    Raises:
        EngineError: the folders cannot be made, or Java is not whole.
    """
    scratch = config.data_dir / "tmp"
    for folder in (config.indices_dir, config.snapshots_dir, config.logs_dir, scratch):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EngineError(f"{folder} cannot be made: {error.strerror}.") from None
    parameters = NodeParameters(
        jvm=str(_jvm_library(installation.java_home)),
        jvm_options=_jvm_options(installation, config, scratch),
        home=str(installation.home),
        config=str(_CONFIG_DIR),
        settings=_settings(installation, config),
    )
    return Service(
        name="Elasticsearch",
        command=(
            sys.executable,
            "-m",
            "app.engine.node",
            json.dumps(dataclasses.asdict(parameters)),
        ),
        log=config.logs_dir / "elasticsearch.log",
        ready=_readiness(config.url, report),
        ready_within=180.0,
    )


def _jvm_library(java_home: Path) -> Path:
    for path in (java_home / "lib" / "server").glob("libjvm.*"):
        return path
    raise EngineError(f"Java in {java_home} is not whole; remove that folder and start again.")


def _jvm_options(installation: Installation, config: NodeConfig, scratch: Path) -> list[str]:
    return [
        f"-Xms{config.heap}",
        f"-Xmx{config.heap}",
        f"-XX:MaxDirectMemorySize={config.heap_mib // 2}m",
        *_SMALL_HEAP,
        # A node out of memory is of no use; it is started again.
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-OmitStackTraceInFastThrow",
        f"-XX:ErrorFile={config.logs_dir}/java-crash-%p.log",
        # The signals are handled by Python.
        "-Xrs",
        "-Djava.awt.headless=true",
        f"-Djava.io.tmpdir={scratch}",
        "-Dfile.encoding=UTF-8",
        f"-Des.path.home={installation.home}",
        "--enable-native-access=ALL-UNNAMED",
        # The vector library is not published on its own; without this all native access goes off.
        "-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false",
        "-Dlog4j2.disable.jmx=true",
        "-Dlog4j.shutdownHookEnabled=false",
        "-Dio.netty.noUnsafe=true",
        "-Dio.netty.noKeySetOptimization=true",
        "-Dio.netty.recycler.maxCapacityPerThread=0",
        "-Dio.netty.allocator.numDirectArenas=0",
    ]


def _settings(installation: Installation, config: NodeConfig) -> dict[str, str]:
    return {
        "path.home": str(installation.home),
        "path.data": str(config.indices_dir),
        "path.logs": str(config.logs_dir),
        "path.repo": str(config.snapshots_dir),
        "cluster.name": "logfeed",
        "node.name": "logfeed-1",
        # Who asks the node learns from this whether it can write `best_compression`.
        "node.attr.zstd": str(installation.has_zstd).lower(),
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": str(config.http_port),
        # Nobody else joins, so any free port will do, and two installations never collide.
        "transport.port": "0",
        # An index is made from its template or not at all, never by a typing error in a name.
        "action.auto_create_index": "false",
        # The usual percentages would refuse to write on a laptop whose large disk is 90 % full.
        "cluster.routing.allocation.disk.watermark.low": "1gb",
        "cluster.routing.allocation.disk.watermark.high": "750mb",
        "cluster.routing.allocation.disk.watermark.flood_stage": "500mb",
        **config.settings,
    }


def _readiness(url: str, report: Report) -> Callable[[], bool]:
    red_since: float | None = None

    def ready() -> bool:
        nonlocal red_since
        status = cluster_status(url)
        if status != "red":
            return status in {"yellow", "green"}
        red_since = time.monotonic() if red_since is None else red_since
        if time.monotonic() - red_since < _RED_FOR:
            return False
        report.warn("some indices cannot be read (their state is red); starting all the same")
        return True

    return ready

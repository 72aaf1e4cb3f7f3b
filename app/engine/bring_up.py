"""The whole of ``logfeed up``: look, fetch, start Elasticsearch, API and scheduler, stay until told."""

import contextlib
import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

from app.engine.errors import EngineError, PreflightError
from app.engine.health import status_code
from app.engine.launch import node_service
from app.engine.preflight import check_disk, check_memory, check_port, data_folder
from app.engine.provision import provision
from app.engine.report import Report
from app.engine.resolve import Engine, Local
from app.engine.signals import on_ending_signal
from app.engine.supervisor import Service, Supervisor
from app.scheduler.presence import is_present, presence_file

#: Seconds in which children of an `up` that was killed must have given up their ports: more than the
#: grace of any of them.
_LEFTOVERS = 60.0


@dataclasses.dataclass(frozen=True)
class Api:
    """The API as ``up`` sees it.

    Attributes:
        command: program and arguments that serve it.
        scheduler: program and arguments of the scheduler that runs beside it.
        host: address that it listens on.
        port: port that it listens on.
        url: its address for a client on this machine.
    """

    command: Sequence[str]
    scheduler: Sequence[str]
    host: str
    port: int
    url: str


def bring_up(engine: Engine, api: Api, data_dir: Path, report: Report) -> None:
    """Start all, and return when all has stopped after SIGINT, SIGTERM or SIGHUP.

    Raises:
        EngineError: something cannot run; what was started has been stopped.
    """
    with contextlib.ExitStack() as stack:
        try:
            with on_ending_signal(_interrupt):
                # The folder first: it tells a second start of the same installation apart from
                # a port that some other program has.
                was_killed = stack.enter_context(data_folder(data_dir))
                if was_killed:
                    report.say(
                        "the last run did not end by itself; ports that it still holds get "
                        f"{_LEFTOVERS:.0f} s to become free"
                    )
                _check_ports(engine, api, patience=_LEFTOVERS if was_killed else 0.0)
                services = _services(engine, api, data_dir, report)
        except KeyboardInterrupt:
            report.say("stopped before anything was started")
            return
        supervisor = Supervisor(services, report)
        with on_ending_signal(supervisor.stop):
            supervisor.run(lambda: _welcome(engine, api, data_dir, report))


def _interrupt() -> None:
    raise KeyboardInterrupt


def _check_ports(engine: Engine, api: Api, patience: float) -> None:
    check_port(api.host, api.port, "LOGFEED_PORT", patience)
    if not isinstance(engine, Local):
        return
    node_port = engine.config.http_port
    if node_port == api.port:
        raise PreflightError(
            f"The API and Elasticsearch cannot both have port {api.port}; "
            "choose another for one of them with LOGFEED_PORT or LOGFEED_ELASTICSEARCH_PORT."
        )
    check_port("127.0.0.1", node_port, "LOGFEED_ELASTICSEARCH_PORT", patience)


def _services(engine: Engine, api: Api, data_dir: Path, report: Report) -> list[Service]:
    logs = data_dir / "logs"
    try:
        logs.mkdir(exist_ok=True)
    except OSError as error:
        raise EngineError(f"{logs} cannot be made: {error.strerror}.") from None
    if not isinstance(engine, Local):
        return _own_services(api, (), data_dir)
    config = engine.config
    check_memory(config)
    check_disk(config)
    installation = provision(config.cache_dir, report)
    if not installation.has_zstd:
        report.warn(
            "this system has no libzstd.so.1, so records are kept with the default compression; "
            "on Debian, apt-get install libzstd1"
        )
    node = node_service(installation, config, report)
    report.say(f"starting Elasticsearch on {config.url} with a heap of {config.heap} ...")
    # env(1) adds to what the child inherits; nothing here reads the environment.
    wrapper = ("env", f"LOGFEED_ELASTICSEARCH_URL={config.url}")
    return [node, *_own_services(api, wrapper, data_dir)]


def _own_services(api: Api, wrapper: Sequence[str], data_dir: Path) -> list[Service]:
    logs, presence = data_dir / "logs", presence_file(data_dir)
    return [
        Service(
            "The API",
            (*wrapper, *api.command),
            logs / "api.log",
            ready=lambda: status_code(f"{api.url}/readyz") == 200,
            ready_within=120.0,
        ),
        Service(
            "The scheduler",
            (*wrapper, *api.scheduler),
            logs / "scheduler.log",
            ready=lambda: is_present(presence),
            ready_within=120.0,
        ),
    ]


def _welcome(engine: Engine, api: Api, data_dir: Path, report: Report) -> None:
    report.say(f"Logfeed answers on {api.url}")
    record = '{"level":"INFO","service":"hello","message":"first record"}'
    lines = [
        "",
        f"  data    {data_dir}" if isinstance(engine, Local) else "  data    in your own cluster",
        f"  logs    {data_dir / 'logs'}",
        f"  write   curl -H 'Content-Type: application/json' -d '{record}' {api.url}/api/v1/logs",
        f"  read    curl '{api.url}/api/v1/logs?service=hello'",
        f"  stop    Ctrl-C, or kill {os.getpid()}",
        "",
    ]
    report.show("\n".join(lines))

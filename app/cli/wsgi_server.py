"""The server: gunicorn's master supervises, each worker process is a whole service over uvicorn."""

import contextlib
import ctypes
import gc
import signal
import sys
import threading
from types import FrameType
from typing import Any, ClassVar

import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from prometheus_client import multiprocess
from uvicorn_worker import UvicornWorker

from app.domain.errors import LogfeedError
from app.http.asgi import AsgiApplication
from app.http.connections import Connection
from app.http.protocol import UVICORN_OPTIONS
from app.settings import Settings
from app.wiring.application import create_asgi_app
from app.wiring.system import System, create_system
from app.wiring.until_done import until_done

_log = structlog.get_logger(__name__)
#: Seconds to end in. Requests that are under way have the first of them; what they leave is shipped in
#: the rest (`WritePath.close`), or stays in the log.
_GRACE_SECONDS = 30
_REQUEST_SECONDS = 15
#: Seconds after which a thread that computes lets another one run. Each request passes some threads, and
#: waits as long at each of them while batches are decoded. With Python's 5 ms, four clients with batches
#: of 1,000 and `?ack=accepted`, a lone write took 120 ms and a cached answer 30 to 40; with 1 ms 50 and
#: 12 to 16. Records a second became no fewer (14,000 to 15,800, and 16,400 to 17,900), and a record
#: cost 41 to 48 µs of processor time where it had cost 36 to 42. 0.5 ms brought no more.
_TURN_SECONDS = 0.001
# As in <malloc.h>.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


class _QuietLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's messages, written as the rest of our own log."""

    def setup(self, cfg: Any) -> None:
        """Hand everything to the root logger."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class _Worker(UvicornWorker):  # type: ignore[misc]  # as gunicorn's
    """A process with an event loop; connections are ``Connection``'s."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = UVICORN_OPTIONS | {
        "http": Connection,
        "timeout_graceful_shutdown": _REQUEST_SECONDS,
    }

    def init_signals(self) -> None:
        """Called by gunicorn before the application is loaded."""
        super().init_signals()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _end)


def _end(_number: int, _frame: FrameType | None) -> None:
    """End the process in good order, so that ``worker_exit`` is called.

    Uvicorn raises the signal once more behind the last request; as it is by default, that would be the
    end on the spot.
    """
    for once_more in (signal.SIGTERM, signal.SIGINT):
        signal.signal(once_more, signal.SIG_IGN)
    sys.exit(0)


class WsgiServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Serves the API until SIGTERM or SIGINT."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._system: System | None = None
        self._stopping = threading.Event()
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn once, in the master."""
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        options: dict[str, Any] = {
            "bind": f"{host}:{settings.port}",
            "workers": settings.worker_count,
            "worker_class": _Worker,
            "graceful_timeout": _GRACE_SECONDS,
            # Of a worker as a whole: one that does not even reach its main loop is replaced.
            "timeout": 60,
            # Longer than the idle time of common clients, so that they close first.
            "keepalive": 75,
            "loglevel": settings.log_level,
            "logger_class": _QuietLogger,
            "proc_name": "logfeed",
            "control_socket_disable": True,
            "worker_exit": lambda server, worker: self._close(),
            "child_exit": lambda server, worker: _forget_gauges(worker.pid),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> AsgiApplication:
        """Called by gunicorn in each worker: no connection is ever shared over a fork."""
        try:
            system = create_system(self._settings)
        except LogfeedError as error:
            # A sentence, not a stack trace; the code by which the master knows not to try again.
            _log.error("cannot_start", reason=str(error))
            sys.exit(Arbiter.APP_LOAD_ERROR)
        self._system = system
        # Until then /readyz says 503.
        threading.Thread(
            target=until_done, args=(system.prepare, self._stopping), daemon=True
        ).start()
        _collect_seldom()
        _give_memory_back()
        sys.setswitchinterval(_TURN_SECONDS)
        return create_asgi_app(
            system.service,
            settings=self._settings,
            metrics=system.metrics,
            scheduler=system.scheduler,
            storage=system.storage,
            clock=system.clock,
            read_side=system.read_side,
        )

    def _close(self) -> None:
        self._stopping.set()
        if self._system is not None:
            self._system.close()
            self._system = None


def _collect_seldom() -> None:
    """Spare the garbage collector: what is here now stays, and a batch makes thousands of objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _give_memory_back() -> None:
    """Let the C library return what large bodies took; by itself it keeps up to 64 MiB a thread.

    Bodies of a usual batch are below these bounds, so that they cost no call to the kernel.
    """
    with contextlib.suppress(AttributeError):  # only glibc has it
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 4_194_304)
        mallopt(_M_TRIM_THRESHOLD, 8_388_608)


def _forget_gauges(pid: int) -> None:
    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]

"""The process of the local node: a JVM inside Python that runs Elasticsearch until SIGTERM.

``python -m app.engine.node PARAMETERS`` with the JSON of ``NodeParameters``; ``app.engine.launch``
starts it.
"""

import contextlib
import dataclasses
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

import jpype

_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}

#: Seconds in which the node must have closed after it was told to; then the process ends anyway.
#: Nothing acknowledged is lost then: the translog is on the disk.
_CLOSE_WITHIN = 30.0


@dataclasses.dataclass(frozen=True)
class NodeParameters:
    """What the process is told; folders as text, sizes in MiB.

    Attributes:
        jvm: the library of the Java virtual machine.
        jvm_options: options of the virtual machine.
        home: Elasticsearch's home folder.
        config: the folder with its log4j2.properties.
        settings: Elasticsearch's own settings.
    """

    jvm: str
    jvm_options: list[str]
    home: str
    config: str
    settings: dict[str, str]


def main() -> None:
    """Run the node of ``sys.argv[1]`` until told to stop, or until the parent is gone."""
    parent = os.getppid()
    # Before the JVM makes threads, so that all of them inherit the mask and the signal is ours.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    stopped = threading.Event()
    threading.Thread(target=_await_signal, args=(stopped,), daemon=True).start()
    parameters = NodeParameters(**json.loads(sys.argv[1]))
    try:
        node = _start(parameters)
    except jpype.JException as error:
        _end(f"Elasticsearch cannot start: {_root_cause(error)}", 1)
    # The tether does this at once on Linux; elsewhere nobody tells that the parent died.
    while not stopped.wait(1.0) and os.getppid() == parent:
        pass
    node.close()
    _end("Elasticsearch has closed", 0)


def _await_signal(stopped: threading.Event) -> None:
    signal.sigwait(_SIGNALS)
    # Armed here, not in the main thread: that one may be inside Java, still starting.
    last_resort = threading.Timer(_CLOSE_WITHIN, os._exit, [1])
    last_resort.daemon = True
    last_resort.start()
    stopped.set()


def _start(parameters: NodeParameters) -> Any:
    home = Path(parameters.home)
    jpype.startJVM(
        *parameters.jvm_options,
        jvmpath=parameters.jvm,
        classpath=[str(path) for path in sorted(home.glob("lib/*.jar"))],
        convertStrings=False,
    )
    java_path = jpype.JClass("java.nio.file.Path")
    builder = jpype.JClass("org.elasticsearch.common.settings.Settings").builder()
    for name, value in parameters.settings.items():
        builder = builder.put(name, value)
    environment = jpype.JClass("org.elasticsearch.env.Environment")(
        builder.build(), java_path.of(parameters.config)
    )
    logs = jpype.JClass("org.elasticsearch.common.logging.LogConfigurator")
    logs.setNodeName(parameters.settings["node.name"])
    logs.configure(environment, True)
    # The last argument of both: there are no modules of the Java module system here, only jars.
    loader = jpype.JClass("org.elasticsearch.plugins.PluginsLoader")
    nothing = jpype.JClass("java.util.Collections")
    bundles = loader.loadModulesBundles(java_path.of(str(home / "modules")), False)
    plugins = loader.createPluginsLoader(bundles, nothing.emptySet(), nothing.emptyMap(), False)
    node = jpype.JClass("org.elasticsearch.node.Node")(environment, plugins)
    return node.start()


def _root_cause(error: Any) -> str:
    while error.getCause() is not None:
        error = error.getCause()
    return str(error.toString()).splitlines()[0]


def _end(last_words: str, code: int) -> NoReturn:
    # Leaves without waiting for Java threads: after close() they have nothing left to do.
    # Nobody may be left to read it: the process that started this one can have been killed.
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{last_words}\n")
        sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()

"""For maintainers: ``python -m app.engine.relock`` writes the jar locks (``make lock-jars``).

The only place that resolves; everybody else fetches exactly what is locked.
"""

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from jgo.maven import MavenContext

from app.engine.jars import JAR_LOCK, KAFKA_LOCK, KAFKA_ROOTS, ROOTS

_HEAD = "# Every jar of {what}: coordinate, sha256, bytes. `make lock-jars` writes it.\n"


def main() -> None:
    """Resolve the roots with all that they need, fetch it and write the locks."""
    _lock(JAR_LOCK, "the local Elasticsearch", ROOTS)
    _lock(KAFKA_LOCK, "the Kafka broker that tests start", KAFKA_ROOTS)


def _lock(path: Path, what: str, coordinates: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder), timeout=60)
        roots = [context.create_dependency(coordinate) for coordinate in coordinates]
        resolved, transitive = context.resolver.resolve(roots)
        lines = []
        for dependency in [*resolved, *transitive]:
            parts = (dependency.groupId, dependency.artifactId, dependency.version)
            coordinate = ":".join(part for part in (*parts, dependency.classifier) if part)
            content = dependency.artifact.resolve().read_bytes()
            lines.append(f"{coordinate} {hashlib.sha256(content).hexdigest()} {len(content)}\n")
    path.write_text(_HEAD.format(what=what) + "".join(sorted(lines)), encoding="utf-8")


if __name__ == "__main__":
    main()

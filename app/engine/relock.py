"""For maintainers: ``python -m app.engine.relock`` writes the jar lock (``make lock-jars``).

The only place that resolves; everybody else fetches exactly what is locked.
"""

import hashlib
import tempfile
from pathlib import Path

from jgo.maven import MavenContext

from app.engine.jars import JAR_LOCK, ROOTS

_HEAD = """\
# Every jar of the local Elasticsearch: coordinate, sha256, bytes. `make lock-jars` writes it.
"""


def main() -> None:
    """Resolve ``ROOTS`` with all that they need, fetch it and write the lock."""
    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder), timeout=60)
        roots = [context.create_dependency(coordinate) for coordinate in ROOTS]
        resolved, transitive = context.resolver.resolve(roots)
        lines = []
        for dependency in [*resolved, *transitive]:
            parts = (dependency.groupId, dependency.artifactId, dependency.version)
            coordinate = ":".join(part for part in (*parts, dependency.classifier) if part)
            content = dependency.artifact.resolve().read_bytes()
            lines.append(f"{coordinate} {hashlib.sha256(content).hexdigest()} {len(content)}\n")
    JAR_LOCK.write_text(_HEAD + "".join(sorted(lines)), encoding="utf-8")


if __name__ == "__main__":
    main()

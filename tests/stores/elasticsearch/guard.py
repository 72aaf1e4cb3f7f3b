"""A TLS door in front of a real Elasticsearch that lets in whoever has the right header.

The local node has no security; this stands where that of a full distribution would.
"""

import contextlib
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme
import urllib3


@contextlib.contextmanager
def guarded(es_url: str, authorization: str, ca_file: Path) -> Iterator[str]:
    """The https address of a door to ``es_url``; the authority that signed it is in ``ca_file``."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(ca_file))
    pool = urllib3.PoolManager(retries=False)

    class Door(BaseHTTPRequestHandler):
        def do(self) -> None:
            if self.headers.get("Authorization") != authorization:
                self._answer(401, b'{"error":{"type":"security_exception","reason":"who are you"}}')
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {k: v for k, v in self.headers.items() if k in ("Accept", "Content-Type")}
            passed = pool.request(self.command, es_url + self.path, body=body, headers=headers)
            self._answer(passed.status, passed.data, passed.headers["Content-Type"])

        do_GET = do_PUT = do_POST = do_HEAD = do  # noqa: N815 -- the library's own names

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    # Handshakes of clients that do not trust the certificate end in an exception.
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        pool.clear()

"""Ask a web server how it is, and show the answer in a table.

The server is part of this program, so it works without a connection to the internet.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import colorama
import requests
from rich.console import Console
from rich.table import Table


class Friendly(BaseHTTPRequestHandler):
    """Answers every request with a greeting."""

    def do_GET(self) -> None:
        """Send a little JSON, the language that web services speak."""
        answer = json.dumps({"greeting": "Hello!", "path": self.path, "mood": "excellent"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Keep quiet: the table below says all there is to say."""


def main() -> None:
    """Start the server, ask it, show what it said."""
    colorama.just_fix_windows_console()
    with HTTPServer(("127.0.0.1", 0), Friendly) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with requests.Session() as session:
            session.trust_env = False  # a proxy could not reach our own machine
            answer = session.get(f"http://127.0.0.1:{server.server_port}/how-are-you", timeout=10)
        server.shutdown()

    table = Table(title=f"The server answered with status {answer.status_code}")
    table.add_column("what")
    table.add_column("value", style="green")
    for key, value in answer.json().items():
        table.add_row(key, value)
    Console().print(table)


if __name__ == "__main__":
    main()

"""Start the service on a free port of this machine, use it like a visitor would, and stop it."""

from __future__ import annotations

import threading

import requests
from service import app
from werkzeug.serving import make_server


def main() -> None:
    """Make two real requests and show the answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with requests.Session() as session:
            session.trust_env = False  # a proxy could not reach our own machine
            page = session.get(f"{address}/", timeout=10)
            print(f"GET  /       {page.status_code}  {page.text.strip()}")
            answer = session.post(f"{address}/count", data="the more the merrier", timeout=10)
            print(f"POST /count  {answer.status_code}  {answer.json()}")
    finally:
        server.shutdown()
        thread.join()


if __name__ == "__main__":
    main()

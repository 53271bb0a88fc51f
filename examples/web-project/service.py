"""A web service with one page and one function: it counts the words that it is sent."""

from __future__ import annotations

from collections import Counter

from flask import Flask, Response, jsonify, request

app = Flask(__name__)


@app.get("/")
def home() -> str:
    """Say what can be done here."""
    return "Send a text to /count and get its words back, counted.\n"


@app.post("/count")
def count() -> Response:
    """Count the words of the text that was sent."""
    words = request.get_data(as_text=True).lower().split()
    return jsonify(total=len(words), words=Counter(words))


if __name__ == "__main__":
    app.run()

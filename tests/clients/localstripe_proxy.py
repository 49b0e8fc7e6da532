#!/usr/bin/env python3
"""Stands in front of the `localstripe` package and mends what keeps a client of the real API from using it.

It takes away parameters localstripe refuses, remembers idempotency keys, and gives declines their real shape. localstripe
is GPL software and stays a process of its own; nothing of it is used here. Standard library only.

    pip install localstripe && localstripe --port 8420 --from-scratch
    python localstripe_proxy.py 8421 http://127.0.0.1:8420
"""

import http.client
import json
import re
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Parameters that localstripe calls unexpected, by what the path ends in; the rest of the world accepts them.
EVERYWHERE = {
    "description", "setup_future_usage", "error_on_requires_action", "automatic_payment_methods", "mandate",
    "statement_descriptor_suffix", "receipt_email", "return_url",
}
REFUSED = [
    ("POST", r"/v1/payment_intents$", EVERYWHERE),
    ("POST", r"/v1/payment_intents/[^/]+/confirm$", EVERYWHERE | {"off_session", "payment_method"}),
    ("POST", r"/v1/payment_intents/[^/]+/cancel$", {"cancellation_reason"}),
    ("POST", r"/v1/setup_intents(/[^/]+/confirm)?$", EVERYWHERE - {"description"}),
]

# The decline localstripe knows has no code of its own; this is the card it happens with.
DECLINE_CODE = "generic_decline"


class Keys:
    """What each idempotency key was first used for, and the answer once there is one."""

    def __init__(self):
        self.lock = threading.Lock()
        self.known = {}

    def begin(self, key, asked):
        """None if this is to be run, otherwise the answer to give at once: status, body, headers."""
        with self.lock:
            if key not in self.known:
                self.known[key] = (asked, None)
                return None
            before, answer = self.known[key]
        if before != asked:
            message = "Keys for idempotent requests can only be used with the same parameters they were first used with."
            return 400, error("idempotency_error", None, message), {}
        if answer is None:
            message = "There is currently another in-progress request using this idempotency key."
            return 409, error("idempotency_error", "idempotency_key_in_use", message), {}
        status, body = answer
        return status, body, {"Idempotent-Replayed": "true"}

    def end(self, key, status, body):
        """Keeps what was executed; a request that was refused or not delivered leaves the key as good as new."""
        with self.lock:
            if status < 400 or status in (402, 500):
                self.known[key] = (self.known[key][0], (status, body))
            else:
                del self.known[key]


def error(kind, code, message, **more):
    told = {"type": kind, "message": message, **more}
    if code:
        told["code"] = code
    return json.dumps({"error": told}).encode()


def without_refused(method, path, form):
    """The parameters without those localstripe refuses; `a[b]` goes with `a`."""
    refused = set().union(*(names for verb, end, names in REFUSED if verb == method and re.search(end, path)))
    pairs = urllib.parse.parse_qsl(form, keep_blank_values=True)
    return urllib.parse.urlencode([(name, value) for name, value in pairs if name.split("[")[0] not in refused])


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    keys = Keys()
    upstream = None

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path == "/v1/payment_intents" and "customer=" in query:
            self.answer(*self.of_customer(dict(urllib.parse.parse_qsl(query))))
            return
        kept = without_refused("GET", path, query)
        self.answer(*self.pass_on("GET", path + ("?" + kept if kept else ""), None))

    def do_DELETE(self):
        self.answer(*self.pass_on("DELETE", self.path, None))

    def do_POST(self):
        form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        key = self.headers.get("Idempotency-Key")
        if key is None:
            self.answer(*self.run(form))
            return
        asked = (self.path, sorted(urllib.parse.parse_qsl(form, keep_blank_values=True)))
        known = self.keys.begin(key, asked)
        if known:
            self.answer(*known)
            return
        status, body = 502, b""
        try:
            status, body = self.run(form)
        finally:
            self.keys.end(key, status, body)
        self.answer(status, body)

    def run(self, form):
        path = self.path.partition("?")[0]
        status, body = self.pass_on("POST", self.path, without_refused("POST", path, form))
        if status == 402:
            body = self.declined(path, form, body)
        return status, body

    def declined(self, path, form, body):
        """A decline in its real shape, with the intent as it is after it."""
        told = json.loads(body).get("error", {})
        fields = dict(urllib.parse.parse_qsl(form))
        more = {"decline_code": told.get("decline_code") or DECLINE_CODE}
        code = told.get("code") or "card_declined"
        message = told.get("message") or "Your card was declined."
        found = re.search(r"/v1/payment_intents/([^/]+)", path)
        if found:
            status, intent = self.pass_on("GET", "/v1/payment_intents/" + found.group(1), None)
            if status == 200:
                intent = json.loads(intent)
                charge = intent.get("latest_charge")
                more["charge"] = charge["id"] if isinstance(charge, dict) else charge
                # What localstripe leaves out here a client may rely on.
                intent["last_payment_error"] = {"type": "card_error", "code": code, "message": message, **more}
                more["payment_intent"] = intent
                method = fields.get("payment_method") or intent.get("payment_method")
                if method:
                    more["payment_method"] = {"id": method, "object": "payment_method"}
        return error("card_error", code, message, **more)

    def of_customer(self, wanted):
        """The list by customer, which localstripe cannot give: all intents, then those of the customer, then the page."""
        found, after = [], ""
        while True:
            status, body = self.pass_on("GET", "/v1/payment_intents?limit=100" + after, None)
            if status != 200:
                return status, body
            page = json.loads(body)
            found += [one for one in page["data"] if one.get("customer") == wanted["customer"]]
            if not page["has_more"]:
                break
            after = "&starting_after=" + page["data"][-1]["id"]
        found = [one for one in found if one["created"] >= int(wanted.get("created[gte]", 0))]
        ids = [one["id"] for one in found]
        first = ids.index(wanted["starting_after"]) + 1 if wanted.get("starting_after") in ids else 0
        end = first + int(wanted.get("limit", 10))
        listed = {"object": "list", "url": "/v1/payment_intents", "has_more": end < len(found), "data": found[first:end]}
        return 200, json.dumps(listed).encode()

    def pass_on(self, method, path, form):
        headers = {name: value for name, value in self.headers.items() if name.lower() == "authorization"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(self.upstream.hostname, self.upstream.port, timeout=30)
        try:
            connection.request(method, path, form, headers)
            reply = connection.getresponse()
            return reply.status, reply.read()
        except OSError as failure:
            return 502, error("api_error", None, f"localstripe cannot be reached: {failure}")
        finally:
            connection.close()

    def answer(self, status, body, headers=None):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing: the client knows what it asked."""


def main(port, upstream):
    Proxy.upstream = urllib.parse.urlsplit(upstream)
    with ThreadingHTTPServer(("127.0.0.1", port), Proxy) as server:
        server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(int(sys.argv[1]), sys.argv[2])

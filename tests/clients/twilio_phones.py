"""Phones of all kinds through the official client: detection, plain dials, digits and owned numbers.

Part of twilio_client.py, which hands over its client and its checks.
"""

import json
import threading
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

FROM = "+15005550100"
HUMAN = "+15005550101"
MACHINE = "+15005556006"
STAYS = '<Pause length="600"/>'


class Documents(BaseHTTPRequestHandler):
    """Answers each path with the document set for it, and keeps what was asked."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        self.server.asked.append((self.path, form))
        answer = f"<Response>{self.server.documents.get(self.path, STAYS)}</Response>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Says nothing: what was asked is in the server's list."""


@contextmanager
def application(documents):
    with HTTPServer(("127.0.0.1", 0), Documents) as server:
        server.documents, server.asked = documents, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.base = f"http://127.0.0.1:{server.server_port}"
        yield server
        server.shutdown()


def asked(server, path):
    return [form for asked_path, form in server.asked if asked_path == path]


def control(client, path, body):
    """What somebody does with a phone; no order of the carrier's API can."""
    request = urllib.request.Request(f"{client.api.base_url}/_sandbox{path}", json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def detection(client, checks):
    with application({}) as server:
        made = client.calls.create(
            to=MACHINE, from_=FROM, url=f"{server.base}/machine", machine_detection="DetectMessageEnd"
        )
        form = checks.eventually("a document waits for the verdict", lambda: asked(server, "/machine"))[0]
        checks.equal("and is told of the greeting's end", form["AnsweredBy"], "machine_end_beep")
        checks.equal("and how long that took", form["MachineDetectionDuration"], "6000")
        checks.equal("the call says so too", client.calls(made.sid).fetch().answered_by, "machine_end_beep")
        beside = client.calls.create(
            to=HUMAN,
            from_=FROM,
            url=f"{server.base}/human",
            machine_detection="Enable",
            async_amd="true",
            async_amd_status_callback=f"{server.base}/verdict",
        )
        form = checks.eventually("a verdict is told beside the call", lambda: asked(server, "/verdict"))[0]
        checks.equal("about this call", (form["CallSid"], form["AnsweredBy"]), (beside.sid, "human"))
        for call in (made, beside):
            client.calls(call.sid).update(status="completed")


def voicemail_drop(client, checks):
    with application({}) as server:
        dial = f'<Dial action="{server.base}/dialled"><Number>{MACHINE}</Number></Dial>'
        parent = client.calls.create(to=HUMAN, from_=FROM, twiml=f"<Response>{dial}</Response>")

        def up():
            children = client.calls.list(parent_call_sid=parent.sid)
            return [child for child in children if child.status == "in-progress"]

        child = checks.eventually("a dialled number is a child of its call", up)[0]
        checks.equal("with a direction of its own", (child.direction, child.to), ("outbound-dial", MACHINE))
        message = "<Response><Say>Please call back.</Say><Hangup/></Response>"
        client.calls(child.sid).update(twiml=message)
        form = checks.eventually("the dial is over for the caller", lambda: asked(server, "/dialled"))[0]
        checks.equal("without a duration", (form["DialCallStatus"], "DialCallDuration" in form), ("completed", False))
        checks.eventually("the child ends behind its message", lambda: client.calls(child.sid).fetch().status == "completed")
        checks.equal("the caller stays", client.calls(parent.sid).fetch().status, "in-progress")
        client.calls(parent.sid).update(twiml="<Response><Say>Good bye.</Say><Hangup/></Response>")
        checks.eventually("a leg ends with a message", lambda: client.calls(parent.sid).fetch().status == "completed")


def conference_drop(client, checks):
    """The caller leaves a conference at once; the other hears the message to its end."""
    room = f"drop-{time.time_ns()}"
    message = "<Response><Say>Please call us back about your order.</Say><Hangup/></Response>"

    def join(to):
        dial = f"<Dial><Conference>{room}</Conference></Dial>"
        return client.calls.create(to=to, from_=FROM, twiml=f"<Response>{dial}</Response>")

    caller, machine = join(HUMAN), join(MACHINE)

    def both_in():
        rooms = client.conferences.list(friendly_name=room, status="in-progress")
        return rooms and len(client.conferences(rooms[0].sid).participants.list()) == 2

    checks.eventually("caller and machine are in a conference", both_in)
    client.calls(machine.sid).update(twiml=message)
    client.calls(caller.sid).update(status="completed")
    checks.equal("the caller is gone", client.calls(caller.sid).fetch().status, "completed")
    checks.equal("the machine still listens", client.calls(machine.sid).fetch().status, "in-progress")
    checks.eventually("and is hung up after it", lambda: client.calls(machine.sid).fetch().status == "completed")


def owned_numbers(client, checks):
    number = f"+1500777{time.time_ns() % 10_000:04}"
    menu = '<Gather numDigits="4" timeout="60" action="/pin"><Say>Your code, please.</Say></Gather>'
    with application({"/voice": menu}) as server:
        owned = client.incoming_phone_numbers.create(phone_number=number, voice_url=f"{server.base}/old")
        checks.equal("a number is owned", (owned.sid[:2], owned.phone_number), ("PN", number))
        changed = client.incoming_phone_numbers(owned.sid).update(voice_url=f"{server.base}/voice")
        checks.equal("its voice URL can be changed", changed.voice_url, f"{server.base}/voice")
        fetched = client.incoming_phone_numbers(owned.sid).fetch()
        checks.equal("and is kept", (fetched.voice_url, fetched.voice_method), (f"{server.base}/voice", "POST"))
        found = client.incoming_phone_numbers.list(phone_number=number)
        checks.equal("a list by number finds it", [one.sid for one in found], [owned.sid])
        checks.refused(
            "it is owned once", lambda: client.incoming_phone_numbers.create(phone_number=number), 400, 21422
        )
        inbound(client, checks, server, number)
        paired(client, checks, server, number)
        checks.check("it can be released", client.incoming_phone_numbers(owned.sid).delete())
        checks.refused("and is gone", lambda: client.incoming_phone_numbers(owned.sid).fetch(), 404, 20404)


def inbound(client, checks, server, number):
    sid = control(client, "/calls", {"to": number})["sid"]
    form = checks.eventually("a call to it asks the voice URL", lambda: asked(server, "/voice"))[0]
    seen = (form["From"], form["To"], form["Direction"], form["CallStatus"])
    checks.equal("while it rings", seen, ("anonymous", number, "inbound", "ringing"))
    call = checks.eventually(
        "the document answers it",
        lambda: [one for one in client.calls.list(to=number) if one.status == "in-progress"],
    )[0]
    checks.equal("it is inbound", (call.sid, call.direction), (sid, "inbound"))
    control(client, f"/calls/{sid}/press", {"digits": "12w34"})
    form = checks.eventually("digits reach the action", lambda: asked(server, "/pin"))[0]
    checks.equal("all of them", (form["CallSid"], form["Digits"]), (sid, "1234"))
    client.calls(sid).update(status="completed")
    checks.equal("and it can be ended", client.calls(sid).fetch().status, "completed")


def paired(client, checks, server, number):
    before = len(asked(server, "/pin"))
    play = f'<Response><Pause length="2"/><Play digits="5678"/>{STAYS}</Response>'
    caller = client.calls.create(to=number, from_=FROM, twiml=play)
    form = checks.eventually("a call placed to it rings it", lambda: asked(server, "/pin")[before:])[0]
    checks.equal("and passes on played digits", form["Digits"], "5678")
    checks.check("as a call of its own", form["CallSid"] != caller.sid, form["CallSid"])
    client.calls(form["CallSid"]).update(status="completed")
    checks.eventually("both sides end together", lambda: client.calls(caller.sid).fetch().status == "completed")


def run(client, checks):
    detection(client, checks)
    voicemail_drop(client, checks)
    conference_drop(client, checks)
    owned_numbers(client, checks)

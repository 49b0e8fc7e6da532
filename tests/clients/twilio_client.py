"""Drives the sandbox carrier with the official, unmodified `twilio` package; only its base URL is changed.

Usage: twilio_client.py BASE_URL ACCOUNT_SID AUTH_TOKEN

Ends with 0 only if every answer is right. Calls run on inline TwiML, but for one redirect to an application that this
script plays itself. The carrier's clock must run; how fast does not matter.
"""

import sys
import threading
import time
import urllib.parse
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer

from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

import twilio_phones
import twilio_recordings

FROM = "+15005550100"
ANSWERS = "+15005550101"
ANSWERS_TOO = "+15005550102"
BUSY = "+15005550002"
NEVER_ANSWERS = "+15005550003"
WAIT_SECONDS = 30

failures = []


def check(what, is_right, seen=None):
    print(f"{'ok  ' if is_right else 'FAIL'} {what}" + ("" if is_right else f": {seen!r}"))
    if not is_right:
        failures.append(what)


def equal(what, seen, wanted):
    check(what, seen == wanted, seen)


def refused(what, order, http, code):
    try:
        order()
        check(what, False, "it was accepted")
    except TwilioRestException as refusal:
        equal(what, (refusal.status, refusal.code), (http, code))


def eventually(what, look):
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        seen = look()
        if seen:
            check(what, True)
            return seen
        time.sleep(0.05)
    check(what, False, "it never happened")
    sys.exit(1)


def room_twiml(name, more=""):
    return f'<Response><Dial><Conference beep="false" {more}>{name}</Conference></Dial><Pause length="600"/></Response>'


def calls(client, name):
    call = client.calls.create(to=ANSWERS, from_=FROM, twiml=room_twiml(name))
    equal("a new call is queued", (call.status, call.direction, call.duration), ("queued", "outbound-api", None))
    equal("its numbers come back", (call.to, call._from, call.to_formatted), (ANSWERS, FROM, "(500) 555-0101"))
    check("its SID has the documented form", call.sid.startswith("CA") and len(call.sid) == 34, call.sid)
    eventually("it is answered", lambda: client.calls(call.sid).fetch().status == "in-progress")
    fetched = client.calls(call.sid).fetch()
    check("it has a start", isinstance(fetched.start_time, datetime), fetched.start_time)

    mine = client.calls.list(to=ANSWERS, status="in-progress")
    check("a list by number and status finds it", call.sid in [one.sid for one in mine], mine)
    days_ago = datetime.now(timezone.utc) - timedelta(days=2)
    since = client.calls.list(to=ANSWERS, start_time_after=days_ago)
    check("a list by start finds it", call.sid in [one.sid for one in since], since)
    none = client.calls.list(to=ANSWERS, start_time_before=days_ago)
    check("a list of older calls does not", call.sid not in [one.sid for one in none], none)
    return call


def updates(client, call):
    redirected = client.calls(call.sid).update(twiml='<Response><Say>hello</Say><Pause length="600"/></Response>')
    equal("a redirect answers at once", redirected.status, "in-progress")
    limited = client.calls(call.sid).update(time_limit=3000)
    equal("a time limit is accepted", limited.status, "in-progress")
    refused(
        "Url and Twiml exclude each other",
        lambda: client.calls(call.sid).update(url="http://app.test/", twiml="<Response/>"),
        400,
        21205,
    )
    refused("a call in progress cannot be deleted", lambda: client.calls(call.sid).delete(), 409, 20009)
    done = client.calls(call.sid).update(status="completed")
    equal("a call can be completed", done.status, "completed")
    check("a completed call has a duration", int(client.calls(call.sid).fetch().duration) >= 1)
    refused(
        "an ended call cannot be redirected",
        lambda: client.calls(call.sid).update(twiml="<Response/>"),
        400,
        21220,
    )
    check("an ended call can be deleted", client.calls(call.sid).delete())
    refused("a deleted call is not found", lambda: client.calls(call.sid).fetch(), 404, 20404)


class Application(BaseHTTPRequestHandler):
    """Answers every webhook with a long pause, and keeps it."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        self.server.heard.append((self.path, form, self.headers["X-Twilio-Signature"]))
        answer = b'<Response><Pause length="600"/></Response>'
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Says nothing: what was asked is in the server's list."""


def redirect(client, auth_token):
    with HTTPServer(("127.0.0.1", 0), Application) as server:
        server.heard = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        call = client.calls.create(to=ANSWERS, from_=FROM, twiml='<Response><Pause length="600"/></Response>')
        eventually("the call to redirect is up", lambda: client.calls(call.sid).fetch().status == "in-progress")
        client.calls(call.sid).update(url=f"{base}/next?leg=1&of=2", method="POST")
        path, form, signature = eventually("the new document is asked for", lambda: server.heard)[0]
        equal("at its whole address", path, "/next?leg=1&of=2")
        equal("for this call", (form["CallSid"], form["CallStatus"]), (call.sid, "in-progress"))
        check("and signed", RequestValidator(auth_token).validate(base + path, form, signature), signature)
        client.calls(call.sid).update(status="completed")
        server.shutdown()


def other_ends(client):
    busy = client.calls.create(to=BUSY, from_=FROM, twiml="<Response/>")
    eventually("a busy phone is busy", lambda: client.calls(busy.sid).fetch().status == "busy")
    ringing = client.calls.create(to=NEVER_ANSWERS, from_=FROM, twiml="<Response/>", timeout=600)
    eventually("a silent phone rings", lambda: client.calls(ringing.sid).fetch().status == "ringing")
    refused(
        "a ringing call cannot be redirected",
        lambda: client.calls(ringing.sid).update(url="http://app.test/"),
        400,
        21220,
    )
    equal("a ringing call can be canceled", client.calls(ringing.sid).update(status="canceled").status, "canceled")
    refused("a bad number is refused", lambda: client.calls.create(to="12", from_=FROM, twiml="<Response/>"), 400, 21211)
    refused("a call needs a document", lambda: client.calls.create(to=ANSWERS, from_=FROM), 400, 21205)


def conferences(client, name):
    legs = [client.calls.create(to=to, from_=FROM, twiml=room_twiml(name)) for to in (ANSWERS, ANSWERS_TOO)]
    found = eventually(
        "two legs start a conference",
        lambda: client.conferences.list(friendly_name=name, status="in-progress"),
    )
    room = client.conferences(found[0].sid)
    fetched = room.fetch()
    equal("it has its name and no end", (fetched.friendly_name, fetched.reason_conference_ended), (name, None))
    sids = sorted(one.call_sid for one in room.participants.list())
    equal("both legs are listed", sids, sorted(leg.sid for leg in legs))
    one = room.participants(legs[0].sid).fetch()
    equal("a participant is connected", (one.status, one.muted, one.hold), ("connected", False, False))
    return room, legs


def participants(room, legs):
    one = room.participants(legs[0].sid)
    equal("mute", one.update(muted=True).muted, True)
    equal("a list of the muted", [each.call_sid for each in room.participants.list(muted=True)], [legs[0].sid])
    equal("unmute", one.update(muted=False).muted, False)
    equal("the flag is set", one.update(end_conference_on_exit=True).end_conference_on_exit, True)
    equal("hold", one.update(hold=True).hold, True)
    equal("on hold the flag stays", one.update(end_conference_on_exit=False).end_conference_on_exit, True)
    equal("unhold", one.update(hold=False).hold, False)
    equal("the flag is taken off", one.update(end_conference_on_exit=False).end_conference_on_exit, False)
    equal("announce to one", one.update(announce_url="http://127.0.0.1:9/announcement").call_sid, legs[0].sid)
    coached = one.update(coaching=True, call_sid_to_coach=legs[1].sid)
    equal("coach", (coached.coaching, coached.call_sid_to_coach), (True, legs[1].sid))
    equal("stop coaching", one.update(coaching=False).coaching, False)
    refused("a stranger is not found", lambda: room.participants("CA" + "0" * 32).fetch(), 404, 20404)


def additions(client, room, name):
    guest = room.participants.create(to="+15005550103", from_=FROM, label="guest", beep="false")
    equal("a new participant is dialled", (guest.label, guest.status, guest.queue_time), ("guest", "queued", "0"))
    eventually("it connects", lambda: room.participants("guest").fetch().status == "connected")
    refused(
        "a label is taken once",
        lambda: room.participants.create(to="+15005550104", from_=FROM, label="guest"),
        400,
        16026,
    )
    check("it can be removed", room.participants("guest").delete())
    eventually("its call ends", lambda: client.calls(guest.call_sid).fetch().status == "completed")
    check("it is no longer listed", guest.call_sid not in [one.call_sid for one in room.participants.list()])
    by_name = client.conferences(name + "-lonely").participants.create(to="+15005550105", from_=FROM)
    check("an unknown name makes a conference", by_name.conference_sid.startswith("CF"), by_name.conference_sid)
    client.calls(by_name.call_sid).update(status="completed")


def the_end(client, room, legs):
    equal("announce to all", room.update(announce_url="http://127.0.0.1:9/announcement").status, "in-progress")
    ended = room.update(status="completed")
    equal("a conference can be ended", ended.status, "completed")
    equal("it says why", room.fetch().reason_conference_ended, "conference-ended-via-api")
    equal("nobody is listed", room.participants.list(), [])
    equal("the legs go on", client.calls(legs[0].sid).fetch().status, "in-progress")
    for leg in legs:
        client.calls(leg.sid).update(status="completed")
    refused(
        "nobody can be added by its SID",
        lambda: room.participants.create(to=ANSWERS, from_=FROM),
        400,
        16022,
    )


def queue_of(client, name):
    queue = client.queues.create(friendly_name=name, max_size=2)
    equal("a new queue is empty", (queue.friendly_name, queue.current_size, queue.max_size), (name, 0, 2))
    check("its SID has the documented form", queue.sid.startswith("QU") and len(queue.sid) == 34, queue.sid)
    equal("its size can be changed", client.queues(queue.sid).update(max_size=3).max_size, 3)
    equal("it can be fetched", client.queues(queue.sid).fetch().average_wait_time, 0)
    check("it is listed", queue.sid in [one.sid for one in client.queues.list()])
    refused("a name is taken once", lambda: client.queues.create(friendly_name=name), 409, 20409)
    refused("a queue holds 5000", lambda: client.queues.create(friendly_name=name + "-big", max_size=5001), 400, 20001)
    return client.queues(queue.sid)


def queued(client, queue, name):
    twiml = f'<Response><Enqueue waitUrl="">{name}</Enqueue><Pause length="600"/></Response>'
    legs = []
    for number in (ANSWERS, ANSWERS_TOO):
        legs.append(client.calls.create(to=number, from_=FROM, twiml=twiml))
        wanted = len(legs)
        eventually("a leg waits in the queue", lambda: queue.fetch().current_size == wanted)
    members = queue.members.list()
    places = [(one.call_sid, one.position) for one in members]
    equal("the members stand in order", places, [(legs[0].sid, 1), (legs[1].sid, 2)])
    check("each since a time of its own", isinstance(members[0].date_enqueued, datetime), members[0].date_enqueued)
    equal("the front is the first", queue.members("Front").fetch().call_sid, legs[0].sid)
    equal("a member is found by its call", queue.members(legs[1].sid).fetch().position, 2)
    refused("a stranger is no member", lambda: queue.members("CA" + "0" * 32).fetch(), 404, 20404)
    return legs


def dequeued(client, queue, name, legs, auth_token):
    with HTTPServer(("127.0.0.1", 0), Application) as server:
        server.heard = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        taken = queue.members("Front").update(url=f"{base}/taken", method="POST")
        equal("the front is taken out", taken.call_sid, legs[0].sid)
        path, form, signature = eventually("its new document is asked for", lambda: server.heard)[0]
        equal("for this leg", (path, form["CallSid"]), ("/taken", legs[0].sid))
        check("and signed too", RequestValidator(auth_token).validate(base + path, form, signature), signature)
        server.shutdown()
    equal("the next stands at the front", queue.members("Front").fetch().call_sid, legs[1].sid)
    refused("a queue with somebody in it stays", queue.delete, 409, 20409)
    dials = f"<Response><Dial><Queue>{name}</Queue></Dial></Response>"
    dialler = client.calls.create(to="+15005550106", from_=FROM, twiml=dials)
    eventually("a leg that dials the queue gets the other", lambda: queue.fetch().current_size == 0)
    for sid in [dialler.sid] + [leg.sid for leg in legs]:
        client.calls(sid).update(status="completed")
    check("an empty queue can be deleted", queue.delete())
    refused("and is then not found", queue.fetch, 404, 20404)


def supervision(room, legs):
    coach, target = room.participants(legs[0].sid), room.participants(legs[1].sid)
    held = target.update(hold=True, hold_url="http://127.0.0.1:9/hold", hold_method="GET")
    equal("hold with music", held.hold, True)
    equal("a list of those on hold", [each.call_sid for each in room.participants.list(hold=True)], [legs[1].sid])
    refused(
        "nobody on hold can be coached",
        lambda: coach.update(coaching=True, call_sid_to_coach=legs[1].sid),
        400,
        16027,
    )
    equal("unhold again", target.update(hold=False).hold, False)
    refused(
        "nobody absent can be coached",
        lambda: coach.update(coaching=True, call_sid_to_coach="CA" + "0" * 32),
        400,
        16028,
    )
    equal("coach and mute", coach.update(coaching=True, call_sid_to_coach=legs[1].sid, muted=True).muted, True)
    equal("a list of the coaches", [each.call_sid for each in room.participants.list(coaching=True)], [legs[0].sid])
    barged = coach.update(coaching=False, muted=False)
    equal("barge in", (barged.coaching, barged.muted), (False, False))
    told = target.update(announce_url="http://127.0.0.1:9/announcement", announce_method="GET")
    equal("announce to the other", told.call_sid, legs[1].sid)


def paging(client):
    made = {client.calls.create(to=BUSY, from_=FROM, twiml="<Response/>").sid for _ in range(7)}
    seen = {call.sid for call in client.calls.list(to=BUSY, page_size=3)}
    check("a list walks through its pages", made <= seen, seen)
    equal("a limit is kept", len(client.calls.list(limit=2)), 2)
    newest = client.calls.page(page_size=1)
    check("the newest comes first", [call.sid for call in newest][0] == max(made))


def main():
    base_url, account_sid, auth_token = sys.argv[1:4]
    client = Client(account_sid, auth_token)
    client.api.base_url = base_url
    stranger = Client(account_sid, "wrong")
    stranger.api.base_url = base_url
    refused("a wrong token is refused", lambda: stranger.calls("CA" + "0" * 32).fetch(), 401, 20003)

    name = f"room-{time.time_ns()}"
    updates(client, calls(client, name + "-alone"))
    redirect(client, auth_token)
    other_ends(client)
    room, legs = conferences(client, name)
    participants(room, legs)
    supervision(room, legs)
    additions(client, room, name)
    the_end(client, room, legs)
    queue = queue_of(client, name + "-queue")
    dequeued(client, queue, name + "-queue", queued(client, queue, name + "-queue"), auth_token)
    twilio_phones.run(client, sys.modules[__name__])
    twilio_recordings.run(client, sys.modules[__name__])
    paging(client)
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

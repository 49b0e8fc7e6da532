"""Drives the sandbox's card processor with Stripe's own library, of which only the address is changed.

Usage: stripe_client.py BASE_URL SECRET_KEY. Exits with 0 only if everything works as it does at Stripe.
"""

import http.client
import sys
import urllib.parse
import uuid

import stripe


def expect(fact, claim):
    if not fact:
        sys.exit(f"not so: {claim}")


def hosted(v1, customer):
    """Pages of the processor's own, where its customers type their cards."""
    urls = {"success_url": "https://shop.example/back?s={CHECKOUT_SESSION_ID}", "cancel_url": "https://shop.example/"}
    setup = v1.checkout.sessions.create(
        {
            "mode": "setup",
            "currency": "usd",
            "customer": customer,
            "setup_intent_data": {"metadata": {"wallet": "w_1"}},
            **urls,
        }
    )
    expect(setup.status == "open" and setup.payment_status == "no_payment_required", "a session to save a card opens")
    type_card(setup.url, "4242424242424242")
    setup = v1.checkout.sessions.retrieve(setup.id, {"expand": ["setup_intent"]})
    expect(setup.status == "complete" and setup.url is None, "a saved card completes the session")
    expect(setup.setup_intent.metadata["wallet"] == "w_1", "its set-up carries the metadata")
    intent = v1.setup_intents.retrieve(setup.setup_intent.id)
    method = v1.payment_methods.retrieve(intent.payment_method)
    expect(method.customer == customer and method.card.exp_year == 2034, "the card is its customer's")
    listed = v1.payment_methods.list({"customer": customer, "type": "card"})
    expect(listed.data[0].id == method.id, "the newest card is listed first")
    expect(v1.payment_methods.detach(method.id).customer is None, "a card is put away")
    direct = v1.setup_intents.create({"customer": customer, "payment_method": "pm_card_visa", "confirm": True})
    expect(direct.status == "succeeded", "a card is saved without a page")

    line = {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 2500, "product_data": {"name": "Credit"}}}
    params = {
        "mode": "payment",
        "customer": customer,
        "client_reference_id": "w_1",
        "line_items": [line],
        "payment_intent_data": {"metadata": {"attempt": "p_1"}, "setup_future_usage": "off_session"},
        **urls,
    }
    key = {"idempotency_key": str(uuid.uuid4())}
    payment, again = (v1.checkout.sessions.create(params, key) for _ in range(2))
    expect(payment.id == again.id and payment.amount_total == 2500, "a key opens one session")
    expect(payment.payment_intent is None, "nothing is to be paid before a card is typed")
    type_card(payment.url, "5555555555554444")
    payment = v1.checkout.sessions.retrieve(payment.id, {"expand": ["payment_intent"]})
    expect(payment.payment_status == "paid" and payment.payment_intent.status == "succeeded", "the page takes money")
    expect(payment.payment_intent.metadata["attempt"] == "p_1", "its payment carries the metadata")

    left = v1.checkout.sessions.create(params)
    expect(v1.checkout.sessions.expire(left.id).status == "expired", "a session can be ended")
    try:
        v1.checkout.sessions.expire(left.id)
        sys.exit("not so: a session ends once")
    except stripe.InvalidRequestError as error:
        expect(error.http_status == 400, "a session ends once")
    try:
        v1.checkout.sessions.create({**params, "payment_method_types": ["card"]})
        sys.exit("not so: a removed parameter is refused")
    except stripe.InvalidRequestError as error:
        expect(error.code == "parameter_unknown", "a removed parameter is refused")


def type_card(page, number):
    """What a browser sends, without following where it leads."""
    typed = urllib.parse.urlencode({"card_number": number, "expiry": "12 / 34", "cvc": "123"})
    parts = urllib.parse.urlsplit(page)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("POST", parts.path, typed, {"Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    back = answer.getheader("location") or ""
    expect(answer.status == 303 and back.startswith("https://shop.example/back?s=cs_"), "the page leads back")


def main():
    base, key = sys.argv[1:]
    client = stripe.StripeClient(key, base_addresses={"api": base}, max_network_retries=0)
    v1 = client.v1

    customer = v1.customers.create({"name": "Ada", "metadata": {"wallet": "w_1"}})
    expect(customer.id.startswith("cus_"), "a customer gets an id")
    method = v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    expect(method.card.last4 == "4242" and method.customer == customer.id, "a card is saved with its customer")
    made = v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    expect(made.type == "card", "a card is made of a token")
    saved = v1.customers.payment_methods.list(customer.id)
    expect([it.id for it in saved.data] == [method.id], "saved cards are listed")

    def create(card):
        attempt = str(uuid.uuid4())
        params = {
            "amount": 1500,
            "currency": "usd",
            "customer": customer.id,
            "payment_method": card,
            "metadata": {"attempt": attempt},
        }
        intent = v1.payment_intents.create(params, {"idempotency_key": attempt})
        expect(intent.status == "requires_confirmation", "a new intent waits to be confirmed")
        return intent

    paid = create(method.id)
    confirm_key = str(uuid.uuid4())
    for replayed in (None, "true"):
        done = v1.payment_intents.confirm(paid.id, {"off_session": True}, {"idempotency_key": confirm_key})
        expect(done.status == "succeeded" and done.amount_received == 1500, "the card is charged")
        expect(done.last_response.headers.get("idempotent-replayed") == replayed, "the second answer is a replay")
    read = v1.payment_intents.retrieve(paid.id, {"expand": ["latest_charge"]})
    expect(read.status == "succeeded" and read.latest_charge.paid, "reading shows the charge")
    charges = v1.charges.list({"payment_intent": paid.id})
    expect(len(charges.data) == 1, "two requests with one key charge once")

    try:
        v1.payment_intents.confirm(paid.id, {"off_session": False}, {"idempotency_key": confirm_key})
        sys.exit("not so: a key refuses other parameters")
    except stripe.IdempotencyError as error:
        expect(error.http_status == 400, "a key refuses other parameters")
    try:
        v1.payment_intents.cancel(paid.id)
        sys.exit("not so: a paid intent cannot be canceled")
    except stripe.InvalidRequestError as error:
        expect(error.code == "payment_intent_unexpected_state", "a paid intent cannot be canceled")
        expect(error.error.payment_intent.status == "succeeded", "the refusal carries the intent")

    fenced = create(method.id)
    canceled = v1.payment_intents.cancel(fenced.id, {"cancellation_reason": "abandoned"})
    expect(canceled.status == "canceled", "an unpaid intent can be canceled")

    bad = v1.payment_methods.attach("pm_card_chargeDeclinedInsufficientFunds", {"customer": customer.id})
    declined = create(bad.id)
    try:
        v1.payment_intents.confirm(declined.id, {"off_session": True})
        sys.exit("not so: a card without money declines")
    except stripe.CardError as error:
        expect(error.http_status == 402 and error.code == "card_declined", "a decline is a card error")
        expect(error.error.decline_code == "insufficient_funds", "a decline says why")
        expect(error.error.payment_intent.id == declined.id, "a decline names its intent")
    last_error = v1.payment_intents.retrieve(declined.id).last_payment_error
    expect(last_error.decline_code == "insufficient_funds", "the intent remembers the decline")

    listed = v1.payment_intents.list({"customer": customer.id, "created": {"gte": paid.created}})
    expect([it.id for it in listed.data] == [declined.id, fenced.id, paid.id], "the newest intent is listed first")
    refund = v1.refunds.create({"payment_intent": paid.id, "amount": 500})
    expect(refund.status == "succeeded" and refund.amount == 500, "a part is given back")
    expect(v1.refunds.retrieve(refund.id).payment_intent == paid.id, "a refund can be read again")
    expect([it.id for it in v1.refunds.list({"payment_intent": paid.id}).data] == [refund.id], "refunds are listed")
    try:
        v1.refunds.create({"payment_intent": paid.id, "amount": 1001})
        sys.exit("not so: no more is given back than was paid")
    except stripe.InvalidRequestError as error:
        expect(error.param == "amount", "no more is given back than was paid")
    events = v1.events.list({"type": "payment_intent.succeeded"})
    expect(any(it.data.object.id == paid.id for it in events.data), "what happened is in the events")

    hosted(v1, customer.id)

    try:
        stripe.StripeClient("sk_wrong", base_addresses={"api": base}).v1.customers.retrieve(customer.id)
        sys.exit("not so: a wrong key is refused")
    except stripe.AuthenticationError:
        pass
    print("everything works as it does at Stripe")


if __name__ == "__main__":
    main()

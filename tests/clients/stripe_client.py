"""Drives the sandbox's card processor with Stripe's own library, of which only the address is changed.

Usage: stripe_client.py BASE_URL SECRET_KEY. Exits with 0 only if everything works as it does at Stripe.
"""

import sys
import uuid

import stripe


def expect(fact, claim):
    if not fact:
        sys.exit(f"not so: {claim}")


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
    events = v1.events.list({"type": "payment_intent.succeeded"})
    expect(any(it.data.object.id == paid.id for it in events.data), "what happened is in the events")

    try:
        stripe.StripeClient("sk_wrong", base_addresses={"api": base}).v1.customers.retrieve(customer.id)
        sys.exit("not so: a wrong key is refused")
    except stripe.AuthenticationError:
        pass
    print("everything works as it does at Stripe")


if __name__ == "__main__":
    main()

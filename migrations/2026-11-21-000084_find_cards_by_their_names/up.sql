-- What a processor tells of a card names neither an account of ours nor our name of the card.
CREATE INDEX cards_by_reference ON payment_methods (processor, method_ref);
CREATE INDEX customers_by_reference ON processor_customers (processor, customer_ref);

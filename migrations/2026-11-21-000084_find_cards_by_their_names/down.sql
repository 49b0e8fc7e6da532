DROP INDEX customers_by_reference;
DROP INDEX cards_by_reference;

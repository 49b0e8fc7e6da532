DROP TABLE event_tries;
DROP TABLE event_deliveries;
DROP TABLE events;
DROP TABLE event_endpoints;

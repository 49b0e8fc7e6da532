DROP TABLE call_links;

DROP TABLE call_records; DROP TABLE holds; DROP TABLE legs; DROP TABLE calls;

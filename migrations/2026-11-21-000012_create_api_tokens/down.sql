DROP TABLE api_replies; DROP TABLE api_tokens;

DROP TABLE webhooks; DROP TABLE jobs;

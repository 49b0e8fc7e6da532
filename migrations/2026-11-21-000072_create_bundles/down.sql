DROP TABLE bundle_seconds;
DROP TABLE bundles;
DROP TABLE bundle_offers;

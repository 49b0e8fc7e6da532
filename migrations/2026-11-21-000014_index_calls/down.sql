DROP INDEX legs_of_an_account_by_number;
DROP INDEX all_calls_by_time;
DROP INDEX calls_of_an_account_by_time;

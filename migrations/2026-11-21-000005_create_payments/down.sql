DROP TABLE payment_steps; DROP TABLE payments; DROP TABLE payment_methods; DROP TABLE recharge_agreements; DROP TABLE processor_customers;

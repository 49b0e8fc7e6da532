DROP TABLE unassigned;
DROP TABLE disputes;

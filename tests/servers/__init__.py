"""Real servers on loopback for the test suite: Apache Kafka, PostgreSQL, Chromium."""

"""The world outside the service, simulated: customers who write and leave, COps who answer, decline and wrap up."""

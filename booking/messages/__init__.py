"""Messages to citizens: whom to reach about what, what is planned, sent or held back, and the gateway."""

"""Numbers that people in the hall take with their own telephone, against the code on the hall's screen."""

"""Clinical reasoning as pure functions on frozen data: no database, no framework, no clock."""

"""Work that is late or given up, who does it, and what an operator is told of both."""

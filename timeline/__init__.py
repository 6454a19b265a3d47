"""The recovery story of one episode, for every reader."""

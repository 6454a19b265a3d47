"""What each page of the workspace shows, as frozen dataclasses."""

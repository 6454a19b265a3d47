"""What a killed worker, an emptied broker or one that is away must not do."""

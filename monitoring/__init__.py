"""Rules run over the record: flags, retests, milestones."""

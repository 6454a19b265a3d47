"""The drills: attacks and faults played against the product, each with a defect that it is seen to catch."""

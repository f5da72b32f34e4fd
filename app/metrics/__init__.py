"""What a figure is, what windows it stands in, and whether two of them may be compared. No database, no Flask, no clock."""

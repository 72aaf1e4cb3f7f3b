"""What things are: records, filters, outcomes and the ports around them. Standard library only."""

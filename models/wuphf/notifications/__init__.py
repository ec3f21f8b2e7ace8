"""What people are notified of, by area."""
